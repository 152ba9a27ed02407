package org.layerzoo.registry.catalog;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Map.Entry;
import org.layerzoo.registry.api.LevelState;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The levels of proof of a jar: "1" conforms, "2" faithful, "3" portable, "4" claims. */
public record Levels(Map<String, LevelState> states) {
    static final Levels NONE = new Levels(Map.of());
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int HIGHEST = 4;

    public Levels {
        var all = new LinkedHashMap<String, LevelState>();
        for (int level = 1; level <= HIGHEST; level++) {
            String key = Integer.toString(level);
            all.put(key, states.getOrDefault(key, LevelState.NOT_RUN));
        }
        states = java.util.Collections.unmodifiableMap(all);
    }

    static Levels parse(String json) {
        return new Levels(JSON.readValue(json, new TypeReference<Map<String, LevelState>>() {}));
    }

    String json() {
        return JSON.writeValueAsString(states);
    }

    /** What was run replaces what was known; what was not run leaves it. */
    public Levels with(Map<String, LevelState> run) {
        var merged = new LinkedHashMap<>(states);
        for (Entry<String, LevelState> entry : run.entrySet()) {
            if (entry.getValue() != LevelState.NOT_RUN && states.containsKey(entry.getKey())) {
                merged.put(entry.getKey(), entry.getValue());
            }
        }
        return new Levels(merged);
    }

    /** The highest passed level below which all is passed or not applicable; 0 when there is none. */
    int highest() {
        int highest = 0;
        for (int level = 1; level <= HIGHEST; level++) {
            switch (states.get(Integer.toString(level))) {
                case PASSED -> highest = level;
                case NOT_APPLICABLE -> {}
                default -> {
                    return highest;
                }
            }
        }
        return highest;
    }
}
