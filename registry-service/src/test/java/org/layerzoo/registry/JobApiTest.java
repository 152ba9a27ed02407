package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class JobApiTest {
    private static TestRegistry registry;
    private static Client user;
    private static FakeRunner runner;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        JarFixture.of("job-a").into(registry.plugins(), "job-a.jar");
        JarFixture.of("job-b").into(registry.plugins(), "job-b.jar");
        JarFixture.of("job-probe")
                .with("kind", "probe")
                .provider("", "probe", false)
                .into(registry.plugins(), "job-probe.jar");
        JarFixture.of("job-zoo")
                .with("kind", "collection")
                .provider("", "collection", false)
                .into(registry.plugins(), "job-zoo.jar");
        JarFixture.of("zoo")
                .with("kind", "task")
                .provider("", "task", false)
                .provider("mqar", "task", false)
                .into(registry.plugins(), "zoo.jar");
        registry.add(
                JarFixture.of("job-task")
                        .with("kind", "task")
                        .provider("", "task", false)
                        .provider("listops", "task", false),
                "job-task");
        user = registry.withScopes("read", "run");
        runner = FakeRunner.of(registry, "job-api");
    }

    @BeforeEach
    void noOpenJobs() {
        TestRegistry.shared();
    }

    private static Map<String, Object> benchmark(String... ids) {
        return Map.of(
                "plugins", List.of(ids).stream().map(id -> Map.of("id", id)).toList());
    }

    private static JsonNode job(JsonNode job) {
        return registry.anonymous()
                .get("/api/v1/jobs/" + job.path("id").asString())
                .is(200)
                .json();
    }

    @Test
    void aBenchmarkIsQueuedWithItsDefaultsAndVersionsFilledIn() {
        Answer answer =
                user.post("/api/v1/benchmarks", benchmark("job-a", "job-b")).is(202);
        JsonNode job = answer.json();
        assertThat(answer.header("Location"))
                .isEqualTo("/api/v1/benchmarks/" + job.path("id").asString());
        assertThat(job.path("state").asString()).isEqualTo("queued");
        assertThat(job.path("kind").asString()).isEqualTo("benchmark");
        assertThat(job.path("progress").asDouble()).isZero();
        assertThat(job.propertyNames())
                .contains(
                        "id",
                        "kind",
                        "state",
                        "progress",
                        "message",
                        "createdAt",
                        "startedAt",
                        "finishedAt",
                        "result",
                        "problem");
        JsonNode spec = job.path("spec");
        assertThat(spec.path("lengths").toString()).isEqualTo("[256,1024,4096]");
        assertThat(spec.path("unit").asString()).isEqualTo("layer");
        assertThat(spec.path("plugins").get(0).path("version").asString()).startsWith("0.1.0+local.");
        assertThat(registry.anonymous().get(answer.header("Location")).is(200).json())
                .isEqualTo(job);
    }

    @Test
    void aBenchmarkRunsAndItsResultsAreStoredForItsJars() {
        JsonNode job =
                user.post("/api/v1/benchmarks", benchmark("job-a")).is(202).json();
        JsonNode lease = runner.lease("benchmark").orElseThrow();
        assertThat(lease.path("jobId")).isEqualTo(job.path("id"));
        assertThat(lease.path("spec")).isEqualTo(job.path("spec"));
        assertThat(lease.path("attempt").asInt()).isEqualTo(1);
        assertThat(lease.path("limits").path("wallSeconds").asInt()).isEqualTo(600);
        JsonNode leased = lease.path("plugins").get(0);
        assertThat(Digests.sha256(registry.anonymous()
                        .get(leased.path("artifact").asString())
                        .is(200)
                        .bytes()))
                .isEqualTo(leased.path("sha256").asString());
        assertThat(runner.heartbeat(lease, 0.5, "half way")
                        .is(200)
                        .json()
                        .path("cancelRequested")
                        .asBoolean())
                .isFalse();
        assertThat(job(job).path("progress").asDouble()).isEqualTo(0.5);
        assertThat(job(job).path("message").asString()).isEqualTo("half way");
        assertThat(job(job).path("state").asString()).isEqualTo("running");
        runner.complete(lease, Reports.benchmark("job-a", 256, 1024)).is(204);
        JsonNode done = job(job);
        assertThat(done.path("state").asString()).isEqualTo("succeeded");
        assertThat(done.path("progress").asDouble()).isEqualTo(1);
        assertThat(done.path("result").path("results").size()).isEqualTo(2);
        assertThat(done.path("finishedAt").asString()).isNotBlank();
    }

    @Test
    void askingForMeasurementsKeepsNoConnection() {
        int connections = registry.bean("dataSource", HikariDataSource.class).getMaximumPoolSize();
        for (int i = 0; i < 2 * connections; i++) {
            registry.anonymous()
                    .get("/api/v1/plugins/job-a/versions/latest/measurements")
                    .is(200);
        }
    }

    @Test
    void resultsAreFoundByTheirJarAndByTheirPlugin() {
        JsonNode job =
                user.post("/api/v1/benchmarks", benchmark("job-a")).is(202).json();
        runner.complete(runner.lease("benchmark").orElseThrow(), Reports.benchmark("job-a", 256, 1024))
                .is(204);
        JsonNode stored = registry.anonymous()
                .get("/api/v1/plugins/job-a/versions/latest/measurements?unit=core&size=500")
                .is(200)
                .json();
        assertThat(stored.path("items")
                        .valueStream()
                        .filter(item -> item.path("jobId").equals(job.path("id")))
                        .count())
                .isEqualTo(2);
        assertThat(stored.path("items").get(0).path("environment").path("cpu").asString())
                .isEqualTo("test");
        JsonNode list = registry.anonymous()
                .get("/api/v1/benchmarks?plugin=job-a&state=succeeded")
                .is(200)
                .json();
        assertThat(list.path("items").get(0).path("id")).isEqualTo(job.path("id"));
        JsonNode other = registry.anonymous()
                .get("/api/v1/benchmarks?plugin=job-zoo")
                .is(200)
                .json();
        assertThat(other.path("total").asInt()).isZero();
    }

    @Test
    void aVerificationSetsTheLevelsOfItsJar() {
        var wanted = Map.of("plugins", List.of(Map.of("id", "job-b")));
        user.post("/api/v1/verifications", wanted).is(202);
        runner.complete(runner.lease("verification").orElseThrow(), Reports.verification("job-b", true, true))
                .is(204);
        JsonNode plugin = registry.anonymous().get("/api/v1/plugins/job-b").json();
        assertThat(plugin.path("level").asInt()).isEqualTo(2);
        assertThat(plugin.path("levels").path("2").asString()).isEqualTo("passed");
        assertThat(plugin.path("verification")
                        .path("checks")
                        .get(0)
                        .path("name")
                        .asString())
                .isEqualTo("causality");
        user.post("/api/v1/verifications", wanted).is(202);
        runner.complete(runner.lease("verification").orElseThrow(), Reports.verification("job-b", true, false))
                .is(204);
        plugin = registry.anonymous().get("/api/v1/plugins/job-b").json();
        assertThat(plugin.path("level").asInt()).isEqualTo(1);
        assertThat(plugin.path("levels").path("2").asString()).isEqualTo("failed");
    }

    @Test
    void aResultOfTheWrongFormIsRefusedAndTheJobGoesOn() {
        user.post("/api/v1/benchmarks", benchmark("job-a")).is(202);
        JsonNode lease = runner.lease("benchmark").orElseThrow();
        runner.complete(lease, Map.of("results", List.of())).problem(400, "result-invalid");
        runner.complete(lease, Map.of("results", "none")).problem(400, "result-invalid");
        runner.complete(lease, Reports.benchmark("someone-else", 256)).problem(400, "result-invalid");
        runner.complete(lease, Reports.benchmark("job-a", 256)).is(204);
        runner.complete(lease, Reports.benchmark("job-a", 256)).is(204);
    }

    @Test
    void aQueuedJobIsCancelledAtOnceAndARunningOneWhenItsRunnerStopped() {
        JsonNode queued =
                user.post("/api/v1/benchmarks", benchmark("job-a")).is(202).json();
        assertThat(user.delete("/api/v1/jobs/" + queued.path("id").asString())
                        .is(200)
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("cancelled");
        assertThat(runner.lease("benchmark")).isEmpty();
        JsonNode running =
                user.post("/api/v1/benchmarks", benchmark("job-a")).is(202).json();
        JsonNode lease = runner.lease("benchmark").orElseThrow();
        user.delete("/api/v1/jobs/" + running.path("id").asString()).is(200);
        assertThat(job(running).path("state").asString()).isEqualTo("running");
        assertThat(runner.heartbeat(lease, 0.1, "")
                        .is(200)
                        .json()
                        .path("cancelRequested")
                        .asBoolean())
                .isTrue();
        runner.fail(lease, "cancelled", false).is(204);
        assertThat(job(running).path("state").asString()).isEqualTo("cancelled");
        JsonNode again = user.delete("/api/v1/jobs/" + running.path("id").asString())
                .is(200)
                .json();
        assertThat(again.path("state").asString()).isEqualTo("cancelled");
    }

    @Test
    void aFailureIsAProblemOfTheJob() {
        JsonNode job =
                user.post("/api/v1/benchmarks", benchmark("job-a")).is(202).json();
        JsonNode lease = runner.lease("benchmark").orElseThrow();
        runner.fail(lease, "plugin-threw", false).is(204);
        JsonNode failed = job(job);
        assertThat(failed.path("state").asString()).isEqualTo("failed");
        assertThat(failed.path("problem").path("code").asString()).isEqualTo("plugin-threw");
        assertThat(failed.path("problem").path("detail").asString()).isEqualTo("because");
        runner.fail(lease, "plugin-threw", false).is(204);
        runner.heartbeat(lease, 1, "").problem(409, "lease-lost");
    }

    @Test
    void aFailureThatMayPassIsTriedAgainUntilTheAttemptsAreUsedUp() {
        JsonNode job =
                user.post("/api/v1/benchmarks", benchmark("job-a")).is(202).json();
        runner.fail(runner.lease("benchmark").orElseThrow(), "out-of-luck", true)
                .is(204);
        assertThat(job(job).path("state").asString()).isEqualTo("queued");
        JsonNode second = runner.lease("benchmark").orElseThrow();
        assertThat(second.path("attempt").asInt()).isEqualTo(2);
        runner.fail(second, "out-of-luck", true).is(204);
        assertThat(job(job).path("state").asString()).isEqualTo("failed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"plugins\":[]} | plugins",
                "{} | plugins",
                "{\"plugins\":[{\"id\":\"job-a\"}],\"lengths\":[]} | lengths",
                "{\"plugins\":[{\"id\":\"job-a\"}],\"lengths\":[0]} | lengths",
                "{\"plugins\":[{\"id\":\"job-a\"}],\"batch\":0} | batch",
                "{\"plugins\":[{\"id\":\"job-a\"}],\"pass\":\"sideways\"} | pass",
                "{\"plugins\":[{\"id\":\"job-a\"}],\"dtype\":\"f8\"} | dtype",
                "{\"plugins\":[{\"id\":\"\"}]} | plugins[0].id"
            })
    void aWrongBenchmarkRequestIsNamedByField(String body, String field) {
        JsonNode problem = user.post("/api/v1/benchmarks", body.strip())
                .problem(400, "invalid-request")
                .json();
        assertThat(problem.path("errors").get(0).path("field").asString()).startsWith(field);
        assertThat(problem.path("detail").asString()).contains("given");
    }

    @Test
    void unknownPluginsVersionsProvidersAndJobsAreProblems() {
        user.post("/api/v1/benchmarks", benchmark("nobody")).problem(404, "plugin-unknown");
        user.post("/api/v1/benchmarks", benchmark("job-a/nothing")).problem(404, "provider-unknown");
        user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "job-a", "version", "9.9.9"))))
                .problem(404, "version-unknown");
        String nothing = UUID.randomUUID().toString();
        registry.anonymous().get("/api/v1/jobs/" + nothing).problem(404, "job-unknown");
        registry.anonymous().get("/api/v1/jobs/" + nothing + "/events").problem(404, "job-unknown");
        registry.anonymous().get("/api/v1/jobs/" + nothing + "/files/a.png").problem(404, "file-unknown");
        registry.anonymous().get("/api/v1/benchmarks/" + nothing).problem(404, "job-unknown");
        registry.anonymous().get("/api/v1/jobs/seven").problem(400, "invalid-request");
        registry.anonymous().get("/api/v1/jobs?state=happy").problem(400, "invalid-request");
        user.delete("/api/v1/jobs/" + nothing).problem(404, "job-unknown");
    }

    @Test
    void trainingsProbesAndComparisonsCheckWhatTheyAreGiven() {
        var plugin = Map.of("id", "job-a");
        JsonNode training = user.post(
                        "/api/v1/trainings", Map.of("plugin", plugin, "task", "job-task/listops", "steps", 5))
                .is(202)
                .json();
        assertThat(training.path("spec").path("steps").asInt()).isEqualTo(5);
        assertThat(runner.lease("training").orElseThrow().path("plugins").size())
                .isEqualTo(2);
        runner.client().delete("/api/v1/jobs/" + training.path("id").asString()).is(200);
        user.post("/api/v1/trainings", Map.of("plugin", plugin, "task", "zoo/mqar"))
                .is(202);
        user.post("/api/v1/trainings", Map.of("plugin", plugin, "task", "zoo/nothing"))
                .problem(404, "provider-unknown");
        user.post("/api/v1/trainings", Map.of("plugin", plugin, "task", "nobody/x"))
                .problem(404, "plugin-unknown");
        user.post("/api/v1/trainings", Map.of("plugin", plugin)).problem(400, "invalid-request");
        user.post("/api/v1/probes", Map.of("plugin", Map.of("id", "job-probe"), "subject", "job-a"))
                .is(202);
        assertThat(user.post("/api/v1/probes", Map.of("plugin", plugin))
                        .problem(400, "invalid-request")
                        .detail())
                .contains("expected a provider of kind probe");
        user.post("/api/v1/comparisons", Map.of("plugin", Map.of("id", "job-zoo")))
                .is(202);
        user.post("/api/v1/comparisons", Map.of("plugin", plugin)).problem(400, "invalid-request");
    }

    @Test
    void filesOfAJobAreKeptAndOnlyImagesAreShown() {
        JsonNode job = user.post("/api/v1/probes", Map.of("plugin", Map.of("id", "job-probe")))
                .is(202)
                .json();
        JsonNode lease = runner.lease("probe").orElseThrow();
        byte[] png = {(byte) 0x89, 'P', 'N', 'G'};
        assertThat(runner.complete(lease, Map.of(), Map.of("../up", png))
                        .problem(400, "invalid-request")
                        .detail())
                .contains("../up");
        runner.complete(lease, Map.of(), Map.of("report.png", png, "page.html", png))
                .is(204);
        String files = "/api/v1/jobs/" + job.path("id").asString() + "/files/";
        Answer image = registry.anonymous().get(files + "report.png").is(200);
        assertThat(image.bytes()).isEqualTo(png);
        assertThat(image.header("Content-Type")).isEqualTo("image/png");
        assertThat(registry.anonymous().get(files + "page.html").is(200).header("Content-Type"))
                .isEqualTo("application/octet-stream");
        registry.anonymous().get(files + "other.png").problem(404, "file-unknown");
    }

    @Test
    void largeFilesTravelAndTooLargeOnesAreRefused() {
        user.post("/api/v1/probes", Map.of("plugin", Map.of("id", "job-probe"))).is(202);
        JsonNode lease = runner.lease("probe").orElseThrow();
        runner.keeping(lease, () -> {
            runner.complete(lease, Map.of(), Map.of("a.bin", new byte[33 << 20]))
                    .problem(400, "invalid-request");
            runner.complete(lease, Map.of(), Map.of("a.bin", new byte[30 << 20]))
                    .is(204);
        });
        user.post("/api/v1/probes", " ".repeat((64 << 20) + 1)).problem(413, "body-too-large");
    }
}
