package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What the registry verifies without being asked. */
class BackgroundVerificationTest {
    private static final java.nio.file.Path FOLDER = TestRegistry.newFolder();
    private static TestRegistry registry;
    private static Client user;

    @BeforeAll
    static void start() {
        registry = TestRegistry.start(FOLDER, Optional.empty(), true);
        user = registry.withScopes("read", "run");
    }

    @AfterAll
    static void stop() {
        registry.close();
        TestRegistry.delete(FOLDER);
    }

    @AfterEach
    void cancelEverything() {
        jobs("state=queued").forEach(job -> user.delete("/api/v1/jobs/" + id(job)));
        jobs("state=running").forEach(job -> user.delete("/api/v1/jobs/" + id(job)));
        TestRegistry.await("no open job", () -> jobs("state=running").isEmpty());
    }

    private static List<JsonNode> jobs(String query) {
        return registry.anonymous()
                .get("/api/v1/jobs?size=500&" + query)
                .is(200)
                .json()
                .path("items")
                .valueStream()
                .toList();
    }

    private static String id(JsonNode job) {
        return job.path("id").asString();
    }

    private static JsonNode job(String id) {
        return registry.anonymous().get("/api/v1/jobs/" + id).is(200).json();
    }

    /** Adds a jar and answers the job that verifies it. */
    private static JsonNode added(JarFixture jar, String id) {
        String version = "0.1.0+local." + registry.add(jar, id).substring(0, 8);
        String query = "kind=verification&plugin=" + id;
        TestRegistry.await("a verification of " + version, () -> jobs(query).stream()
                .anyMatch(job -> job.at("/spec/plugins/0/version").asString().equals(version)));
        return jobs(query).getFirst();
    }

    private static JsonNode plugin(String id) {
        return registry.anonymous().get("/api/v1/plugins/" + id).is(200).json();
    }

    @Test
    void aNewJarIsVerifiedOnceAndARebuiltOneAgain() {
        FakeRunner runner = FakeRunner.of(registry, "prover");
        JsonNode asked = added(JarFixture.of("bg-new"), "bg-new");
        assertThat(asked.path("background").asBoolean()).isTrue();
        assertThat(asked.at("/spec/level").asInt()).isEqualTo(2);
        JsonNode lease = runner.lease("verification").orElseThrow();
        assertThat(lease.path("jobId")).isEqualTo(asked.path("id"));
        assertThat(lease.at("/limits/threads").asInt())
                .as("half of its two cores")
                .isOne();
        runner.complete(lease, Reports.verification("bg-new", true, true)).is(204);
        assertThat(plugin("bg-new").path("level").asInt()).isEqualTo(2);

        JsonNode again = added(JarFixture.of("bg-new").with("summary", "Built anew."), "bg-new");
        assertThat(plugin("bg-new").path("level").asInt()).isZero();
        assertThat(again.path("id")).isNotEqualTo(asked.path("id"));
        assertThat(jobs("kind=verification&plugin=bg-new")).hasSize(2);
    }

    @Test
    void aVerificationThatFailedOrWasCancelledIsNotPressed() {
        FakeRunner runner = FakeRunner.of(registry, "unlucky");
        added(JarFixture.of("bg-failing"), "bg-failing");
        runner.fail(runner.lease("verification").orElseThrow(), "job-timeout", false)
                .is(204);
        JsonNode unwanted = added(JarFixture.of("bg-unwanted"), "bg-unwanted");
        user.delete("/api/v1/jobs/" + id(unwanted)).is(200);
        // The next look has certainly been taken when it found a jar that came later.
        added(JarFixture.of("bg-later"), "bg-later");
        assertThat(jobs("kind=verification&plugin=bg-failing")).hasSize(1);
        assertThat(jobs("kind=verification&plugin=bg-unwanted")).hasSize(1);
    }

