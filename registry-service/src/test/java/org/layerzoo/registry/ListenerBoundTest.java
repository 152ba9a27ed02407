package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;

/** Streams of events are bounded: who comes beyond is told so, and is let in when others have gone. */
class ListenerBoundTest {
    private static final int BOUND = 40;
    private static final int CLIENTS = Integer.getInteger("zoo.reliability.listeners", 120);

    @Test
    void clientsBeyondTheBoundAreRefusedAndServedWhenOthersHaveGone() throws Exception {
        var figures = Figures.of(ListenerBoundTest.class, CLIENTS + " listeners where " + BOUND + " may be");
        TestRegistry registry = TestRegistry.shared();
        registry.add(JarFixture.of("bound"), "bound");
        Client user = registry.withScopes("run");
        String id = benchmark(user);
        List<InputStream> open = new ArrayList<>();
        int refused = 0;
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = 0; i < CLIENTS; i++) {
                HttpResponse<InputStream> answer = listen(http, user, id);
                if (answer.statusCode() == 200) {
                    open.add(answer.body());
                } else {
                    assertRefused(answer);
                    refused++;
                }
            }
            assertThat(open).hasSize(BOUND);
            assertThat(refused).isEqualTo(CLIENTS - BOUND);
            figures.with("served", open.size()).with("refused", refused);
            user.get("/api/v1/jobs/" + id).is(200);
            user.delete("/api/v1/jobs/" + id).is(200);
            for (InputStream body : open) {
                assertThat(toTheEnd(body, http, user, id)).contains("event: done");
            }
            TestRegistry.await("room for a listener", () -> {
                try (InputStream body = listen(http, user, id).body()) {
                    return new String(body.readAllBytes()).contains("event: done");
                } catch (IOException e) {
                    return false;
                }
            });
        }
        figures.done();
    }

    private static String benchmark(Client user) {
        return user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "bound"))))
                .is(202)
                .json()
                .path("id")
                .asString();
    }

    /** A stream may end because the database had too much to do; its listener asks again, as browsers do. */
    private static String toTheEnd(InputStream body, HttpClient http, Client user, String id) throws IOException {
        String events = new String(body.readAllBytes());
        while (!events.contains("event: done")) {
            try (InputStream again = listen(http, user, id).body()) {
                events = new String(again.readAllBytes());
            }
        }
        return events;
    }

    private static void assertRefused(HttpResponse<InputStream> answer) throws IOException {
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        try (InputStream body = answer.body()) {
            assertThat(new String(body.readAllBytes())).contains("\"code\":\"overloaded\"");
        }
    }

    private static HttpResponse<InputStream> listen(HttpClient http, Client user, String id) throws IOException {
        try {
            var request = HttpRequest.newBuilder(URI.create(user.base() + "/api/v1/jobs/" + id + "/events"));
            return http.send(request.build(), BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
