package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EventsTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static TestRegistry registry;
    private static Client user;

    private record Event(String id, String name, JsonNode data) {}

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        registry.add(JarFixture.of("events-probe").with("kind", "probe").provider("", "probe", false), "events-probe");
        user = registry.withScopes("read", "run");
    }

    @BeforeEach
    void noOpenJobs() {
        TestRegistry.shared();
    }

    private static String probe() {
        return user.post("/api/v1/probes", Map.of("plugin", Map.of("id", "events-probe")))
                .is(202)
                .json()
                .path("id")
                .asString();
    }

    /** Reads a job's stream to its end. */
    private static List<Event> listen(Client client, String id) {
        try {
            var response = Client.http()
                    .send(client.request("/api/v1/jobs/" + id + "/events").build(), BodyHandlers.ofLines());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
            return parse(response.body());
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Event> parse(Stream<String> lines) {
        var events = new ArrayList<Event>();
        var fields = new java.util.HashMap<String, String>();
        lines.forEach(line -> {
            if (line.isEmpty() && fields.containsKey("event")) {
                events.add(new Event(fields.get("id"), fields.get("event"), JSON.readTree(fields.get("data"))));
                fields.clear();
            } else if (line.contains(": ")) {
                fields.put(line.substring(0, line.indexOf(": ")), line.substring(line.indexOf(": ") + 2));
            }
        });
        return events;
    }

    @Test
    void aListenerSeesProgressLogAndTheEnd() {
        String id = probe();
        var listener = CompletableFuture.supplyAsync(() -> listen(registry.anonymous(), id));
        FakeRunner runner = FakeRunner.of(registry, "talker");
        JsonNode lease = runner.lease("probe").orElseThrow();
        runner.log(lease, "first line", "second \u0000 \u00e9 line").is(204);
        runner.heartbeat(lease, 0.25, "a quarter").is(200);
        runner.complete(lease, Map.of("answer", 42)).is(204);
        List<Event> events = listener.join();
        assertThat(events.stream()
                        .filter(event -> event.name().equals("log"))
                        .map(event -> event.data().path("line").asString()))
                .containsExactly("first line", "second  \u00e9 line");
        Event last = events.getLast();
        assertThat(last.name()).isEqualTo("done");
        assertThat(last.data().path("state").asString()).isEqualTo("succeeded");
        assertThat(last.data().path("result").path("answer").asInt()).isEqualTo(42);
        assertThat(events.stream().filter(event -> event.name().equals("done"))).hasSize(1);
        assertThat(events.stream().filter(event -> event.name().equals("progress")))
                .allSatisfy(
                        event -> assertThat(event.data().path("id").asString()).isEqualTo(id));
    }

    @Test
    void aListenerThatComesLateGetsTheWholeLogAndOneThatComesBackTheRest() {
        String id = probe();
        FakeRunner runner = FakeRunner.of(registry, "earlier");
        JsonNode lease = runner.lease("probe").orElseThrow();
        runner.log(lease, "one", "two").is(204);
        runner.log(lease, "three").is(204);
        runner.complete(lease, Map.of()).is(204);
        List<Event> all = listen(registry.anonymous(), id);
        assertThat(all).extracting(Event::name).containsExactly("log", "log", "log", "done");
        List<Event> rest =
                listen(registry.anonymous().with("Last-Event-ID", all.get(1).id()), id);
        assertThat(rest).extracting(Event::name).containsExactly("log", "done");
        assertThat(rest.getFirst().data().path("line").asString()).isEqualTo("three");
    }
}
