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

/** Streams of events are bounded: who comes beyond is told so, and is let in when others have gone. */
class ListenerBoundTest {
    private static final int BOUND = 40;
    private static final int CLIENTS = Integer.getInteger("zoo.reliability.listeners", 120);

    @Test
    void clientsBeyondTheBoundAreRefusedAndServedWhenOthersHaveGone() throws Exception {
        TestRegistry registry = TestRegistry.shared();
        registry.add(JarFixture.of("bound"), "bound");
        Client user = registry.withScopes("run");
        String id = user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "bound"))))
                .is(202)
                .json()
                .path("id")
                .asString();
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
            user.get("/api/v1/jobs/" + id).is(200);
            user.delete("/api/v1/jobs/" + id).is(200);
            for (InputStream body : open) {
                assertThat(new String(body.readAllBytes())).contains("event: done");
            }
            TestRegistry.await("room for a listener", () -> {
                try (InputStream body = listen(http, user, id).body()) {
                    return new String(body.readAllBytes()).contains("event: done");
                } catch (IOException e) {
                    return false;
                }
            });
        }
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
