package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Requests drawn from the contract with values that no one should send. A 500 is a failure always. */
class HostileRequestsTest {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
    private static final List<String> VALUES = List.of(
            "hostile",
            "latest",
            "",
            "0",
            "-1",
            "99999999999999999999",
            "%00",
            "%FF%FE",
            "%F0%9F%A6%81",
            "..%2F..",
            "%27;--",
            "%25",
            "a%0Ab",
            "x".repeat(300),
            "true",
            "%7B%7D",
            "%7B%22a%22:%22%5Cu0000%22%7D",
            "00000000-0000-0000-0000-000000000000");
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static TestRegistry registry;
    private static JsonNode contract;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
        registry.add(JarFixture.of("hostile"), "hostile");
        contract = YAMLMapper.builder()
                .build()
                .readTree(registry.anonymous().get("/openapi.yaml").bytes());
    }

    @Test
    void noRequestIsAnsweredWithAFailureOfTheService() {
        var random = new Random(7);
        List<String> failures = new ArrayList<>();
        contract.path("paths").properties().forEach(path -> path.getValue().properties().stream()
                .filter(operation -> METHODS.contains(operation.getKey()))
                .forEach(operation -> {
                    for (int i = 0; i < 25; i++) {
                        failures.addAll(attempt(random, operation.getKey(), path.getKey(), operation.getValue()));
                    }
                }));
        assertThat(failures).isEmpty();
        assertThat(registry.anonymous()
                        .get("/actuator/health")
                        .is(200)
                        .json()
                        .path("status")
                        .asString())
                .isEqualTo("UP");
    }

    private static List<String> attempt(Random random, String method, String template, JsonNode operation) {
        String path = template;
        var query = new ArrayList<String>();
        for (JsonNode listed : operation.path("parameters")) {
            JsonNode parameter = resolve(listed);
            String name = parameter.path("name").asString();
            String value = VALUES.get(random.nextInt(VALUES.size()));
            if (parameter.path("in").asString().equals("path")) {
                path = path.replace("{" + name + "}", value.isEmpty() ? "x" : value);
            } else if (!name.equals("wait") && random.nextInt(3) == 0) {
                query.add(name + "=" + value);
            }
        }
        String target = path + (query.isEmpty() ? "" : "?" + String.join("&", query));
        String body = operation.has("requestBody") ? JSON.writeValueAsString(body(random, operation)) : null;
        Answer answer = registry.admin().send(method.toUpperCase(java.util.Locale.ROOT), target, body);
        boolean protocol =
                template.startsWith("/v2") && answer.json().path("error").isString();
        boolean told = answer.status() < 400
                || protocol
                || answer.header("Content-Type").startsWith("application/problem+json");
        boolean starting = protocol && "deployment-not-ready".equals(answer.header("Problem-Code"));
        return (answer.status() < 500 || starting) && told
                ? List.of()
                : List.of(method + " " + target + " " + body + ": " + answer.status() + " "
                        + answer.text().substring(0, Math.min(200, answer.text().length())));
    }

    private static JsonNode resolve(JsonNode node) {
        if (!node.has("$ref")) {
            return node;
        }
        JsonNode found = contract;
        for (String part : node.path("$ref").asString().substring(2).split("/")) {
            found = found.path(part);
        }
        return found;
    }

    private static Object body(Random random, JsonNode operation) {
        JsonNode schema = operation
                .path("requestBody")
                .path("content")
                .path("application/json")
                .path("schema");
        return random.nextInt(8) == 0 ? List.of(1) : value(random, resolve(schema), 0);
    }

    private static Object value(Random random, JsonNode schema, int depth) {
        if (depth > 4 || random.nextInt(6) == 0) {
            return List.of("\u0000", -1, 1e300, "\ud800", Map.of("a", List.of()), "x".repeat(20_000), true)
                    .get(random.nextInt(7));
        }
        return switch (schema.path("type").asString("")) {
            case "object" -> {
                Map<String, Object> object = new LinkedHashMap<>();
                schema.path("properties").properties().forEach(property -> {
                    if (!property.getKey().equals("waitSeconds") && random.nextInt(5) > 0) {
                        object.put(property.getKey(), value(random, resolve(property.getValue()), depth + 1));
                    }
                });
                yield object;
            }
            case "array" -> {
                List<Object> list = new ArrayList<>();
                for (int i = 0; i < random.nextInt(3); i++) {
                    list.add(value(random, resolve(schema.path("items")), depth + 1));
                }
                yield list;
            }
            case "integer", "number" ->
                List.of(0, 1, -5, Integer.MAX_VALUE, Long.MAX_VALUE).get(random.nextInt(5));
            case "boolean" -> random.nextBoolean();
            default -> List.of("hostile", "latest", "run", "\u0000", "", "\n").get(random.nextInt(6));
        };
    }
}
