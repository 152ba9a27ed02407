package org.layerzoo.cli.study;

import java.util.List;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;

/** Reads what studies of mixers declare alike: groups, and mixers with id, name and group. */
record Declared(JsonNode plan) {
    /** A mixer and the number of its mark, which differs within its group. */
    record MixerOf(String id, String name, int group, int mark, JsonNode json) {}

    List<String> groups() {
        return plan.path("groups").valueStream().map(JsonNode::asString).toList();
    }

    List<MixerOf> mixers() {
        int[] next = new int[groups().size()];
        return plan.path("mixers")
                .valueStream()
                .map(m -> new MixerOf(
                        m.path("id").asString(),
                        m.path("name").asString(),
                        m.path("group").asInt(),
                        next[m.path("group").asInt()]++,
                        m))
                .toList();
    }

    /** A configuration as a table shows it. */
    static String text(JsonNode config) {
        return config.isEmpty()
                ? "as it is"
                : Configs.mapper()
                        .writeValueAsString(config)
                        .replaceAll("[\"{}]", "")
                        .replace(",", ", ")
                        .replace(":", " ");
    }
}
