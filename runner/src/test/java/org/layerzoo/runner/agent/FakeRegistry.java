package org.layerzoo.runner.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A registry that hands out the leases a test gives it and remembers every call. */
final class FakeRegistry implements AutoCloseable {
    static final String TOKEN = "zoo_test-token";
    private static final JsonMapper JSON = JsonMapper.shared();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<String> leases = new LinkedBlockingQueue<>();
    private final List<Call> calls = new ArrayList<>();
    private final Map<String, byte[]> artifacts = new ConcurrentHashMap<>();
    /** The deployments that the agent shall hold, as a JSON array. */
    volatile String hosted = "[]";

    volatile boolean cancelRequested;
    volatile boolean leaseLost;
    volatile boolean away;

    /** One request that was answered as a registry in good health answers it. */
    record Call(String path, JsonNode body) {
        boolean is(String verb) {
            return path.endsWith("/" + verb);
        }
    }

    FakeRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Queues a job; answers its id. */
    String offer(String kind, String spec) {
        return offer(kind, spec, "[]");
    }

    String offer(String kind, String spec, String plugins) {
        String id = UUID.randomUUID().toString();
        leases.add("""
                {"jobId": "%s", "kind": "%s", "spec": %s, "limits": {"wallSeconds": 60, "memoryBytes": null, "threads": 1},
                 "plugins": %s, "fencingToken": 7, "attempt": 1, "leaseSeconds": 1,
                 "leaseUntil": "2026-01-01T00:00:00Z", "later": "fields are ignored"}
                """.formatted(id, kind, spec, plugins));
        return id;
    }

    void publish(String path, byte[] content) {
        artifacts.put(path, content);
    }

    synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Waits for a call; a test's own time limit ends a wait in vain. */
    Call await(Predicate<Call> wanted) throws InterruptedException {
        return await(0, wanted);
    }

    /** The same among those that come after the first {@code known} ones. */
    synchronized Call await(int known, Predicate<Call> wanted) throws InterruptedException {
        while (calls.stream().skip(known).noneMatch(wanted)) {
            wait();
        }
        return calls.stream().skip(known).filter(wanted).findFirst().orElseThrow();
    }

    /** Waits until a log line of a job matches and answers it. */
    String awaitLine(String pattern) throws InterruptedException {
        Call call = await(c -> c.is("log") && lines(c).stream().anyMatch(line -> line.matches(pattern)));
        return lines(call).stream()
                .filter(line -> line.matches(pattern))
                .findFirst()
                .orElseThrow();
    }

    static List<String> lines(Call call) {
        return call.body().path("lines").valueStream().map(JsonNode::asString).toList();
    }

    private synchronized void remember(Call call) {
        calls.add(call);
        notifyAll();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            if (away) {
                answer(exchange, 503, "{\"detail\": \"starting\"}");
            } else if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                answer(exchange, 401, "{\"detail\": \"unknown token\"}");
            } else if (artifacts.containsKey(path)) {
                exchange.sendResponseHeaders(200, artifacts.get(path).length);
                exchange.getResponseBody().write(artifacts.get(path));
            } else if (exchange.getRequestMethod().equals("POST")) {
                post(exchange, new Call(path, JSON.readTree(body)));
            } else {
                answer(exchange, 404, "{\"detail\": \"no such thing\"}");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void post(HttpExchange exchange, Call call) throws IOException, InterruptedException {
        if (call.is("lease")) {
            remember(call);
            String lease = leases.poll(200, TimeUnit.MILLISECONDS);
            answer(exchange, lease == null ? 204 : 200, lease == null ? "" : lease);
        } else if (call.is("deployments")) {
            answer(exchange, 200, "{\"deployments\": " + hosted + "}");
            remember(call);
        } else if (leaseLost) {
            answer(exchange, 409, "{\"code\": \"lease-lost\", \"detail\": \"the lease is over\"}");
        } else if (call.is("heartbeat")) {
            answer(
                    exchange,
                    200,
                    "{\"leaseUntil\": \"2026-01-01T00:00:00Z\", \"cancelRequested\": " + cancelRequested + "}");
            remember(call);
        } else {
            answer(exchange, 204, "");
            remember(call);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
