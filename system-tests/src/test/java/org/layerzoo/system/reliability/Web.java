package org.layerzoo.system.reliability;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client that asks the services in turn until one answers, as one behind a balancer does. */
final class Web {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final List<String> services;
    private final String token;
    private int turn;

    Web(List<String> services, String token) {
        this.services = List.copyOf(services);
        this.token = token;
    }

    /** An answer that was given; what is not acknowledged has none. */
    record Answer(int status, byte[] bytes) {
        JsonNode json() {
            return JSON.readTree(bytes);
        }

        Answer is(int... expected) {
            for (int one : expected) {
                if (status == one) {
                    return this;
                }
            }
            throw new AssertionError("answered " + status + ": " + new String(bytes));
        }
    }

    Answer get(String path) {
        return ask("GET", path, "application/json", BodyPublishers.noBody());
    }

    Answer post(String path, String json) {
        return ask("POST", path, "application/json", BodyPublishers.ofString(json));
    }

    Answer put(String path, String json) {
        return ask("PUT", path, "application/json", BodyPublishers.ofString(json));
    }

    Answer upload(String path, byte[] content) {
        return ask("POST", path, "application/octet-stream", BodyPublishers.ofByteArray(content));
    }

    private Answer ask(String method, String path, String type, BodyPublisher body) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        String last = "";
        while (System.nanoTime() < end) {
            String service = services.get(turn++ % services.size());
            try {
                Answer answer = once(service, method, path, type, body);
                if (answer.status() < 500) {
                    return answer;
                }
                // 503 says that the database is away; any other is a failure of the service's own.
                if (answer.status() != 503) {
                    throw new AssertionError(
                            method + " " + path + " answered " + answer.status() + ": " + new String(answer.bytes()));
                }
                last = "answered 503";
            } catch (IOException e) {
                last = e.toString();
            }
            pause();
        }
        throw new AssertionError(method + " " + path + ": no service answered within " + PATIENCE + ", last " + last);
    }

    Answer once(String service, String method, String path, String type, BodyPublisher body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(service + path))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", type)
                .method(method, body)
                .build();
        try {
            HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(answer.statusCode(), answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    boolean healthy(String service) {
        try {
            return once(service, "GET", "/actuator/health", "application/json", BodyPublishers.noBody())
                            .status()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(200);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
