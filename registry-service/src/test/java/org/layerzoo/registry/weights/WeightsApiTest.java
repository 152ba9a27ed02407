package org.layerzoo.registry.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.FakeRunner;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.TestRegistry;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

class WeightsApiTest {
    private static final String WEIGHTS = "/api/v1/weights";
    private static final String UPLOADS = WEIGHTS + "/uploads";
    private static TestRegistry registry;
    private static Client user;

    @BeforeAll
    static void start() {
        registry = TestRegistry.shared();
        registry.add(JarFixture.of("weighted"), "weighted");
        registry.add(JarFixture.of("weighted-other"), "weighted-other");
        user = registry.withScopes("read", "run");
    }

    private static Answer part(Client client, String upload, long offset, byte[] body) {
        HttpRequest request = client.request(UPLOADS + "/" + upload)
                .setHeader("Upload-Offset", Long.toString(offset))
                .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return Client.send(request);
    }

    private static Map<String, Object> request(byte[] file, Map<String, Object> lineage) {
        return Map.of("sha256", Digests.sha256(file), "size", file.length, "lineage", lineage);
    }

    private static String begin(byte[] file, Map<String, Object> lineage) {
        return user.post(UPLOADS, request(file, lineage))
                .is(201)
                .json()
                .at("/upload/id")
                .asString();
    }

    private static JsonNode uploaded(byte[] file, Map<String, Object> lineage) {
        String id = begin(file, lineage);
        part(user, id, 0, file).is(200);
        return user.post(UPLOADS + "/" + id + "/complete").is(201).json();
    }

    @Test
    void anInterruptedUploadGoesOnWhereItWasAndKeepsItsLineage() {
        byte[] file = SafetensorsFixture.good(5000, 1);
        var lineage = new HashMap<String, Object>();
        lineage.put("plugin", "weighted");
        lineage.put("task", "zoo/mqar");
        lineage.put("recipe", "plain");
        lineage.put("seed", 7);
        lineage.put("metrics", Map.of("accuracy", 0.75));
        String id = begin(file, lineage);
        Answer first = part(user, id, 0, Arrays.copyOf(file, 7000)).is(200);
        assertThat(first.header("Upload-Offset")).isEqualTo("7000");
        part(user, id, 0, file).problem(409, "upload-offset");
        part(user, id, 8000, new byte[10]).problem(409, "upload-offset");
        user.post(UPLOADS + "/" + id + "/complete").problem(409, "upload-incomplete");

        JsonNode again = user.post(UPLOADS, request(file, lineage)).is(201).json();
        assertThat(again.at("/upload/id").asString()).isEqualTo(id);
        assertThat(again.at("/upload/received").asLong()).isEqualTo(7000);
        part(user, id, 7000, Arrays.copyOfRange(file, 7000, file.length)).is(200);
        JsonNode stored = user.post(UPLOADS + "/" + id + "/complete").is(201).json();

        assertThat(stored.path("sha256").asString()).isEqualTo(Digests.sha256(file));
        assertThat(stored.path("parameters").asLong()).isEqualTo(5000);
        assertThat(stored.at("/lineage/plugin").asString()).isEqualTo("weighted");
        assertThat(stored.at("/lineage/version").asString()).startsWith("0.1.0+local.");
        assertThat(stored.at("/lineage/task").asString()).isEqualTo("zoo/mqar");
        assertThat(stored.at("/lineage/seed").asLong()).isEqualTo(7);
        assertThat(stored.at("/lineage/metrics/accuracy").asDouble()).isEqualTo(0.75);
        String path = WEIGHTS + "/" + Digests.sha256(file);
        assertThat(user.get(path + "/content").is(200).bytes()).isEqualTo(file);
        registry.anonymous().get(path + "/content").problem(401, "token-missing");
        user.get(UPLOADS + "/" + id).problem(404, "upload-unknown");
        JsonNode known = user.post(UPLOADS, request(file, lineage)).is(200).json();
        assertThat(known.at("/weights/sha256").asString()).isEqualTo(Digests.sha256(file));
        assertThat(known.has("upload")).isFalse();
    }

