package org.layerzoo.cli.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How well each mixer recalls, against the numbers that it carries from token to token; all trained under one budget. */
public final class RecallStudy implements Study {
    private final JsonNode plan;
    private final Declared declared;

    /** @param plan like the resource {@code recall.json} */
    public RecallStudy(JsonNode plan) {
        this.plan = plan;
        this.declared = new Declared(plan);
    }

    @Override
    public String name() {
        return "recall";
    }

    @Override
    public String title() {
        return "Recall against state size";
    }

    @Override
    public JsonNode plan() {
        return plan;
    }

    /** The first configuration of every mixer, then the second of those that have one, and so on: a run that is cut short has met all mixers. */
    @Override
    public List<Part> parts() {
        List<Part> out = new ArrayList<>();
        boolean more = true;
        for (int from = 0; more; from++) {
            more = false;
            for (Declared.MixerOf m : declared.mixers()) {
                List<JsonNode> configs = m.json().path("configs").valueStream().toList();
                if (from < configs.size()) {
                    out.add(part(m, configs.get(from)));
                    more = true;
                }
            }
        }
        return out;
    }

    /** One job for a configuration with all seeds. */
    private Part part(Declared.MixerOf m, JsonNode config) {
        ObjectNode spec = Configs.mapper().createObjectNode();
        spec.putObject("plugin").put("id", m.id());
        for (String name : List.of("task", "first", "budget")) {
            spec.set(name, plan.get(name));
        }
        ArrayNode rows = spec.putArray("rows");
        for (JsonNode seed : plan.path("seeds")) {
            ObjectNode row = rows.addObject().put("key", key(m, config, seed));
            row.put("seed", seed.asInt()).set("config", config);
        }
        List<String> keys = rows.valueStream().map(r -> r.get("key").asString()).toList();
        List<String> others = List.of(
                plan.at("/task/id").asString().split("/")[0],
                plan.at("/first/id").asString());
        long seconds = keys.size() * plan.path("secondsPerRow").asLong();
        return new Part(m.id(), others, "recall", spec, keys, seconds);
    }

    private static String key(Declared.MixerOf m, JsonNode config, JsonNode seed) {
        return m.id() + (config.isEmpty() ? "" : " " + Declared.text(config)) + ", seed " + seed.asInt();
    }

    @Override
    public List<ObjectNode> rows(Part part, JsonNode result) {
        return result.path("rows").valueStream().map(ObjectNode.class::cast).toList();
    }

    @Override
    public Section section(JsonNode d) {
        JsonNode task = d.at("/plan/task/config");
        JsonNode budget = d.at("/plan/budget");
        String text = String.format(
                Locale.ROOT,
                """
                ![%s](recall.svg)

                Multi-query associative recall ([`zoo/mqar`](../../plugins/tasks/src/main/resources/zoo/README.md)): %d pairs of key and value
                in %d tokens over a vocabulary of %d, then each key once more, whose value is asked for; chance is %.1f %%. The model has
                width %d: a gated short convolution over %d tokens (that of `based`) in the first block, the mixer in the second, no positions. All
                mixers see the same samples in the same order: at most %d steps of %d tokens with AdamW, %s, at the learning rates
                %s one after the other until one reaches %.0f %% of the validation split, where a training ends; the rate that is best there
                counts, and the accuracy is that of the test split. *State* is counted, not typed: all numbers that the mixer's stream holds
                behind %d tokens, those of its convolutions and windows among them; *grows* says that they become more with the tokens.
                A low accuracy says what this budget did not teach: with more steps it may rise, so it bounds no state from above.
                """,
                title(),
                task.path("pairs").asInt(),
                task.path("length").asInt(),
                task.path("vocab").asInt(),
                100 * chance(d),
                task.at("/backbone/dim").asInt(),
                d.at("/plan/first/config/form/width").asInt(),
                budget.path("steps").asInt(),
                budget.path("batch").asInt() * task.path("length").asInt(),
                mix(d),
                String.join(
                        " and ",
                        budget.path("rates")
                                .valueStream()
                                .map(JsonNode::asString)
                                .toList()),
                100 * budget.path("solved").asDouble(),
                task.path("length").asInt());
        return new Section(text + "\n" + table(d), List.of(new Picture("recall.svg", plot(d).svg())));
    }

