package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.figures.Figures;
import tools.jackson.databind.JsonNode;

/** The machine's clock is set while the service runs: nothing stands still and nothing that is alive is given up. */
class ClockJumpTest {
    private static final AtomicReference<Duration> JUMP = new AtomicReference<>(Duration.ZERO);
    private static final Path FOLDER = TestRegistry.newFolder();
    private static final int JUMPS = 3;
    private static final Figures FIGURES =
            Figures.of(ClockJumpTest.class, "the clock set 3 hours forth, 3 hours back, 400 days forth");
    private static int kept;
    private static TestRegistry registry;
    private static Client user;

    @BeforeAll
    static void start() {
        registry = TestRegistry.start(FOLDER, () -> Instant.now().plus(JUMP.get()));
        registry.add(JarFixture.of("jump"), "jump");
        user = registry.withScopes("read", "run");
    }

    @AfterAll
    static void end() {
        registry.close();
        TestRegistry.delete(FOLDER);
        if (kept == JUMPS) {
            FIGURES.with("kept by the runner that spoke", kept)
                    .with("lost by the silent one", kept)
                    .done();
        }
    }

    private static String benchmark() {
        return user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "jump"))))
                .is(202)
                .json()
                .path("id")
                .asString();
    }

    private static JsonNode job(String id) {
        return user.get("/api/v1/jobs/" + id).is(200).json();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT3H", "-PT3H", "P400D"})
    void aRunnerThatSpeaksKeepsItsJobAndASilentOneLosesIt(String jump) {
        String id = benchmark();
        FakeRunner runner = FakeRunner.of(registry, "steady");
        JsonNode lease = runner.lease("benchmark").orElseThrow();
        runner.heartbeat(lease, 0.1, "before").is(200);
        JUMP.updateAndGet(Duration.parse(jump)::plus);
        String neighbour = benchmark();
        FakeRunner.of(registry, "silent").lease("benchmark").orElseThrow();
        runner.keeping(
                lease,
                () -> TestRegistry.await(
                        "a silent runner to lose its job",
                        () -> job(neighbour).path("state").asString().equals("queued")));
        user.delete("/api/v1/jobs/" + neighbour).is(200);
        runner.complete(lease, Reports.benchmark("jump", 64)).is(204);
        assertThat(job(id).path("state").asString()).isEqualTo("succeeded");
        assertThat(job(id).path("attempt").asInt()).isEqualTo(1);
        kept++;
    }
}