    @Test
    void theLineIsFollowedToItsBeginningAndListed() {
        byte[] oldest = SafetensorsFixture.good(10, 2);
        byte[] middle = SafetensorsFixture.good(10, 3);
        byte[] newest = SafetensorsFixture.good(10, 4);
        uploaded(oldest, Map.of("plugin", "weighted", "task", "zoo/lineage-test"));
        uploaded(middle, Map.of("plugin", "weighted", "task", "zoo/lineage-test", "parent", Digests.sha256(oldest)));
        uploaded(newest, Map.of("plugin", "weighted", "parent", Digests.sha256(middle)));
        JsonNode line = registry.anonymous()
                .get(WEIGHTS + "/" + Digests.sha256(newest) + "/lineage")
                .is(200)
                .json();
        assertThat(line.valueStream().map(w -> w.path("sha256").asString()))
                .containsExactly(Digests.sha256(newest), Digests.sha256(middle), Digests.sha256(oldest));
        assertThat(total("task=zoo/lineage-test")).isEqualTo(2);
        assertThat(total("parent=" + Digests.sha256(oldest))).isEqualTo(1);
        assertThat(total("plugin=nowhere")).isZero();
    }

    private static int total(String filter) {
        return registry.anonymous()
                .get(WEIGHTS + "?" + filter)
                .is(200)
                .json()
                .path("total")
                .asInt();
    }

