package org.layerzoo.report;

import org.layerzoo.core.config.Configs;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A report as JSON: {@code {"title", "blocks": [{"type", ...}], "claims": [...]}}; a number that is none is null. */
public final class ReportJson {
    private ReportJson() {}

    public static ObjectNode of(Report r) {
        ObjectNode out = Configs.mapper().createObjectNode().put("title", r.title());
        ArrayNode blocks = out.putArray("blocks");
        r.blocks().forEach(b -> blocks.add(of(b)));
        out.set("claims", finite(Configs.mapper().valueToTree(r.claims())));
        return out;
    }

    /** Its components under their names, and its kind as {@code type}: scalar, table, curves, heat-map, ... */
    public static ObjectNode of(Block b) {
        ObjectNode out = Configs.mapper().createObjectNode().put("type", type(b));
        JsonNode fields = finite(Configs.mapper().valueToTree(b));
        fields.properties().forEach(e -> out.set(e.getKey(), e.getValue()));
        return out;
    }

    static String type(Block b) {
        return b.getClass()
                .getSimpleName()
                .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
                .toLowerCase(java.util.Locale.ROOT);
    }

    /** JSON knows no NaN and no infinity. */
    private static JsonNode finite(JsonNode n) {
        if (n.isObject()) {
            ObjectNode out = Configs.mapper().createObjectNode();
            n.properties().forEach(e -> out.set(e.getKey(), finite(e.getValue())));
            return out;
        }
        if (n.isArray()) {
            ArrayNode out = Configs.mapper().createArrayNode();
            n.forEach(e -> out.add(finite(e)));
            return out;
        }
        return n.isNumber() && !Double.isFinite(n.doubleValue())
                ? Configs.mapper().getNodeFactory().nullNode()
                : n;
    }
}
