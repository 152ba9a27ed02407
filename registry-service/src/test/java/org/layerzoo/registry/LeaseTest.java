package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.Figures;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

class LeaseTest {
    private static final int JOBS = 40;
    private static final Map<String, Object> PROBE = Map.of("plugin", Map.of("id", "lease-probe"));
    private static TestRegistry registry;
    private static Client user;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        JarFixture.of("lease-probe")
                .with("kind", "probe")
                .provider("", "probe", false)
                .into(registry.plugins(), "lease-probe.jar");
        registry.add(JarFixture.of("lease-a"), "lease-a");
        user = registry.withScopes("read", "run");
    }

    @BeforeEach
    void noOpenJobs() {
        TestRegistry.shared();
    }

    private static String probe() {
        return user.post("/api/v1/probes", PROBE).is(202).json().path("id").asString();
    }

    private static String benchmark() {
        return user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "lease-a"))))
                .is(202)
                .json()
                .path("id")
                .asString();
    }

    private static JsonNode job(String id) {
        return registry.anonymous().get("/api/v1/jobs/" + id).is(200).json();
    }

    private static String state(String id) {
        return job(id).path("state").asString();
    }

    @Test
    void ofManyJobsAndRunnersWithOneThatVanishesNoneIsLostAndNoneDoneTwice() throws Exception {
        var figures = Figures.of(LeaseTest.class, JOBS + " jobs, 3 runners of which one vanishes");
        Set<String> wanted = new HashSet<>();
        for (int i = 0; i < JOBS; i++) {
            wanted.add(probe());
        }
        FakeRunner vanishing = FakeRunner.of(registry, "vanishing");
        String abandoned = vanishing.lease("probe").orElseThrow().path("jobId").asString();
        var done = new ConcurrentLinkedQueue<String>();
        List<Callable<Void>> workers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            FakeRunner runner = FakeRunner.of(registry, "worker-" + i);
            workers.add(() -> {
                Instant end = Instant.now().plusSeconds(180);
                while (done.size() < wanted.size() && Instant.now().isBefore(end)) {
                    runner.lease(1, "probe").ifPresent(lease -> {
                        runner.heartbeat(lease, 0.5, "").is(200);
                        runner.complete(lease, Map.of("by", runner.name())).is(204);
                        done.add(lease.path("jobId").asString());
                    });
                }
                return null;
            });
        }
        try (var threads = Executors.newFixedThreadPool(2)) {
            for (var worker : threads.invokeAll(workers)) {
                worker.get();
            }
        }
        assertThat(done).containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(wanted).allSatisfy(id -> assertThat(state(id)).isEqualTo("succeeded"));
        assertThat(job(abandoned).path("attempt").asInt()).isEqualTo(2);
        figures.with("done once", done.size()).with("lost or done twice", 0).done();
    }

    @Test
    void aRunnerThatComesBackFromTheDeadCanChangeNothing() {
        String id = probe();
        FakeRunner first = FakeRunner.of(registry, "first");
        JsonNode old = first.lease("probe").orElseThrow();
        TestRegistry.await("the lease to expire", () -> state(id).equals("queued"));
        assertThat(job(id).path("message").asString()).contains("fell silent");
        first.heartbeat(old, 0.9, "still here").problem(409, "lease-lost");
        FakeRunner second = FakeRunner.of(registry, "second");
        JsonNode lease = second.lease("probe").orElseThrow();
        assertThat(lease.path("fencingToken").asLong())
                .isGreaterThan(old.path("fencingToken").asLong());
        first.heartbeat(old, 0.9, "still here").problem(409, "lease-lost");
        first.log(old, "a line").problem(409, "lease-lost");
        first.fail(old, "nonsense", false).problem(409, "lease-lost");
        first.complete(old, Map.of("by", "first")).problem(409, "lease-lost");
        second.complete(lease, Map.of("by", "second")).is(204);
        first.complete(old, Map.of("by", "first")).problem(409, "lease-lost");
        assertThat(job(id).path("result").path("by").asString()).isEqualTo("second");
    }

    @Test
    void aJobWhoseRunnersAllVanishFailsWithAProblem() {
        String id = probe();
        FakeRunner runner = FakeRunner.of(registry, "frail");
        for (int attempt = 1; attempt <= 2; attempt++) {
            assertThat(runner.lease("probe").orElseThrow().path("attempt").asInt())
                    .isEqualTo(attempt);
            TestRegistry.await("the lease to expire", () -> !state(id).equals("running"));
        }
        assertThat(state(id)).isEqualTo("failed");
        assertThat(job(id).path("problem").path("code").asString()).isEqualTo("runner-lost");
        assertThat(runner.lease("probe")).isEmpty();
    }

    @Test
    void heartbeatsKeepALeaseBeyondItsTime() {
        String id = probe();
        FakeRunner runner = FakeRunner.of(registry, "steady");
        JsonNode lease = runner.lease("probe").orElseThrow();
        // One that says nothing, leased later, shows that a lease's time is over.
        String other = probe();
        FakeRunner.of(registry, "silent").lease("probe").orElseThrow();
        runner.keeping(
                lease,
                () -> TestRegistry.await("the lease of one that says nothing to end", () -> state(other)
                        .equals("queued")));
        assertThat(state(id)).isEqualTo("running");
        runner.complete(lease, Map.of()).is(204);
    }

    @Test
    void aCancelledJobWhoseRunnerVanishesIsCancelled() {
        String id = probe();
        FakeRunner.of(registry, "gone").lease("probe").orElseThrow();
        user.delete("/api/v1/jobs/" + id).is(200);
        TestRegistry.await("the end", () -> state(id).equals("cancelled"));
    }

    @Test
    void aBenchmarkSharesAMachineWithNothing() {
        FakeRunner one = new FakeRunner(user, "one", "shared-host");
        FakeRunner two = new FakeRunner(user, "two", "shared-host");
        FakeRunner elsewhere = new FakeRunner(user, "three", "other-host");
        benchmark();
        JsonNode measuring = one.lease().orElseThrow();
        probe();
        assertThat(two.lease()).isEqualTo(Optional.empty());
        JsonNode far = elsewhere.lease().orElseThrow();
        elsewhere.complete(far, Map.of()).is(204);
        one.complete(measuring, Reports.benchmark("lease-a", 64)).is(204);
        probe();
        JsonNode probing = two.lease().orElseThrow();
        String waiting = benchmark();
        assertThat(one.lease()).isEqualTo(Optional.empty());
        two.complete(probing, Map.of()).is(204);
        assertThat(one.lease().orElseThrow().path("jobId").asString()).isEqualTo(waiting);
    }

    @Test
    void aRunnerHasOneJobAtATimeAndTakesOnlyItsKinds() {
        FakeRunner runner = FakeRunner.of(registry, "single");
        probe();
        probe();
        assertThat(runner.lease("verification")).isEmpty();
        JsonNode lease = runner.lease("probe").orElseThrow();
        assertThat(runner.lease("probe")).isEmpty();
        JsonNode shown = registry.anonymous()
                .get("/api/v1/runners?size=500")
                .is(200)
                .json()
                .path("items")
                .valueStream()
                .filter(item -> item.path("name").asString().equals("single"))
                .findFirst()
                .orElseThrow();
        assertThat(shown.path("busy").asBoolean()).isTrue();
        assertThat(shown.path("host").asString()).isEqualTo("host-of-single");
        runner.complete(lease, Map.of()).is(204);
        assertThat(runner.lease("probe")).isPresent();
    }

    private static JsonNode lease(FakeRunner runner, Map<String, Object> machine) {
        var info = new HashMap<>(machine);
        info.put("name", runner.name());
        info.put("host", runner.host());
        Answer answer = runner.client().post("/api/v1/runner/lease", Map.of("runner", info));
        return answer.status() == 204
                ? MissingNode.getInstance()
                : answer.is(200).json();
    }

    private static String benchmark(String backend, Map<String, Object> limits) {
        return user.post(
                        "/api/v1/benchmarks",
                        Map.of("plugins", List.of(Map.of("id", "lease-a")), "backend", backend, "limits", limits))
                .is(202)
                .json()
                .path("id")
                .asString();
    }

    @Test
    void aJobWaitsForARunnerWhoseMachineHasItsBackend() {
        String id = benchmark("cuda:1", Map.of());
        assertThat(job(id).path("message").asString()).isEqualTo("waits for a runner with cuda:1");
        FakeRunner plain = FakeRunner.of(registry, "plain");
        assertThat(lease(plain, Map.of()).isMissingNode()).isTrue();
        assertThat(lease(plain, Map.of("backends", List.of("cpu-vector", "cuda:0", "oneapi")))
                        .isMissingNode())
                .isTrue();
        FakeRunner other = FakeRunner.of(registry, "with-cuda");
        JsonNode lease = lease(other, Map.of("backends", List.of("cpu-vector", "cuda")));
        assertThat(lease.path("jobId").asString()).isEqualTo(id);
    }

    @Test
    void aJobWaitsForARunnerWhoseMachineHasTheMemoryAndIsLeasedWithItsLimits() {
        Map<String, Object> limits =
                Map.of("wallSeconds", 900, "memoryBytes", 3L << 30, "heapBytes", 2L << 30, "threads", 1);
        String id = benchmark("auto", limits);
        assertThat(job(id).path("message").asString())
                .isEqualTo("waits for a runner with 3072 MiB for tensors, 2048 MiB of heap");
        FakeRunner small = FakeRunner.of(registry, "small");
        assertThat(lease(small, Map.of("memoryBytes", 2L << 30, "heapBytes", 4L << 30))
                        .isMissingNode())
                .isTrue();
        assertThat(lease(small, Map.of("memoryBytes", 4L << 30, "heapBytes", 1L << 30))
                        .isMissingNode())
                .isTrue();
        JsonNode lease =
                lease(FakeRunner.of(registry, "large"), Map.of("memoryBytes", 4L << 30, "heapBytes", 4L << 30));
        assertThat(lease.path("jobId").asString()).isEqualTo(id);
        JsonNode given = lease.path("limits");
        limits.forEach((name, value) ->
                assertThat(given.path(name).asLong()).as(name).isEqualTo(((Number) value).longValue()));
        assertThat(job(id).path("limits").path("wallSeconds").asInt()).isEqualTo(900);
    }

    @Test
    void limitsOutOfRangeAreNamedByField() {
        var wanted = Map.of("plugin", Map.of("id", "lease-probe"), "limits", Map.of("wallSeconds", 0));
        assertThat(user.post("/api/v1/probes", wanted)
                        .problem(400, "invalid-request")
                        .detail())
                .contains("limits.wallSeconds");
    }

    @Test
    void wrongReportsOfARunnerAreNamedByField() {
        probe();
        FakeRunner runner = FakeRunner.of(registry, "clumsy");
        JsonNode lease = runner.lease("probe").orElseThrow();
        assertThat(runner.write(lease, "heartbeat", Map.of("progress", 1.5))
                        .problem(400, "invalid-request")
                        .detail())
                .contains("progress");
        runner.write(lease, "log", Map.of("lines", List.of())).problem(400, "invalid-request");
        runner.client()
                .post("/api/v1/runner/jobs/" + lease.path("jobId").asString() + "/heartbeat", Map.of())
                .problem(400, "invalid-request");
        runner.write(lease, "fail", Map.of("problem", Map.of("code", "", "title", "t", "detail", "d")))
                .problem(400, "invalid-request");
        user.post("/api/v1/runner/lease", Map.of()).problem(400, "invalid-request");
        user.post("/api/v1/runner/lease", Map.of("runner", Map.of("name", "x"), "waitSeconds", 100))
                .problem(400, "invalid-request");
        runner.complete(lease, Map.of()).is(204);
    }
}
