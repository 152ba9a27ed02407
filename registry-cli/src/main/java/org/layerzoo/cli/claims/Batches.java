package org.layerzoo.cli.claims;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Benchmarks with one question on different plugins, done in one job, so that a JVM starts once and its code is compiled once. */
public final class Batches {
    /** So much is lost at most when a study is interrupted. */
    private static final int MOST = 6;

    private Batches() {}

    /** The runs in jobs; each plugin is once in a job. */
    public static List<List<Run>> of(List<Run> runs) {
        Map<String, List<List<Run>>> byQuestion = new LinkedHashMap<>();
        for (Run r : runs) {
            List<List<Run>> open = byQuestion.computeIfAbsent(r.kind() + question(r), k -> new ArrayList<>());
            open.stream()
                    .filter(b -> r.kind().equals("benchmark") && b.size() < MOST)
                    .filter(b -> b.stream().noneMatch(o -> o.plugin().equals(r.plugin())))
                    .findFirst()
                    .orElseGet(() -> {
                        open.add(new ArrayList<>());
                        return open.getLast();
                    })
                    .add(r);
        }
        return byQuestion.values().stream().flatMap(List::stream).toList();
    }

    private static ObjectNode question(Run r) {
        ObjectNode question = r.spec().deepCopy();
        question.remove("plugins");
        return question;
    }

    /** The specification of a job for all of these. */
    public static ObjectNode spec(List<Run> batch) {
        ObjectNode spec = batch.getFirst().spec().deepCopy();
        if (batch.size() > 1) {
            ArrayNode plugins = spec.putArray("plugins");
            batch.forEach(r -> plugins.add(r.spec().path("plugins").path(0)));
        }
        return spec;
    }

    /** What a job found for one of its runs. */
    public static JsonNode of(Run run, JsonNode result) {
        if (!run.kind().equals("benchmark")) {
            return result;
        }
        ObjectNode own = Configs.mapper().createObjectNode();
        for (String list : List.of("results", "fits")) {
            ArrayNode rows = own.putArray(list);
            result.path(list)
                    .valueStream()
                    .filter(r -> r.path("id").asString().equals(run.plugin()))
                    .forEach(rows::add);
        }
        return own;
    }
}
