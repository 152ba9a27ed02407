package org.layerzoo.registry.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.TestRegistry;
import tools.jackson.databind.JsonNode;

class DeploymentApiTest {
    private static final String PATH = "/api/v1/deployments/";
    private static TestRegistry registry;
    private static Client user;
    private static FakeHost host;

    @BeforeAll
    static void addPlugins() {
        registry = TestRegistry.shared();
        registry.add(JarFixture.of("deployed"), "deployed");
        registry.add(JarFixture.of("no-layer").with("kind", "probe").provider("", "probe", false), "no-layer");
        user = registry.withScopes("read", "run");
        host = new FakeHost(registry, "deployment-host");
    }

    @AfterEach
    void removeAll() {
        registry.anonymous()
                .get("/api/v1/deployments?size=500")
                .json()
                .path("items")
                .forEach(d -> user.delete(PATH + d.path("name").asString()));
        host.beat(List.of());
        assertThat(registry.anonymous()
                        .get("/api/v1/deployments")
                        .json()
                        .path("total")
                        .asInt())
                .isZero();
    }

    private static Answer put(String name, Map<String, Object> body) {
        return user.send("PUT", PATH + name, json(body));
    }

    private static String json(Map<String, Object> body) {
        return tools.jackson.databind.json.JsonMapper.builder().build().writeValueAsString(body);
    }

    private static JsonNode shown(String name) {
        return registry.anonymous().get(PATH + name).is(200).json();
    }

    @Test
    void aDeploymentGoesFromStartingToReadyToGone() {
        Answer made = put("one", Map.of("plugin", "deployed"));
        made.is(201);
        assertThat(made.header("Location")).isEqualTo(PATH + "one");
        assertThat(shown("one").path("state").asString()).isEqualTo("starting");
        assertThat(shown("one").path("reason").asString()).contains("waits for a runner");
        JsonNode hosted = host.beat(List.of()).getFirst();
        assertThat(hosted.path("spec").path("id").asString()).isEqualTo("deployed");
        assertThat(hosted.path("plugins").get(0).path("sha256").asString())
                .isEqualTo(shown("one").path("sha256").asString());
        assertThat(hosted.path("secret").asString()).hasSize(64);
        host.beat(List.of(FakeHost.ready(hosted, 4711)));
        assertThat(shown("one").path("state").asString()).isEqualTo("ready");
        host.beat(List.of(FakeHost.ready(hosted, 4711)));
        assertThat(registry.admin()
                        .get("/api/v1/audit?subject=one")
                        .json()
                        .path("items")
                        .valueStream()
                        .map(entry -> entry.path("action").asString()))
                .as("a state that stays is told once")
                .containsExactly("deployment.ready", "deployment.put");
        assertThat(shown("one").at("/model/inputs/0/name").asString()).isEqualTo("x");
        assertThat(shown("one").toString()).doesNotContain(hosted.path("secret").asString());
        user.delete(PATH + "one").is(204);
        assertThat(shown("one").path("state").asString()).isEqualTo("stopping");
        assertThat(host.beat(List.of(FakeHost.ready(hosted, 4711)))).isEmpty();
        assertThat(shown("one").path("state").asString())
                .as("its process still ends")
                .isEqualTo("stopping");
        host.beat(List.of());
        registry.anonymous().get(PATH + "one").problem(404, "deployment-unknown");
        user.delete(PATH + "one").problem(404, "deployment-unknown");
    }

    @Test
    void oneThatIsNotReadySaysSoAsTheProtocolWants() {
        put("six", Map.of("plugin", "deployed")).is(201);
        assertIsNotReady("starting");
        JsonNode hosted = host.beat(List.of()).getFirst();
        String version = hosted.at("/plugins/0/version").asString();
        assertSays(registry.anonymous().get("/v2/models/six/versions/" + version + "/ready"), 400, "not-ready");
        host.beat(List.of(FakeHost.ready(hosted, 4711)));
        TestRegistry.await(
                "the deployment to be ready",
                () -> registry.anonymous().get("/v2/models/six/ready").status() == 200);
        registry.anonymous().get("/v2/models/six").is(200);
        registry.anonymous().get("/v2/health/ready").is(200);
        host.beat(List.of(FakeHost.report(hosted, "starting", "its process ended by itself; it is started anew")));
        TestRegistry.await(
                "the deployment to be down",
                () -> registry.anonymous().get("/v2/models/six/ready").status() != 200);
        assertIsNotReady("started anew");
    }

