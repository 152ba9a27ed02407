package org.layerzoo.registry.serving;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.TestRegistry;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A runner agent that holds what it is told to, without any process. */
final class FakeHost {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Client client;
    private final String name;

    FakeHost(TestRegistry registry, String name) {
        this.client = registry.withScopes("run");
        this.name = name;
    }

    /** Says how its deployments stand, and hears what it shall hold. */
    List<JsonNode> beat(List<Map<String, Object>> reports) {
        var runner = Map.of("name", name, "host", "host-of-" + name, "cores", 2, "backends", List.of("cpu-vector"));
        JsonNode answer = client.post("/api/v1/runner/deployments", Map.of("runner", runner, "deployments", reports))
                .is(200)
                .json();
        return answer.path("deployments").valueStream().toList();
    }

    static Map<String, Object> report(JsonNode hosted, String state, String reason) {
        var report = new HashMap<String, Object>();
        report.put("name", hosted.path("name").asString());
        report.put("generation", hosted.path("generation").asLong());
        report.put("state", state);
        report.put("reason", reason);
        return report;
    }

    static Map<String, Object> ready(JsonNode hosted, int port) {
        Map<String, Object> report = report(hosted, "ready", "");
        report.put("host", "127.0.0.1");
        report.put("port", port);
        report.put("model", JSON.readTree(FakeModel.DESCRIPTION));
        return report;
    }

    /** Takes a deployment that somebody has asked for and says that it is ready at a port. */
    JsonNode serve(String deployment, int port) {
        var all = new ArrayList<Map<String, Object>>();
        JsonNode found = null;
        for (JsonNode hosted : beat(List.of())) {
            if (hosted.path("name").asString().equals(deployment)) {
                all.add(ready(hosted, port));
                found = hosted;
            }
        }
        beat(all);
        return found;
    }
}
