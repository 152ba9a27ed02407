package org.layerzoo.cli.claims;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The figures of a job's result by name. A benchmark has time and memory (exponents over the length), and for each length n ms.n, min.n,
 * tokens.n, bytes.n, state.n, flops.n, with {@code naive.} in front where the naive form was measured beside it; a training has its metrics,
 * loss, chance and parameters, those of its second evaluation as also.NAME, watched sites as watch.SITE.mean and .positive, and gradient_norm with
 * gradient_spread; a probe has its scalars under their titles; a row of another study has its numbers.
 */
final class Figures {
    private static final int DIGITS = 5;
    private static final Map<String, String> OF_LENGTH = Map.of(
            "medianMs", "ms",
            "minMs", "min",
            "tokensPerSecond", "tokens",
            "peakBytes", "bytes",
            "stateBytes", "state",
            "flops", "flops");

    private final Map<String, Double> values = new TreeMap<>();

    private Figures() {}

    static ObjectNode of(String kind, JsonNode result) {
        Figures f = new Figures();
        switch (kind) {
            case "benchmark" -> f.benchmark(result);
            case "training" -> f.training(result);
            case "study" -> result.properties().forEach(e -> f.add(name(e.getKey()), e.getValue()));
            default -> f.probe(result);
        }
        ObjectNode out = Configs.mapper().createObjectNode();
        f.values.forEach(out::put);
        return out;
    }

    /** Why there is no figure at some length, if that is so. */
    static Optional<String> refusal(String kind, JsonNode result) {
        return kind.equals("benchmark")
                ? result.path("results")
                        .valueStream()
                        .filter(r -> r.path("implementation").asString().equals("layerzoo"))
                        .filter(r -> r.path("refused").isString())
                        .map(r -> "length " + r.path("length").asInt() + ": "
                                + r.path("refused").asString())
                        .findFirst()
                : Optional.empty();
    }

    private void benchmark(JsonNode result) {
        result.path("results")
                .forEach(r -> OF_LENGTH.forEach((field, name) ->
                        add(prefix(r) + name + "." + r.path("length").asInt(), r.path(field))));
        result.path("fits").forEach(f -> {
            add(prefix(f) + "time", f.path("timeExponent"));
            add(prefix(f) + "memory", f.path("memoryExponent"));
        });
    }

    private static String prefix(JsonNode row) {
        String by = row.path("implementation").asString("");
        return by.equals("layerzoo") ? "" : by + ".";
    }

    private void training(JsonNode result) {
        result.path("metrics").properties().forEach(e -> add(name(e.getKey()), e.getValue()));
        result.path("also").properties().forEach(e -> add("also." + name(e.getKey()), e.getValue()));
        result.path("watch").properties().forEach(site -> site.getValue()
                .properties()
                .forEach(e -> add("watch." + name(site.getKey()) + "." + e.getKey(), e.getValue())));
        add("gradient_norm", result.at("/stages/0/gradientNorm"));
        add("gradient_spread", result.at("/stages/0/gradientSpread"));
        add("chance", result.path("chance"));
        add("parameters", result.path("parameters"));
    }

    private void probe(JsonNode result) {
        result.path("blocks")
                .valueStream()
                .filter(b -> b.path("type").asString().equals("scalar"))
                .forEach(b -> add(name(b.path("title").asString("")), b.path("value")));
    }

    private static String name(String title) {
        return title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_.]+", "_");
    }

    private void add(String name, JsonNode value) {
        if (value.isNumber()) {
            double v = value.asDouble();
            values.put(
                    name,
                    v == Math.rint(v)
                            ? v
                            : Double.parseDouble(String.format(Locale.ROOT, "%." + (DIGITS - 1) + "e", v)));
        }
    }
}