    /** False is a 4xx where readiness is asked for, and 503 where something else is. */
    private static void assertIsNotReady(String reason) {
        Client anonymous = registry.anonymous();
        assertSays(anonymous.get("/v2/models/six/ready"), 400, "not-ready");
        assertSays(anonymous.get("/v2/health/ready"), 400, "not-ready");
        Answer metadata = anonymous.get("/v2/models/six");
        assertSays(metadata, 503, "deployment-not-ready");
        assertThat(metadata.json().path("error").asString()).contains(reason);
        assertSays(anonymous.post("/v2/models/six/infer", "{\"inputs\": []}"), 503, "deployment-not-ready");
        assertSays(anonymous.post("/v2/models/six/sessions", "{}"), 503, "deployment-not-ready");
    }

    private static void assertSays(Answer answer, int status, String code) {
        answer.is(status);
        assertThat(answer.header("Problem-Code")).isEqualTo(code);
        assertThat(answer.header("Retry-After")).isEqualTo("1");
        assertThat(answer.json().propertyNames()).containsExactly("error");
    }

    @Test
    void theSameRequestChangesNothingAndAnotherOneIsANewGeneration() {
        put("two", Map.of("plugin", "deployed")).is(201);
        JsonNode first = host.beat(List.of()).getFirst();
        put("two", Map.of("plugin", "deployed")).is(200);
        put("two", Map.of("plugin", "deployed", "dtype", "f32", "backend", "auto"))
                .is(200);
        assertThat(host.beat(List.of()).getFirst().path("generation").asLong())
                .isEqualTo(first.path("generation").asLong());
        put("two", Map.of("plugin", "deployed", "dtype", "f64", "config", Map.of("state", 4)))
                .is(200);
        JsonNode second = host.beat(List.of(FakeHost.ready(first, 1))).getFirst();
        assertThat(second.path("generation").asLong())
                .isGreaterThan(first.path("generation").asLong());
        assertThat(second.path("spec").path("dtype").asString()).isEqualTo("f64");
        assertThat(second.at("/spec/config/state").asInt()).isEqualTo(4);
        assertThat(shown("two").path("state").asString())
                .as("the old process is not the new one")
                .isEqualTo("starting");
    }

    @Test
    void aFailureIsShownWithItsReasonAndTriedAgainWhenAskedFor() {
        put("three", Map.of("plugin", "deployed")).is(201);
        JsonNode hosted = host.beat(List.of()).getFirst();
        host.beat(List.of(FakeHost.report(hosted, "failed", "state: expected 1 or more, given 0")));
        assertThat(shown("three").path("state").asString()).isEqualTo("failed");
        assertThat(shown("three").path("reason").asString()).contains("expected 1 or more");
        put("three", Map.of("plugin", "deployed")).is(200);
        assertThat(shown("three").path("state").asString()).isEqualTo("starting");
        assertThat(host.beat(List.of()).getFirst().path("generation").asLong())
                .isGreaterThan(hosted.path("generation").asLong());
    }

    @Test
    void aRunnerThatFallsSilentLosesItsDeploymentsToTheNext() {
        put("four", Map.of("plugin", "deployed")).is(201);
        JsonNode hosted = host.beat(List.of()).getFirst();
        host.beat(List.of(FakeHost.ready(hosted, 4711)));
        var other = new FakeHost(registry, "other-host");
        assertThat(other.beat(List.of())).as("the first still holds it").isEmpty();
        TestRegistry.await(
                "the lease to end", () -> shown("four").path("state").asString().equals("starting"));
        assertThat(shown("four").path("reason").asString()).contains("deployment-host");
        assertThat(other.beat(List.of()).getFirst().path("name").asString()).isEqualTo("four");
        assertThat(host.beat(List.of(FakeHost.ready(hosted, 4711))))
                .as("it comes back too late")
                .isEmpty();
        user.delete(PATH + "four").is(204);
        other.beat(List.of());
    }

    @Test
    void aBackendThatARunnerLacksWaitsForAnother() {
        put("five", Map.of("plugin", "deployed", "backend", "cuda")).is(201);
        assertThat(host.beat(List.of())).isEmpty();
        assertThat(shown("five").path("state").asString()).isEqualTo("starting");
    }

