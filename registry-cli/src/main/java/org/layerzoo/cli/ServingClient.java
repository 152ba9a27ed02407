package org.layerzoo.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.layerzoo.core.config.Configs;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Speaks with a registry about what it serves. */
final class ServingClient {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Option(
            names = "--registry",
            paramLabel = "URL",
            description = "the registry (default: the one that 'zoo up' runs on this machine)")
    Optional<String> registry = Optional.empty();

    @Option(
            names = "--token",
            paramLabel = "T",
            description = "a token with scope run (default: ZOO_TOKEN, else that of the 'zoo up' of this machine)")
    Optional<String> token = Optional.empty();

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    /** What the registry said. */
    record Said(int status, JsonNode body) {
        /** @throws CommandFailure exit 1 where the answer is no, 2 for bad input, 3 where it could not answer */
        JsonNode done() {
            if (status < 300) {
                return body;
            }
            String detail = body.path("detail").asString("the registry answered " + status);
            int exit = status == 401 || status == 403 ? 1 : status == 429 || status >= 500 ? 3 : 2;
            throw CommandFailure.of(exit, detail);
        }
    }

    Said get(String path) {
        return send(request(path).GET());
    }

    Said delete(String path) {
        return send(request(path).DELETE());
    }

    Said put(String path, JsonNode body) {
        return send(request(path)
                .setHeader("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(body.toString())));
    }

    /** Hands a file in and answers its digest. */
    String upload(Path file) {
        try {
            return send(request("/api/v1/weights").POST(BodyPublishers.ofFile(file)))
                    .done()
                    .path("sha256")
                    .asString();
        } catch (FileNotFoundException e) {
            throw CommandFailure.badInput(
                    "--weights: expected a safetensors file or a SHA-256 of the registry, given '" + file + "'");
        }
    }

    private URI base() {
        String address = registry.or(() -> read("registry.url"))
                .orElseThrow(() -> CommandFailure.of(
                        3, "no registry runs on this machine: start one with 'zoo up' or name one with --registry"));
        try {
            URI uri = URI.create(address.replaceFirst("/+$", ""));
            if (uri.getHost() != null && uri.getScheme().matches("https?")) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // told below
        }
        throw CommandFailure.badInput("--registry: expected an http or https address, given '" + address + "'");
    }

    /** The administrator's token opens the registry of this machine only. */
    private Optional<String> secret() {
        return token.or(() -> Optional.ofNullable(System.getenv("ZOO_TOKEN")).filter(t -> !t.isBlank()))
                .or(() -> registry.isPresent() ? Optional.empty() : read("admin.token"));
    }

    private static Optional<String> read(String name) {
        try {
            return Optional.of(Files.readString(
                                    ZooHome.folder().resolve("data").resolve(name))
                            .strip())
                    .filter(text -> !text.isEmpty());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private HttpRequest.Builder request(String path) {
        var builder = HttpRequest.newBuilder(URI.create(base() + path)).timeout(PATIENCE);
        secret().ifPresent(t -> builder.setHeader("Authorization", "Bearer " + t));
        return builder;
    }

    private Said send(HttpRequest.Builder builder) {
        HttpRequest request = builder.build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Said(answer.statusCode(), json(answer.body()));
        } catch (IOException e) {
            throw CommandFailure.cannotRun("the registry " + base() + " does not answer: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.cannotRun("interrupted", e);
        }
    }

    private static JsonNode json(String text) {
        try {
            return Configs.mapper().readTree(text.isBlank() ? "{}" : text);
        } catch (JacksonException _) {
            return Configs.mapper().createObjectNode(); // a proxy's page; the status is told
        }
    }
}
