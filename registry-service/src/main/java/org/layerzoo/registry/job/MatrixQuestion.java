package org.layerzoo.registry.job;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.web.ProblemException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Which mixing matrix of a provider is wanted. */
record MatrixQuestion(int length, long seed, Optional<Map<String, Object>> config) {
    private static final TypeReference<TreeMap<String, Object>> OBJECT = new TypeReference<>() {};

    static MatrixQuestion parse(JsonMapper json, int length, long seed, String config) {
        if (config.isBlank()) {
            return new MatrixQuestion(length, seed, Optional.empty());
        }
        try {
            Map<String, Object> fields = json.readValue(config, OBJECT);
            if (fields == null) {
                throw ProblemException.field("config", "expected a JSON object", config);
            }
            return new MatrixQuestion(length, seed, Optional.of(fields));
        } catch (JacksonException e) {
            throw ProblemException.field("config", "expected a JSON object: " + e.getOriginalMessage(), config);
        }
    }

    /**
     * The same question without what only repeats the defaults, so that it finds what was stored for it however it is put.
     *
     * @param defaults the configuration that holds where a question names none
     */
    MatrixQuestion over(Map<String, Object> defaults) {
        Optional<Map<String, Object>> own = config.map(fields -> {
            var differing = new TreeMap<>(fields);
            differing
                    .entrySet()
                    .removeIf(field ->
                            field.getValue() != null && field.getValue().equals(defaults.get(field.getKey())));
            return differing;
        });
        return new MatrixQuestion(length, seed, own.filter(fields -> !fields.isEmpty()));
    }

    /** One name for one question about one jar. */
    static String key(
            JsonMapper json,
            String sha256,
            String provider,
            int length,
            long seed,
            Optional<Map<String, Object>> config) {
        String text = config.map(json::writeValueAsString).orElse("");
        return Digests.sha256(String.join("\n", sha256, provider, Integer.toString(length), Long.toString(seed), text));
    }
}