    @Test
    void whatCannotBeServedIsRefusedWithTheReason() {
        put("bad", Map.of("plugin", "nowhere")).problem(404, "plugin-unknown");
        put("bad", Map.of("plugin", "deployed@9.9.9")).problem(404, "version-unknown");
        put("bad", Map.of("plugin", "deployed/other")).problem(404, "provider-unknown");
        put("bad", Map.of("plugin", "no-layer")).problem(400, "invalid-request");
        put("bad", Map.of("plugin", "deployed", "dtype", "int8")).problem(400, "invalid-request");
        put("bad", Map.of("plugin", "deployed", "weights", "a".repeat(64))).problem(404, "weights-unknown");
        put("bad", Map.of("plugin", "deployed", "limits", Map.of("maxBatch", 0)))
                .problem(400, "invalid-request");
        put("-bad", Map.of("plugin", "deployed")).problem(400, "invalid-request");
        put("bad", Map.of()).problem(400, "invalid-request");
        registry.anonymous()
                .send("PUT", PATH + "bad", "{\"plugin\":\"deployed\"}")
                .problem(401, "token-missing");
        registry.withScopes("read").delete(PATH + "bad").problem(403, "scope-missing");
        registry.withScopes("read")
                .post("/api/v1/runner/deployments", Map.of("runner", Map.of("name", "x"), "deployments", List.of()))
                .problem(403, "scope-missing");
    }

    @Test
    void oneThatIsForTokensOnlySaysWhatIsMissing() {
        put("closed", Map.of("plugin", "deployed", "access", "token")).is(201);
        host.beat(List.of(FakeHost.ready(host.beat(List.of()).getFirst(), 1)));
        assertThat(registry.anonymous().get("/v2/models/closed").is(401).header("Problem-Code"))
                .isEqualTo("token-missing");
        assertThat(registry.withScopes("read").get("/v2/models/closed").is(403).header("Problem-Code"))
                .isEqualTo("scope-missing");
        user.get("/v2/models/closed").is(200);
    }

    @Test
    void whatARunnerSaysOfAModelIsNotBelieved() {
        put("odd", Map.of("plugin", "deployed")).is(201);
        Map<String, Object> ready = FakeHost.ready(host.beat(List.of()).getFirst(), 1);
        ready.put(
                "model",
                Map.of(
                        "inputs",
                        List.of(Map.of("name", "x", "shape", List.of("many", 4), "axes", List.of(Map.of()))),
                        "outputs",
                        List.of(7)));
        host.beat(List.of(ready));
        assertThat(registry.anonymous()
                        .get("/v2/models/odd")
                        .is(200)
                        .json()
                        .at("/inputs/0/shape")
                        .toString())
                .isEqualTo("[-1,4]");
        String wrong = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}";
        assertThat(registry.anonymous()
                        .post("/v2/models/odd/infer", wrong)
                        .is(400)
                        .header("Problem-Code"))
                .isEqualTo("tensors-invalid");
    }

    @Test
    void nothingIsCountedOfADeploymentThatIsNoMore() {
        put("counted", Map.of("plugin", "deployed")).is(201);
        host.beat(List.of(FakeHost.ready(host.beat(List.of()).getFirst(), 1)));
        registry.anonymous().post("/v2/models/counted/infer", "{}").is(400);
        assertThat(metrics()).contains("model=\"counted\"");
        user.delete(PATH + "counted").is(204);
        assertThat(metrics()).doesNotContain("model=\"counted\"");
    }

    private static String metrics() {
        return registry.anonymous().get("/actuator/prometheus").is(200).text();
    }

    @Test
    void weightsAreStoredOnceAndReachRunnersOnly() {
        String header = "{\"__metadata__\":{\"id\":\"deployed\"},"
                + "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        byte[] file = ByteBuffer.allocate(8 + text.length + 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .array();
        JsonNode stored = Bytes.post(user, "/api/v1/weights", file).is(201).json();
        Bytes.post(user, "/api/v1/weights", file).is(201);
        String sha256 = stored.path("sha256").asString();
        assertThat(stored.at("/metadata/id").asString()).isEqualTo("deployed");
        assertThat(registry.anonymous()
                        .get("/api/v1/weights")
                        .json()
                        .path("items")
                        .valueStream()
                        .filter(w -> w.path("sha256").asString().equals(sha256)))
                .hasSize(1);
        put("heavy", Map.of("plugin", "deployed", "weights", sha256)).is(201);
        assertThat(host.beat(List.of()).getFirst().path("weights").asString()).isEqualTo(sha256);
        assertThat(user.get("/api/v1/runner/files/" + sha256).is(200).bytes()).isEqualTo(file);
        registry.anonymous().get("/api/v1/runner/files/" + sha256).problem(401, "token-missing");
        user.get("/api/v1/runner/files/" + "b".repeat(64)).problem(404, "weights-unknown");
        Bytes.post(user, "/api/v1/weights", new byte[] {1, 2, 3}).problem(422, "weights-invalid");
    }
}