    @Test
    void whoAsksForAJobGoesFirstAndARunningVerificationMakesWayForIt() {
        FakeRunner runner = FakeRunner.of(registry, "polite");
        JsonNode background = added(JarFixture.of("bg-polite"), "bg-polite");
        for (int turn = 1; turn <= 4; turn++) {
            JsonNode proving = runner.lease().orElseThrow();
            assertThat(proving.path("jobId")).isEqualTo(background.path("id"));
            assertThat(proving.path("attempt").asInt()).isEqualTo(turn);
            assertThat(cancelRequested(runner, proving)).isFalse();
            String wanted = id(user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "bg-polite"))))
                    .is(202)
                    .json());
            assertThat(cancelRequested(runner, proving)).isTrue();
            runner.fail(proving, "cancelled", false).is(204);
            assertThat(job(id(background)).path("state").asString()).isEqualTo("queued");
            assertThat(job(id(background)).path("message").asString()).contains("made way");
            JsonNode measuring = runner.lease().orElseThrow();
            assertThat(measuring.path("jobId").asString()).isEqualTo(wanted);
            assertThat(cancelRequested(runner, measuring)).isFalse();
            runner.complete(measuring, Reports.benchmark("bg-polite", 64)).is(204);
        }
    }

    private static boolean cancelRequested(FakeRunner runner, JsonNode lease) {
        return runner.heartbeat(lease, 0.5, "at work")
                .is(200)
                .json()
                .path("cancelRequested")
                .asBoolean();
    }

    @Test
    void aCancelledVerificationInTheBackgroundEnds() {
        FakeRunner runner = FakeRunner.of(registry, "obedient");
        JsonNode background = added(JarFixture.of("bg-cancel"), "bg-cancel");
        JsonNode lease = runner.lease().orElseThrow();
        user.delete("/api/v1/jobs/" + id(background)).is(200);
        assertThat(cancelRequested(runner, lease)).isTrue();
        runner.fail(lease, "cancelled", false).is(204);
        assertThat(job(id(background)).path("state").asString()).isEqualTo("cancelled");
    }

    @Test
    void whatSomeoneElseVerifiedMeanwhileIsNotVerifiedAgain() {
        FakeRunner runner = FakeRunner.of(registry, "double");
        JsonNode background = added(JarFixture.of("bg-double"), "bg-double");
        user.post("/api/v1/verifications", Map.of("plugins", List.of(Map.of("id", "bg-double"))))
                .is(202);
        JsonNode lease = runner.lease().orElseThrow();
        assertThat(lease.path("jobId")).isNotEqualTo(background.path("id"));
        runner.complete(lease, Reports.verification("bg-double", true, true)).is(204);
        TestRegistry.await(
                "the other one to be withdrawn",
                () -> job(id(background)).path("state").asString().equals("cancelled"));
        assertThat(job(id(background)).path("message").asString()).contains("no longer needed");
    }

    @Test
    void aRegistryThatWasToldNotToVerifiesNothing() {
        TestRegistry quiet = TestRegistry.shared();
        quiet.add(JarFixture.of("bg-quiet"), "bg-quiet");
        assertThat(FakeRunner.of(quiet, "idle").lease(4, "verification")).isEmpty();
    }

    @Test
    void whatFailedForTheRunnersSakeIsTriedAgainAfterARestartAndNothingElse() {
        java.nio.file.Path folder = TestRegistry.newFolder();
        try (TestRegistry first = TestRegistry.start(folder, Optional.empty(), true)) {
            FakeRunner runner = FakeRunner.of(first, "broken");
            first.add(JarFixture.of("bg-lost"), "bg-lost");
            runner.fail(runner.lease(20, "verification").orElseThrow(), "child-start", false)
                    .is(204);
            first.add(JarFixture.of("bg-faulty"), "bg-faulty");
            runner.fail(runner.lease(20, "verification").orElseThrow(), "job-timeout", false)
                    .is(204);
        }
        try (TestRegistry second = TestRegistry.start(folder, Optional.empty(), true)) {
            FakeRunner runner = FakeRunner.of(second, "mended");
            JsonNode lease = runner.lease(20, "verification").orElseThrow();
            assertThat(lease.at("/spec/plugins/0/id").asString()).isEqualTo("bg-lost");
            runner.complete(lease, Reports.verification("bg-lost", true, true)).is(204);
            assertThat(runner.lease(4, "verification")).isEmpty();
        }
        TestRegistry.delete(folder);
    }
}
