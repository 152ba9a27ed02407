package org.layerzoo.registry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** A runner agent that does as it is told. */
public record FakeRunner(Client client, String name, String host) {
    public static FakeRunner of(TestRegistry registry, String name) {
        return new FakeRunner(registry.withScopes("run"), name, "host-of-" + name);
    }

    public Optional<JsonNode> lease(String... kinds) {
        return lease(0, kinds);
    }

    public Optional<JsonNode> lease(int waitSeconds, String... kinds) {
        var body = new HashMap<String, Object>();
        body.put("runner", Map.of("name", name, "host", host, "cores", 2, "backends", List.of("cpu-vector")));
        body.put("kinds", List.of(kinds));
        body.put("waitSeconds", waitSeconds);
        Answer answer = client.post("/api/v1/runner/lease", body);
        if (answer.status() == 204) {
            return Optional.empty();
        }
        return Optional.of(answer.is(200).json());
    }

    public Answer heartbeat(JsonNode lease, double progress, String message) {
        return write(lease, "heartbeat", Map.of("progress", progress, "message", message));
    }

    public Answer log(JsonNode lease, String... lines) {
        return write(lease, "log", Map.of("lines", List.of(lines)));
    }

    public Answer complete(JsonNode lease, Map<String, Object> result) {
        return write(lease, "complete", Map.of("result", result));
    }

    public Answer complete(JsonNode lease, Map<String, Object> result, Map<String, byte[]> files) {
        return write(lease, "complete", Map.of("result", result, "files", files));
    }

    /** Runs {@code work} while another thread keeps the lease, as an agent does. */
    public void keeping(JsonNode lease, Runnable work) {
        try (var beats = Executors.newSingleThreadScheduledExecutor()) {
            beats.scheduleAtFixedRate(() -> heartbeat(lease, 0.5, ""), 0, 500, TimeUnit.MILLISECONDS);
            work.run();
            beats.shutdownNow();
        }
    }

    public Answer fail(JsonNode lease, String code, boolean retry) {
        return write(
                lease,
                "fail",
                Map.of("problem", Map.of("code", code, "title", "It failed", "detail", "because"), "retry", retry));
    }

    public Answer write(JsonNode lease, String verb, Map<String, Object> fields) {
        var body = new HashMap<>(fields);
        body.put("fencingToken", lease.path("fencingToken").asLong());
        return client.post("/api/v1/runner/jobs/" + lease.path("jobId").asString() + "/" + verb, body);
    }
}
