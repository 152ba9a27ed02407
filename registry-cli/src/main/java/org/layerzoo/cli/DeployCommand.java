package org.layerzoo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.layerzoo.runner.child.Limits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Serves a layer of the registry under a name. */
@Command(
        name = "deploy",
        description =
                "Serve a layer by the Open Inference Protocol under a name; the same command again changes nothing.")
final class DeployCommand extends RemoteCommand {
    @Parameters(paramLabel = "REF", description = "ID[@VERSION][/PROVIDER] of a layer")
    String reference = "";

    @Option(names = "--name", required = true, paramLabel = "N", description = "name to serve it under: /v2/models/N")
    String name = "";

    @Option(names = "--config", paramLabel = "FILE.json", description = "configuration (default: the TEST size)")
    Optional<Path> config = Optional.empty();

    @Option(
            names = "--weights",
            paramLabel = "FILE|SHA256",
            description = "a safetensors file, which is handed in, or the digest of one that the registry has")
    Optional<String> weights = Optional.empty();

    @Option(names = "--backend", paramLabel = "B", defaultValue = "auto", description = "backend (default: auto)")
    String backend = "auto";

    @Option(
            names = "--dtype",
            paramLabel = "f32|f64|bf16|f16",
            defaultValue = "f32",
            description = "type in which it is computed (default: f32)")
    String dtype = "f32";

    @Option(names = "--max-batch", paramLabel = "N", description = "rows that are computed together at most")
    Optional<Integer> maxBatch = Optional.empty();

    @Option(names = "--max-delay", paramLabel = "MS", description = "how long a request waits for others to join it")
    Optional<Integer> maxDelay = Optional.empty();

    @Option(names = "--concurrency", paramLabel = "N", description = "computations at a time")
    Optional<Integer> concurrency = Optional.empty();

    @Option(names = "--queue", paramLabel = "N", description = "requests that wait at most; one more is answered 429")
    Optional<Integer> queue = Optional.empty();

    @Option(names = "--memory", paramLabel = "SIZE", description = "tensors outside of the heap, e.g. 2g")
    Optional<String> memory = Optional.empty();

    @Option(names = "--token-only", description = "take requests with a token of scope run only (default: from all)")
    boolean tokenOnly;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "180",
            description = "how long to wait until it is ready; 0 does not wait (default: 180)")
    int wait = 180;

    @Override
    int call(RemoteRegistry registry) throws IOException, InterruptedException {
        String path = "/api/v1/deployments/" + checked(name);
        JsonNode deployment = Await.answer(
                registry.put(path, request(registry)),
                Duration.ofSeconds(wait),
                () -> registry.get(path),
                answer -> !state(answer).equals("starting"));
        if (zoo.json) {
            print(deployment);
        }
        return tell(deployment);
    }

    /** The name stands in the address, so it is looked at before it is sent. */
    static String checked(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
            throw CommandFailure.badInput(
                    "a deployment's name: expected letters, digits, '.', '_' and '-', at most 63, given '" + name
                            + "'");
        }
        return name;
    }

    private ObjectNode request(RemoteRegistry registry) throws IOException, InterruptedException {
        ObjectNode request = object();
        request.put("plugin", reference).put("backend", backend).put("dtype", dtype);
        request.put("access", tokenOnly ? "token" : "open");
        ConfigOptions options = new ConfigOptions();
        options.file = config;
        options.into(request);
        if (weights.isPresent()) {
            request.put("weights", digest(registry, weights.get()));
        }
        ObjectNode limits = request.putObject("limits");
        maxBatch.ifPresent(n -> limits.put("maxBatch", n));
        maxDelay.ifPresent(n -> limits.put("maxDelayMillis", n));
        concurrency.ifPresent(n -> limits.put("concurrency", n));
        queue.ifPresent(n -> limits.put("queue", n));
        memory.ifPresent(m -> limits.put("memoryBytes", size(m)));
        return request;
    }

    private String digest(RemoteRegistry registry, String weights) throws IOException, InterruptedException {
        if (weights.matches("[0-9a-f]{64}")) {
            return weights;
        }
        Path file = Path.of(weights);
        if (!Files.isRegularFile(file)) {
            throw CommandFailure.badInput(
                    "--weights: expected a safetensors file or a SHA-256 of the registry, given '" + weights + "'");
        }
        return new WeightsUpload(registry, err())
                .send(file, object())
                .path("sha256")
                .asString();
    }

    private static long size(String text) {
        try {
            return Limits.parseSize(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw CommandFailure.badInput("--memory: " + e.getMessage());
        }
    }

    private static String state(JsonNode deployment) {
        return deployment.path("state").asString("");
    }

    private int tell(JsonNode deployment) {
        String state = state(deployment);
        if (state.equals("ready")) {
            err().println(name + " is ready at " + deployment.path("url").asString());
            return 0;
        }
        String reason = deployment.path("reason").asString();
        if (state.equals("failed")) {
            throw CommandFailure.no("the deployment failed: " + reason);
        }
        if (wait > 0) {
            throw CommandFailure.of(3, "the deployment is not ready after " + wait + " s: " + reason);
        }
        err().println(name + " is " + state + ": " + reason);
        return 0;
    }
}
