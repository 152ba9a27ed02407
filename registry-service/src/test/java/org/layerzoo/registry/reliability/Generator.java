package org.layerzoo.registry.reliability;

import java.util.List;
import java.util.Random;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes values that fit a schema, and values that do not. */
final class Generator {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final List<String> TEXTS = List.of(
            "",
            "x",
            "fuzz-a",
            "fuzz-a/probe",
            "latest",
            "0.1.0",
            "^0.1",
            "zoo/mqar",
            "auto",
            "é",
            "日本",
            "😀",
            "' or 1=1 --",
            "../../etc/passwd",
            "%00",
            "\0",
            "a\nb",
            "<script>",
            "${jndi:x}",
            "true",
            "null",
            "-1",
            "1e999");

    private final Contract contract;
    private final Random random;

    Generator(Contract contract, Random random) {
        this.contract = contract;
        this.random = random;
    }

    private <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** A value for a field of this name. */
    JsonNode value(String name, JsonNode unresolved, int depth) {
        JsonNode schema = contract.resolve(unresolved);
        if (name.equals("waitSeconds") || name.equals("wait")) {
            return JSON.numberNode(0); // nobody has time to wait for a job that never comes
        }
        return switch (schema.path("type").asString("")) {
            case "object" -> object(schema, depth);
            case "array" -> array(name, schema, depth);
            case "integer" -> JSON.numberNode(integer(schema));
            case "number" -> JSON.numberNode(random.nextDouble());
            case "boolean" -> JSON.booleanNode(random.nextBoolean());
            default -> JSON.stringNode(text(name, schema));
        };
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode made = JSON.objectNode();
        List<String> required =
                schema.path("required").valueStream().map(JsonNode::asString).toList();
        schema.path("properties").properties().forEach(field -> {
            if (required.contains(field.getKey()) || depth < 4 && random.nextInt(3) == 0) {
                made.set(field.getKey(), value(field.getKey(), field.getValue(), depth + 1));
            }
        });
        return made;
    }

    private ArrayNode array(String name, JsonNode schema, int depth) {
        ArrayNode made = JSON.arrayNode();
        int least = schema.path("minItems").asInt(0);
        int count = Math.min(schema.path("maxItems").asInt(3), least + random.nextInt(3));
        for (int i = 0; i < count; i++) {
            made.add(value(name, schema.path("items"), depth + 1));
        }
        return made;
    }

    private long integer(JsonNode schema) {
        long least = schema.path("minimum").asLong(-3);
        long most = schema.path("maximum").asLong(1 << 20);
        return switch (random.nextInt(4)) {
            case 0 -> least;
            case 1 -> most;
            default -> least + Math.floorMod(random.nextLong(), Math.max(1, Math.min(most - least, 1000)));
        };
    }

    private String text(String name, JsonNode schema) {
        JsonNode choices = schema.path("enum");
        if (choices.isArray()) {
            return choices.get(random.nextInt(choices.size())).asString();
        }
        if (schema.path("pattern").asString("").startsWith("^(")) {
            return schema.path("default").asString(first(schema.path("pattern").asString()));
        }
        return switch (schema.path("format").asString("")) {
            case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
            case "date-time" -> "2026-01-01T00:00:00Z";
            default -> name.equals("id") || name.equals("plugin") ? oneOf(List.of("fuzz-a", "no-such")) : oneOf(TEXTS);
        };
    }

    /** The first choice of a pattern such as {@code ^(a|b)$}. */
    private static String first(String pattern) {
        return pattern.substring(2).split("[|)(]")[0];
    }

    /** Something that probably does not fit. */
    JsonNode wrong() {
        return switch (random.nextInt(9)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.numberNode(oneOf(List.of(Long.MIN_VALUE, Long.MAX_VALUE, -1L, 1L << 40)));
            case 2 -> JSON.numberNode(oneOf(List.of(1e308, -0.5, Double.MIN_VALUE)));
            case 3 -> JSON.booleanNode(true);
            case 4 -> JSON.arrayNode().add(JSON.nullNode());
            case 5 -> JSON.objectNode().put("", "x");
            case 6 -> JSON.stringNode("x".repeat(20_000));
            default -> JSON.stringNode(oneOf(TEXTS));
        };
    }

    /** Changes one thing in a document. */
    JsonNode mutate(JsonNode document) {
        if (document instanceof ObjectNode object && !object.isEmpty()) {
            List<String> names = List.copyOf(object.propertyNames());
            String name = oneOf(names);
            switch (random.nextInt(4)) {
                case 0 -> object.remove(name);
                case 1 -> object.put("unknown-" + random.nextInt(3), 1);
                case 2 -> object.set(name, mutate(object.get(name)));
                default -> object.set(name, wrong());
            }
            return object;
        }
        return wrong();
    }

    /** A text for a path or a query, which may be anything. */
    String anyText() {
        JsonNode wrong = wrong();
        return wrong.isString() ? wrong.asString() : wrong.toString();
    }
}
