package org.layerzoo.testkit;

import java.util.List;
import java.util.SortedMap;
import org.layerzoo.core.config.Configs;
import org.layerzoo.testkit.golden.GoldenResult;
import org.layerzoo.testkit.rules.Portability;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Everything that was checked of one plugin, by level.
 *
 * @param devices rows of level 3
 * @param checkSeconds seconds of processor time, of all threads, that the sheet's own Checks took
 */
public record Verdict(
        String id,
        String version,
        SortedMap<Integer, Level> levels,
        SortedMap<Integer, String> reasons,
        List<CheckResult> checks,
        List<GoldenResult> golden,
        List<Portability.Result> devices,
        double checkSeconds) {
    /** Nothing that ran has failed. */
    public boolean passed() {
        return !levels.containsValue(Level.FAILED);
    }

    /** The highest passed level below which all is passed or not applicable. */
    public int level() {
        int best = 0;
        for (int l = 1; l <= 4; l++) {
            Level s = levels.getOrDefault(l, Level.NOT_RUN);
            if (s == Level.PASSED) {
                best = l;
            } else if (s != Level.NOT_APPLICABLE) {
                break;
            }
        }
        return best;
    }

    /** The form of {@code zoo verify --json} for one plugin. */
    public ObjectNode toJson() {
        ObjectNode o = Configs.mapper().createObjectNode();
        o.put("id", id).put("version", version).put("level", level()).put("passed", passed());
        o.put("checkSeconds", checkSeconds);
        ObjectNode ls = o.putObject("levels");
        for (int l = 1; l <= 4; l++) {
            ls.put(Integer.toString(l), levels.getOrDefault(l, Level.NOT_RUN).label());
        }
        if (!reasons.isEmpty()) {
            ObjectNode r = o.putObject("reasons");
            reasons.forEach((l, why) -> r.put(Integer.toString(l), why));
        }
        ArrayNode cs = o.putArray("checks");
        checks.forEach(c -> cs.addObject()
                .put("name", c.name())
                .put("level", c.level())
                .put("passed", c.passed())
                .put("detail", c.detail()));
        ArrayNode gs = o.putArray("golden");
        golden.forEach(g -> gs.add(g.toJson(Configs.mapper())));
        ArrayNode ds = o.putArray("devices");
        devices.forEach(d -> d.into(ds.addObject()));
        return o;
    }
}
