package org.layerzoo.registry.reliability;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The registry's OpenAPI document, as far as requests are made from it and answers are held against it. */
final class Contract {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");

    private final JsonNode root;

    Contract(byte[] yaml) {
        root = YAMLMapper.builder().build().readTree(yaml);
    }

    /** One method on one path. */
    record Operation(
            String method, String path, List<JsonNode> parameters, Optional<JsonNode> body, JsonNode responses) {
        boolean serving() {
            return path.startsWith("/v2");
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    List<Operation> operations() {
        List<Operation> all = new ArrayList<>();
        root.path("paths").properties().forEach(path -> path.getValue().properties().stream()
                .filter(method -> METHODS.contains(method.getKey()))
                .forEach(method -> all.add(operation(path.getKey(), method.getKey(), method.getValue()))));
        return all;
    }

    private Operation operation(String path, String method, JsonNode node) {
        List<JsonNode> parameters =
                node.path("parameters").valueStream().map(this::resolve).toList();
        Optional<JsonNode> body = Optional.of(resolve(node.path("requestBody"))).filter(JsonNode::isObject);
        return new Operation(method.toUpperCase(Locale.ROOT), path, parameters, body, node.path("responses"));
    }

    /** What a reference stands for. */
    JsonNode resolve(JsonNode node) {
        JsonNode found = node;
        while (found.has("$ref")) {
            found = root.at(found.path("$ref").asString().substring(1));
        }
        return found;
    }

    JsonNode schema(String name) {
        return root.at("/components/schemas/" + name);
    }

    /** What is wrong with a value; nothing when it is as the schema says. */
    List<String> faults(JsonNode schema, JsonNode value) {
        List<String> faults = new ArrayList<>();
        new SchemaCheck(this, faults).check("", schema, value);
        return faults;
    }
}
