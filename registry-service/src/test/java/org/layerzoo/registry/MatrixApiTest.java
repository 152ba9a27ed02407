package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class MatrixApiTest {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 1};
    private static final String PATH = "/api/v1/plugins/mix-a/versions/latest/matrix";
    private static TestRegistry registry;
    private static Client user;
    private static FakeRunner runner;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        JarFixture.of("mix-a").into(registry.plugins(), "mix-a.jar");
        registry.add(JarFixture.of("mix-none").provider("", "layer", false), "mix-none");
        user = registry.withScopes("read", "run");
        runner = FakeRunner.of(registry, "mix");
    }

    @BeforeEach
    void noOpenJobs() {
        TestRegistry.shared();
    }

    @Test
    void anonymousCallersGetStoredMatricesOnlyAndOthersHaveThemComputed() {
        registry.anonymous().get(PATH + "?length=16").problem(404, "matrix-not-stored");
        var waiting = CompletableFuture.supplyAsync(() -> user.get(PATH + "?length=16&wait=30"));
        JsonNode lease = runner.lease(20, "matrix").orElseThrow();
        assertThat(lease.path("spec").path("id").asString()).isEqualTo("mix-a");
        assertThat(lease.path("spec").path("length").asInt()).isEqualTo(16);
        runner.complete(lease, Reports.matrix(), Map.of("matrix.png", PNG)).is(204);
        Answer computed = waiting.join().is(200);
        assertThat(computed.bytes()).isEqualTo(PNG);
        assertThat(computed.header("Content-Type")).isEqualTo("image/png");
        assertThat(registry.anonymous().get(PATH + "?length=16").is(200).bytes())
                .isEqualTo(PNG);
        JsonNode numbers =
                registry.anonymous().get(PATH + ".json?length=16").is(200).json();
        assertThat(numbers.path("rows").toString()).isEqualTo("[[1.0,0.0],[0.5,0.5]]");
        assertThat(numbers.path("kind").asString()).isEqualTo("weights");
        assertThat(registry.anonymous()
                        .with("Accept", "application/json")
                        .get(PATH + "?length=16")
                        .is(200)
                        .json())
                .isEqualTo(numbers);
        registry.anonymous().get(PATH + "?length=16&seed=1").problem(404, "matrix-not-stored");
    }

    @Test
    void theSameQuestionIsOneJobAndItsConfigurationIsPartOfIt() {
        String config = "&config=" + URLEncoder.encode("{\"state\":8,\"dModel\":32}", StandardCharsets.UTF_8);
        String turned = "&config=" + URLEncoder.encode("{\"dModel\": 32, \"state\": 8}", StandardCharsets.UTF_8);
        Answer first = user.get(PATH + "?length=9&wait=0" + config).is(202);
        assertThat(user.get(PATH + ".json?length=9&wait=0" + turned)
                        .is(202)
                        .json()
                        .path("id"))
                .isEqualTo(first.json().path("id"));
        assertThat(user.get(PATH + "?length=9&wait=0").is(202).json().path("id"))
                .isNotEqualTo(first.json().path("id"));
        assertThat(first.header("Location"))
                .isEqualTo("/api/v1/jobs/" + first.json().path("id").asString());
        JsonNode lease = runner.lease("matrix").orElseThrow();
        assertThat(lease.path("spec").path("config").path("state").asInt()).isEqualTo(8);
        runner.complete(lease, Reports.matrix(), Map.of("matrix.png", PNG)).is(204);
        registry.anonymous().get(PATH + "?length=9" + turned).is(200);
    }

    @Test
    void aQuestionThatRepeatsTheDefaultsFindsWhatWasStoredWithoutThem() {
        user.get(PATH + "?length=11&wait=0").is(202);
        JsonNode lease = runner.lease("matrix").orElseThrow();
        runner.complete(lease, Reports.matrix(), Map.of("matrix.png", PNG)).is(204);
        for (String same : List.of("{}", "{\"state\":16}")) {
            String config = "&config=" + URLEncoder.encode(same, StandardCharsets.UTF_8);
            registry.anonymous().get(PATH + "?length=11" + config).is(200);
        }
        String other = "&config=" + URLEncoder.encode("{\"state\":17}", StandardCharsets.UTF_8);
        registry.anonymous().get(PATH + "?length=11" + other).problem(404, "matrix-not-stored");
    }

    @Test
    void aMatrixIsDrawnBeforeJobsThatWaitedLonger() {
        user.post("/api/v1/benchmarks", Map.of("plugins", List.of(Map.of("id", "mix-a"))))
                .is(202);
        user.get(PATH + "?length=19&wait=0").is(202);
        JsonNode lease = runner.lease().orElseThrow();
        assertThat(lease.path("kind").asString()).isEqualTo("matrix");
        runner.complete(lease, Reports.matrix(), Map.of("matrix.png", PNG)).is(204);
        assertThat(runner.lease().orElseThrow().path("kind").asString()).isEqualTo("benchmark");
    }

    @Test
    void aFailedComputationIsTold() {
        var waiting = CompletableFuture.supplyAsync(() -> user.get(PATH + "?length=17&wait=30"));
        JsonNode lease = runner.lease(20, "matrix").orElseThrow();
        runner.fail(lease, "length-refused", false).is(204);
        assertThat(waiting.join().problem(422, "job-failed").detail()).isEqualTo("It failed: because");
    }

    @Test
    void badQuestionsAndPluginsWithoutAMatrixAreProblems() {
        user.get("/api/v1/plugins/mix-none/versions/latest/matrix").problem(404, "matrix-none");
        user.get("/api/v1/plugins/nobody/versions/latest/matrix").problem(404, "plugin-unknown");
        user.get(PATH + "?provider=second").problem(404, "provider-unknown");
        user.get(PATH + "?length=0").problem(400, "invalid-request");
        user.get(PATH + "?length=513").problem(400, "invalid-request");
        user.get(PATH + "?seed=-1").problem(400, "invalid-request");
        user.get(PATH + "?config=%5B1%5D").problem(400, "invalid-request");
        user.get(PATH + "?config=%7B").problem(400, "invalid-request");
        user.get(PATH + "?config=null").problem(400, "invalid-request");
        assertThat(runner.lease("matrix")).isEqualTo(Optional.empty());
    }

    @Test
    void aMatrixWithoutItsPictureOrItsNumbersIsRefused() {
        user.get(PATH + "?length=18&wait=0").is(202);
        JsonNode lease = runner.lease("matrix").orElseThrow();
        runner.complete(lease, Reports.matrix()).problem(400, "result-invalid");
        runner.complete(lease, Map.of("rows", "x"), Map.of("matrix.png", PNG)).problem(400, "result-invalid");
        runner.complete(lease, Reports.matrix(), Map.of("matrix.png", PNG)).is(204);
    }
}
