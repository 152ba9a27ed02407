package org.layerzoo.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.layerzoo.core.config.Configs;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A registry over HTTP. What it refuses is a {@link CommandFailure}: exit 1 where the answer is no (401, 403, 409), exit 3 where it
 * cannot answer, exit 2 for all else.
 */
final class RemoteRegistry {
    private static final Set<Integer> NO = Set.of(401, 403, 409);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final URI base;
    private final Optional<String> token;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    RemoteRegistry(URI base, Optional<String> token) {
        this.base = base;
        this.token = token;
    }

    /** The registry does not answer. */
    static final class Unreachable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    URI base() {
        return base;
    }

    static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    JsonNode get(String path) {
        return document(send(request(path).GET().build()));
    }

    JsonNode post(String path, ObjectNode body) {
        BodyPublisher text = BodyPublishers.ofString(body.toString());
        return document(send(request(path)
                .setHeader("Content-Type", "application/json")
                .POST(text)
                .build()));
    }

    /** Sends a jar with its signature. */
    JsonNode publish(Path jar, byte[] signature) throws IOException {
        String boundary = "zoo-" + UUID.randomUUID();
        BodyPublisher body = BodyPublishers.concat(
                BodyPublishers.ofString(part(boundary, "artifact")),
                BodyPublishers.ofFile(jar),
                BodyPublishers.ofString("\r\n" + part(boundary, "signature")),
                BodyPublishers.ofByteArray(signature),
                BodyPublishers.ofString("\r\n--" + boundary + "--\r\n"));
        return document(send(request("/api/v1/plugins")
                .setHeader("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(body)
                .build()));
    }

    private static String part(String boundary, String name) {
        return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" + name
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    }

    JsonNode put(String path, ObjectNode body) {
        BodyPublisher text = BodyPublishers.ofString(body.toString());
        return document(send(request(path)
                .setHeader("Content-Type", "application/json")
                .PUT(text)
                .build()));
    }

    void delete(String path) {
        document(send(request(path).DELETE().build()));
    }

    /** Sends the part of a file that begins at an offset. */
    JsonNode patch(String path, long offset, byte[] part) {
        return document(send(request(path)
                .setHeader("Upload-Offset", Long.toString(offset))
                .setHeader("Content-Type", "application/octet-stream")
                .method("PATCH", BodyPublishers.ofByteArray(part))
                .build()));
    }

    /** Whether there is something at a path. */
    boolean has(String path) {
        HttpResponse<String> response = send(request(path).GET().build());
        if (response.statusCode() == 404) {
            return false;
        }
        document(response);
        return true;
    }

    /** Every item of a list. */
    List<JsonNode> all(String path) {
        List<JsonNode> items = new ArrayList<>();
        for (int page = 0; ; page++) {
            JsonNode answer = get(path + "?size=500&page=" + page);
            answer.path("items").forEach(items::add);
            if (items.size() >= answer.path("total").asLong()
                    || answer.path("items").isEmpty()) {
                return items;
            }
        }
    }

    void download(String path, Path to) {
        HttpResponse<Path> response = exchange(request(path).GET().build(), BodyHandlers.ofFile(to));
        if (response.statusCode() != 200) {
            throw CommandFailure.of(
                    NO.contains(response.statusCode()) ? 1 : 2,
                    base + path + ": expected a file, given status " + response.statusCode());
        }
    }

    private HttpRequest.Builder request(String path) {
        var builder = HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
        token.ifPresent(secret -> builder.setHeader("Authorization", "Bearer " + secret));
        return builder;
    }

    private HttpResponse<String> send(HttpRequest request) {
        return exchange(request, BodyHandlers.ofString());
    }

    private <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (IOException e) {
            throw new Unreachable("the registry " + base + " does not answer: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.cannotRun("interrupted", e);
        }
    }

    private JsonNode document(HttpResponse<String> response) {
        JsonNode body = Configs.mapper().createObjectNode();
        try {
            body = Configs.mapper().readTree(response.body().isEmpty() ? "{}" : response.body());
        } catch (JacksonException _) {
            // a proxy's page; its status is told below
        }
        int status = response.statusCode();
        if (status < 300) {
            return body;
        }
        String detail = body.path("title").asString("status " + status) + ": "
                + body.path("detail").asString(response.uri().toString());
        throw CommandFailure.of(NO.contains(status) ? 1 : status == 429 || status >= 500 ? 3 : 2, detail);
    }
}
