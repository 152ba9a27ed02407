package org.layerzoo.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Configuration records to and from JSON. Components may be int, long, double, boolean, String, enums, lists, Optional,
 * nested records, {@link org.layerzoo.core.spi.LayerRef}, and sealed interfaces of records (told apart by "type").
 */
public final class Configs {
    private static final ObjectMapper MAPPER = JsonMapper.builder().build();

    private Configs() {}

    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /**
     * The defaults with what {@code overrides} says.
     *
     * @throws ZooException BAD_CONFIG listing every unknown name, wrong type and value out of range at once
     */
    public static <C extends Record> C read(C defaults, JsonNode overrides) {
        List<String> errors = new ArrayList<>();
        Object c = new ConfigReader(errors).record(defaults.getClass(), defaults, overrides, "");
        if (!errors.isEmpty()) {
            throw new ZooException(ErrorCode.BAD_CONFIG, String.join("; ", errors));
        }
        @SuppressWarnings("unchecked")
        C typed = (C) c;
        return typed;
    }

    /** The defaults with {@code name=value} options; dotted names reach nested records; values are JSON or bare words. */
    public static <C extends Record> C set(C defaults, Map<String, String> options) {
        ObjectNode root = MAPPER.createObjectNode();
        options.forEach((path, text) -> {
            String[] parts = path.split("\\.");
            ObjectNode at = root;
            for (int i = 0; i < parts.length - 1; i++) {
                at = at.get(parts[i]) instanceof ObjectNode o ? o : at.putObject(parts[i]);
            }
            at.set(parts[parts.length - 1], value(text));
        });
        return read(defaults, root);
    }

    private static JsonNode value(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JacksonException e) {
            // A bare word is a string or an enum constant.
            return MAPPER.getNodeFactory().stringNode(text);
        }
    }

    /** @throws ZooException BAD_CONFIG if the text is no JSON object */
    public static JsonNode parse(String json) {
        try {
            JsonNode n = MAPPER.readTree(json);
            if (!n.isObject()) {
                throw new ZooException(
                        ErrorCode.BAD_CONFIG,
                        "a config is a JSON object, given "
                                + n.getNodeType().name().toLowerCase());
            }
            return n;
        } catch (JacksonException e) {
            throw new ZooException(ErrorCode.BAD_CONFIG, "config is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    public static ObjectNode toJson(Record config) {
        return ConfigWriter.record(config);
    }

    /** JSON Schema 2020-12 of a configuration, with the given values as defaults. */
    public static ObjectNode schema(Record defaults) {
        return ConfigSchema.root(defaults);
    }

    /** @throws ZooException BAD_CONFIG with all violations of ranges and sizes */
    public static void validate(Record config) {
        List<String> errors = new ArrayList<>();
        new ConfigReader(errors).record(config.getClass(), config, MAPPER.createObjectNode(), "");
        if (!errors.isEmpty()) {
            throw new ZooException(ErrorCode.BAD_CONFIG, String.join("; ", errors));
        }
    }
}