    @Test
    void aPartWithoutItsPlaceIsNamedByItsHeader() {
        String upload = begin(SafetensorsFixture.good(12, 8), Map.of());
        HttpRequest request = user.request(UPLOADS + "/" + upload)
                .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(new byte[1]))
                .build();
        assertThat(Client.send(request).problem(400, "invalid-request").detail())
                .isEqualTo("Upload-Offset: expected a value, given nothing");
        user.delete(UPLOADS + "/" + upload).is(204);
    }

    @Test
    void oneFileHasOneLineage() {
        byte[] file = SafetensorsFixture.good(12, 5);
        HttpRequest raw = user.request(WEIGHTS)
                .POST(HttpRequest.BodyPublishers.ofByteArray(file))
                .build();
        Client.send(raw).is(201);
        JsonNode traced = user.post(UPLOADS, request(file, Map.of("plugin", "weighted", "seed", 1)))
                .is(200)
                .json();
        assertThat(traced.at("/weights/lineage/seed").asLong()).isEqualTo(1);
        user.post(UPLOADS, request(file, Map.of("plugin", "weighted", "seed", 1)))
                .is(200);
        user.post(UPLOADS, request(file, Map.of("plugin", "weighted", "seed", 2)))
                .problem(409, "lineage-differs");
    }

    @Test
    void whereAFileComesFromIsSaidByWhoHandedItIn() {
        byte[] file = SafetensorsFixture.good(12, 7);
        Client owner = registry.of("weigher", "run");
        Client.send(owner.request(WEIGHTS)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(file))
                        .build())
                .is(201);
        var official = request(file, Map.of("plugin", "weighted", "official", true));
        assertThat(user.post(UPLOADS, official).problem(403, "not-owner").detail())
                .contains("the lineage of weights " + Digests.sha256(file) + " belongs to weigher");
        user.post(UPLOADS, request(file, Map.of())).is(200); // that it is here is no secret
        assertThat(owner.post(UPLOADS, official)
                        .is(200)
                        .json()
                        .at("/weights/lineage/official")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void whatIsNotWhatItClaimsToBeIsRefusedAndItsUploadEnds() {
        byte[] file = SafetensorsFixture.good(100, 6);
        byte[] other = SafetensorsFixture.good(100, 7);
        String id = begin(file, Map.of());
        part(user, id, 0, other).is(200);
        user.post(UPLOADS + "/" + id + "/complete").problem(422, "digest-mismatch");
        user.get(UPLOADS + "/" + id).problem(404, "upload-unknown");

        byte[] lie = SafetensorsFixture.raw("{\"a\":{\"dtype\":\"F32\",\"shape\":[9],\"data_offsets\":[0,8]}}", 8);
        String second = begin(lie, Map.of());
        part(user, second, 0, lie).is(200);
        Answer refused = user.post(UPLOADS + "/" + second + "/complete").problem(422, "weights-invalid");
        assertThat(refused.detail()).contains("tensor 'a'");
        registry.anonymous().get(WEIGHTS + "/" + Digests.sha256(lie)).problem(404, "weights-unknown");

        byte[] file3 = SafetensorsFixture.good(10, 8);
        String third = begin(file3, Map.of());
        part(user, third, 0, new byte[file3.length + 1]).problem(400, "invalid-request");
        user.delete(UPLOADS + "/" + third).is(204);
        user.get(UPLOADS + "/" + third).problem(404, "upload-unknown");
    }

    @Test
    void aLineageMustSpeakOfWhatIsKnown() {
        byte[] file = SafetensorsFixture.good(10, 9);
        user.post(UPLOADS, request(file, Map.of("plugin", "nowhere"))).problem(404, "plugin-unknown");
        user.post(UPLOADS, request(file, Map.of("plugin", "weighted", "version", "9.9.9")))
                .problem(404, "version-unknown");
        user.post(UPLOADS, request(file, Map.of("parent", "c".repeat(64)))).problem(404, "weights-unknown");
        user.post(UPLOADS, request(file, Map.of("version", "1.0.0"))).problem(400, "invalid-request");
        user.post(UPLOADS, Map.of("sha256", "xyz", "size", 10)).problem(400, "invalid-request");
        user.post(UPLOADS, Map.of("sha256", "a".repeat(64), "size", 1L << 60)).problem(413, "body-too-large");
        registry.anonymous().post(UPLOADS, request(file, Map.of())).problem(401, "token-missing");
    }

    @Test
    void anUploadIsItsOwnersAndIsForgottenWhenNobodyGoesOn() {
        byte[] file = SafetensorsFixture.good(1000, 10);
        String id = begin(file, Map.of());
        part(user, id, 0, Arrays.copyOf(file, 100)).is(200);
        Client other = registry.anonymous()
                .token(registry.admin()
                        .post("/api/v1/tokens", Map.of("name", "someone else", "scopes", List.of("run")))
                        .is(201)
                        .json()
                        .path("token")
                        .asString());
        other.get(UPLOADS + "/" + id).problem(404, "upload-unknown");
        part(other, id, 100, new byte[1]).problem(404, "upload-unknown");

        JdbcClient jdbc = registry.bean("jdbcClient", JdbcClient.class);
        jdbc.sql("update weights_upload set expires_at = now() - interval '1 second' where id = ?::uuid")
                .param(id)
                .update();
        registry.bean("weightsUploads", WeightsUploads.class).expire();
        user.get(UPLOADS + "/" + id).problem(404, "upload-unknown");
        JsonNode entries = registry.admin()
                .get("/api/v1/audit?action=weights.upload-end&subject=weights%20" + Digests.sha256(file))
                .json()
                .path("items");
        assertThat(entries.get(0).path("detail").asString()).isEqualTo("expired");
    }

    @Test
    void weightsOfAnotherPluginAreNotDeployedAndOfficialNamesAreToldToTheRunner() {
        byte[] file = SafetensorsFixture.good(10, 11);
        uploaded(file, Map.of("plugin", "weighted", "official", true));
        String sha256 = Digests.sha256(file);
        user.put("/api/v1/deployments/weighed", Map.of("plugin", "weighted-other", "weights", sha256))
                .problem(400, "invalid-request");
        user.put("/api/v1/deployments/weighed", Map.of("plugin", "weighted", "weights", sha256))
                .is(201);
        Client host = registry.withScopes("run");
        var beat = Map.of("runner", Map.of("name", "weights-host", "backends", List.of()), "deployments", List.of());
        JsonNode hosted =
                host.post("/api/v1/runner/deployments", beat).is(200).json().path("deployments");
        JsonNode own = hosted.valueStream()
                .filter(one -> one.path("name").asString().equals("weighed"))
                .findFirst()
                .orElseThrow();
        assertThat(own.at("/spec/official").asBoolean()).isTrue();
        user.delete("/api/v1/deployments/weighed").is(204);
        host.post("/api/v1/runner/deployments", beat).is(200);
    }

    @Test
    void whatATrainingMadeIsWeightsWithItsLineage() {
        JsonNode job = user.post(
                        "/api/v1/trainings",
                        Map.of("plugin", Map.of("id", "weighted"), "task", "weighted-other", "seed", 11))
                .is(202)
                .json();
        FakeRunner runner = FakeRunner.of(registry, "training-runner");
        JsonNode lease = runner.lease(10, "training").orElseThrow();
        byte[] model = SafetensorsFixture.good(20, 12);
        var result = Map.<String, Object>of("id", "weighted", "metrics", Map.of("loss", 0.5));
        runner.complete(lease, result, Map.of("model.safetensors", model)).is(204);
        JsonNode weights = registry.anonymous()
                .get(WEIGHTS + "/" + Digests.sha256(model))
                .is(200)
                .json();
        assertThat(weights.path("owner").asString()).isEqualTo("registry");
        assertThat(weights.at("/lineage/plugin").asString()).isEqualTo("weighted");
        assertThat(weights.at("/lineage/version").asString()).startsWith("0.1.0+local.");
        assertThat(weights.at("/lineage/task").asString()).isEqualTo("weighted-other");
        assertThat(weights.at("/lineage/seed").asLong()).isEqualTo(11);
        assertThat(weights.at("/lineage/metrics/loss").asDouble()).isEqualTo(0.5);
        assertThat(job.path("kind").asString()).isEqualTo("training");
    }
}
