package org.layerzoo.runner.agent;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Speaks the registry's {@code /api/v1/runner/*}; one attempt a call. */
final class RegistryClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final URI base;
    private final AgentToken token;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();

    RegistryClient(URI registry, AgentToken token) {
        String text = registry.toString();
        this.base = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
        this.token = token;
    }

    /** Asks for a job; empty when there is none within the time that the request names. */
    Optional<RunnerApi.Lease> lease(RunnerApi.LeaseRequest request) throws IOException, InterruptedException {
        Duration patience = ANSWER.plusSeconds(request.waitSeconds());
        HttpResponse<byte[]> answer =
                send(post("/api/v1/runner/lease", request).timeout(patience), BodyHandlers.ofByteArray());
        return answer.statusCode() == 204 ? Optional.empty() : Optional.of(read(answer.body(), RunnerApi.Lease.class));
    }

    RunnerApi.HeartbeatAnswer heartbeat(String job, RunnerApi.Heartbeat heartbeat)
            throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = send(postJob(job, "heartbeat", heartbeat), BodyHandlers.ofByteArray());
        return read(answer.body(), RunnerApi.HeartbeatAnswer.class);
    }

    /** Says how the deployments stand that this agent holds; answers those that it shall hold. */
    RunnerApi.HostAnswer host(RunnerApi.HostBeat beat) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer =
                send(post("/api/v1/runner/deployments", beat).timeout(ANSWER), BodyHandlers.ofByteArray());
        return read(answer.body(), RunnerApi.HostAnswer.class);
    }

    void log(String job, RunnerApi.LogLines lines) throws IOException, InterruptedException {
        send(postJob(job, "log", lines), BodyHandlers.ofByteArray());
    }

    void complete(String job, RunnerApi.Completion completion) throws IOException, InterruptedException {
        send(postJob(job, "complete", completion), BodyHandlers.ofByteArray());
    }

    void fail(String job, RunnerApi.Failure failure) throws IOException, InterruptedException {
        send(postJob(job, "fail", failure), BodyHandlers.ofByteArray());
    }

    /** Fetches a file of the registry; the target is not there when that fails. */
    void fetch(String path, Path target) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request(path).timeout(Duration.ofMinutes(5)).GET();
        try {
            HttpResponse<Path> answer = http.send(
                    request.build(),
                    info -> info.statusCode() == 200
                            ? HttpResponse.BodySubscribers.ofFile(target)
                            : HttpResponse.BodySubscribers.replacing(target));
            if (answer.statusCode() != 200) {
                throw refusal(answer.statusCode(), path, "");
            }
        } catch (RegistryException e) {
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(target);
            throw new RegistryException.Unavailable("fetching " + path + " broke off: " + e);
        }
    }

    private HttpRequest.Builder postJob(String job, String verb, Object body) throws IOException {
        return post("/api/v1/runner/jobs/" + job + "/" + verb, body).timeout(ANSWER);
    }

    private HttpRequest.Builder post(String path, Object body) throws IOException {
        return request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
    }

    private HttpRequest.Builder request(String path) throws IOException {
        return HttpRequest.newBuilder(URI.create(base + path)).header("Authorization", "Bearer " + token.read());
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder builder, HttpResponse.BodyHandler<byte[]> body)
            throws IOException, InterruptedException {
        HttpRequest request = builder.build();
        HttpResponse<byte[]> answer;
        try {
            answer = http.send(request, body);
        } catch (IOException e) {
            throw new RegistryException.Unavailable("the registry at " + base + " cannot be reached: " + reason(e));
        }
        if (answer.statusCode() / 100 != 2) {
            throw refusal(answer.statusCode(), request.uri().getPath(), detail(answer.body()));
        }
        return answer;
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static RegistryException refusal(int status, String path, String detail) {
        String text = "the registry answered " + status + " to " + path + (detail.isEmpty() ? "" : ": " + detail);
        return switch (status) {
            case 401, 403 -> new RegistryException.Denied(text);
            case 404, 409, 410 -> new RegistryException.LeaseLost(text);
            case 408, 425, 429 -> new RegistryException.Unavailable(text);
            default -> status >= 500 ? new RegistryException.Unavailable(text) : new RegistryException.Rejected(text);
        };
    }

    private static String detail(byte[] body) {
        try {
            return JSON.readTree(body).path("detail").asString("");
        } catch (JacksonException _) {
            String text = new String(body, StandardCharsets.UTF_8).strip();
            return text.length() > 200 ? text.substring(0, 200) : text;
        }
    }

    private static <T> T read(byte[] body, Class<T> type) throws RegistryException {
        try {
            return JSON.readValue(body, type);
        } catch (JacksonException e) {
            throw new RegistryException.Rejected(
                    "the registry's answer is no " + type.getSimpleName() + ": " + e.getOriginalMessage());
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
