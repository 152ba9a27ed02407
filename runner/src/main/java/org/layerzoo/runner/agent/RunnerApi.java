package org.layerzoo.runner.agent;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The documents of the registry's {@code /api/v1/runner/*}, as its OpenAPI contract names them. */
final class RunnerApi {
    private RunnerApi() {}

    record RunnerInfo(
            String name, String host, int cores, long memoryBytes, long heapBytes, List<String> backends, String jdk) {}

    record LeaseRequest(RunnerInfo runner, List<String> kinds, int waitSeconds) {}

    record LeasedPlugin(String id, String version, String sha256, String artifact) {
        LeasedPlugin {
            if (!sha256.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("sha256 must be 64 hexadecimal digits, not '" + sha256 + "'");
            }
            if (!artifact.startsWith("/") || artifact.startsWith("//")) {
                throw new IllegalArgumentException("artifact must be a path on the registry, not '" + artifact + "'");
            }
        }
    }

    record Limits(long wallSeconds, Optional<Long> memoryBytes, Optional<Long> heapBytes, Optional<Integer> threads) {}

    record Lease(
            String jobId,
            String kind,
            JsonNode spec,
            Limits limits,
            List<LeasedPlugin> plugins,
            long fencingToken,
            int attempt,
            int leaseSeconds) {
        Lease {
            if (!jobId.matches("[A-Za-z0-9-]{1,100}")) {
                throw new IllegalArgumentException("jobId must be a UUID, not '" + jobId + "'");
            }
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(spec, "spec");
            Objects.requireNonNull(limits, "limits");
            plugins = List.copyOf(plugins);
        }
    }

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Heartbeat(long fencingToken, Optional<Double> progress, Optional<String> message) {}

    record HeartbeatAnswer(boolean cancelRequested) {}

    record LogLines(long fencingToken, List<String> lines) {}

    /** What the registry wants one deployment to be. */
    record Hosted(
            String name,
            long generation,
            ObjectNode spec,
            HostLimits limits,
            List<LeasedPlugin> plugins,
            Optional<String> weights,
            String secret) {
        Hosted {
            if (!name.matches("[A-Za-z0-9._-]{1,100}")) {
                throw new IllegalArgumentException("a deployment's name must be plain, not '" + name + "'");
            }
            Objects.requireNonNull(spec, "spec");
            Objects.requireNonNull(limits, "limits");
            plugins = List.copyOf(plugins);
        }
    }

    /** Memory of a deployment's process; the agent's own where a number is absent. */
    record HostLimits(Optional<Long> heapBytes, Optional<Long> memoryBytes, Optional<Integer> threads) {}

    /** How one deployment stands: starting, ready or failed. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record HostReport(
            String name,
            long generation,
            String state,
            String reason,
            int restarts,
            Optional<String> host,
            Optional<Integer> port,
            Optional<JsonNode> model) {}

    record HostBeat(RunnerInfo runner, List<HostReport> deployments) {}

    record HostAnswer(List<Hosted> deployments) {
        HostAnswer {
            deployments = List.copyOf(deployments);
        }
    }

    record Completion(long fencingToken, JsonNode result, Map<String, byte[]> files) {}

    record FailureProblem(String code, String title, String detail) {}

    record Failure(long fencingToken, FailureProblem problem, boolean retry) {}
}