    /** The sizes that are trained on in turns, as "Zoology" mixes them. */
    private static String mix(JsonNode d) {
        JsonNode whole = d.at("/plan/task/config");
        List<String> sizes = d.at("/plan/task/mix")
                .valueStream()
                .map(m -> m.path("pairs").asInt(whole.path("pairs").asInt()) + " pairs in "
                        + m.path("length").asInt(whole.path("length").asInt()))
                .toList();
        return sizes.isEmpty() ? "all of this size" : "in turns with " + String.join(", ", sizes) + " tokens";
    }

    private static double chance(JsonNode d) {
        return d.path("rows")
                .valueStream()
                .mapToDouble(r -> r.path("chance").asDouble())
                .max()
                .orElse(0);
    }

    private static String table(JsonNode d) {
        StringBuilder s = new StringBuilder(
                "| mixer | configuration | state | accuracy | rate | steps | s of processor time | parameters |\n"
                        + "|---|---|---|---|---|---|---|---|\n");
        for (Declared.MixerOf m : new Declared(d.path("plan")).mixers()) {
            for (JsonNode r : of(d, m)) {
                s.append("| `").append(m.id()).append("` ").append(m.name());
                s.append(" | ").append(Declared.text(r.path("config"))).append(" | ");
                if (r.path("refused").isString()) {
                    s.append("| refused: ").append(r.get("refused").asString()).append(" | | | | |\n");
                    continue;
                }
                s.append(r.path("state").isNumber() ? r.get("state").asString() : "no stream");
                s.append(r.path("grows").asBoolean(false) ? ", grows" : "");
                s.append(String.format(
                        Locale.ROOT,
                        " | %.1f %% | %s | %d | %.0f | %d |%n",
                        100 * r.path("accuracy").asDouble(),
                        r.path("learningRate").asString(),
                        r.path("steps").asInt(),
                        r.path("trainSeconds").asDouble(),
                        r.path("parameters").asInt()));
            }
        }
        return s.toString();
    }

    /** Rows of a mixer's configurations; several mixers may come from one plugin. */
    private static List<JsonNode> of(JsonNode d, Declared.MixerOf m) {
        Set<JsonNode> configs = m.json().path("configs").valueStream().collect(Collectors.toSet());
        return d.path("rows")
                .valueStream()
                .filter(r -> r.path("id").asString().equals(m.id()) && configs.contains(r.path("config")))
                .toList();
    }

    private Plot plot(JsonNode d) {
        List<Plot.Series> series = new ArrayList<>();
        Declared of = new Declared(d.path("plan"));
        for (Declared.MixerOf m : of.mixers()) {
            List<Plot.Point> points = of(d, m).stream()
                    .filter(r ->
                            r.path("state").isNumber() && r.path("accuracy").isNumber())
                    .map(r -> new Plot.Point(
                            r.path("state").asDouble(), 100 * r.path("accuracy").asDouble()))
                    .sorted(java.util.Comparator.comparingDouble(Plot.Point::x))
                    .toList();
            if (!points.isEmpty()) {
                series.add(new Plot.Series(m.name(), m.group(), m.mark(), points));
            }
        }
        Plot.Axis x = new Plot.Axis(
                "numbers of state a layer",
                32,
                16384,
                true,
                List.of(64.0, 256.0, 1024.0, 4096.0, 16384.0),
                List.of("64", "256", "1k", "4k", "16k"));
        Plot.Axis y = new Plot.Axis(
                "tokens recalled, %",
                0, 102, false, List.of(0.0, 25.0, 50.0, 75.0, 100.0), List.of("0", "25", "50", "75", "100"));
        String told = "Points of " + series.size()
                + " mixers, accuracy in percent against numbers of state on a logarithmic axis;"
                + " lines join the configurations of one mixer. The table below holds the same figures.";
        return new Plot(title(), told, x, y, series, of.groups());
    }
}
