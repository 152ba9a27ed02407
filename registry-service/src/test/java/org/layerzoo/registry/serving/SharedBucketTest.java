package org.layerzoo.registry.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.CountsCases;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.FakeRunner;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.Publisher;
import org.layerzoo.registry.Reports;
import org.layerzoo.registry.TestRegistry;
import org.layerzoo.registry.artifact.Orphans;
import org.layerzoo.registry.artifact.S3Server;
import org.layerzoo.registry.database.TestDatabase;
import org.layerzoo.registry.weights.SafetensorsFixture;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Two services with one database and one bucket of a real S3 server; requests go to either, as a balancer sends them. */
@CountsCases("two services on one bucket; the bucket away, silent, gone")
class SharedBucketTest {
    private static final String BUCKET = "shared-bucket";
    private static final String WEIGHTS = "/api/v1/weights";
    private static final String READY = "/actuator/health/readiness";
    private static final Path FOLDER = TestRegistry.newFolder();
    private static final ListAppender<ILoggingEvent> HEARD = new ListAppender<>();
    private static S3Server server;
    private static TestDatabase database;
    private static TestRegistry a;
    private static TestRegistry b;
    private static Publisher alice;
    private static FakeRunner runner;
    private static Client userOfA;
    private static Client userOfB;

    @BeforeAll
    static void start() {
        server = S3Server.shared();
        server.bucket(BUCKET);
        credentials(S3Server.SECRET);
        database = TestDatabase.start(FOLDER.resolve("server"));
        a = TestRegistry.start(FOLDER.resolve("a"), database.url(), server.settings(BUCKET));
        b = TestRegistry.start(FOLDER.resolve("b"), database.url(), server.settings(BUCKET));
        alice = Publisher.of(a, "alice-of-the-bucket");
        runner = FakeRunner.of(b, "bucket-runner");
        userOfA = a.withScopes("read", "run");
        userOfB = b.anonymous().with("Authorization", userOfA.headers().get("Authorization"));
        // Each service that starts sets logging up anew.
        listen();
    }

    private static void listen() {
        HEARD.start();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(HEARD);
    }

    private static void credentials(String secret) {
        System.setProperty("aws.accessKeyId", S3Server.KEY);
        System.setProperty("aws.secretAccessKey", secret);
    }

    @AfterAll
    static void stop() {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(HEARD);
        a.close();
        b.close();
        database.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        TestRegistry.delete(FOLDER);
    }

    private static String artifact(String id) {
        return "/api/v1/plugins/" + id + "/versions/1.0.0/artifact";
    }

    private static Answer part(Client client, String upload, int offset, byte[] body) {
        return Client.send(client.request(WEIGHTS + "/uploads/" + upload)
                .setHeader("Upload-Offset", Integer.toString(offset))
                .method("PATCH", BodyPublishers.ofByteArray(body))
                .build());
    }

    private static String begun(byte[] file) {
        var wanted = Map.of("sha256", Digests.sha256(file), "size", file.length, "lineage", Map.of());
        return userOfA.post(WEIGHTS + "/uploads", wanted)
                .is(201)
                .json()
                .at("/upload/id")
                .asString();
    }

    /** Hands a file in, each part to the other service. */
    private static String uploaded(byte[] file) {
        String upload = begun(file);
        int half = file.length / 2;
        part(userOfA, upload, 0, Arrays.copyOf(file, half)).is(200);
        part(userOfB, upload, half, Arrays.copyOfRange(file, half, file.length)).is(200);
        userOfA.post(WEIGHTS + "/uploads/" + upload + "/complete").is(201);
        return Digests.sha256(file);
    }

    @Test
    void whatOneServiceTookInTheOtherVerifiesGivesOutAndServes() {
        JarFixture jar = JarFixture.release("bucketed", "1.0.0");
        JsonNode publication = alice.publish(jar).is(202).json();
        JsonNode lease = runner.lease(10, "verification").orElseThrow();
        String leased = lease.path("plugins").get(0).path("artifact").asString();
        assertThat(runner.client().get(leased).is(200).bytes()).isEqualTo(jar.bytes());
        runner.complete(lease, Reports.verification("bucketed", true, true)).is(204);
        assertThat(alice.decided(publication).path("state").asString()).isEqualTo("published");
        for (TestRegistry registry : List.of(a, b)) {
            Answer given = registry.anonymous().get(artifact("bucketed")).is(200);
            assertThat(given.bytes()).isEqualTo(jar.bytes());
            assertThat(given.header("ETag")).contains(Digests.sha256(jar.bytes()));
        }
        assertThat(server.object(BUCKET, Digests.sha256(jar.bytes()))).hasBinaryContent(jar.bytes());

        byte[] file = SafetensorsFixture.good(50_000, 21);
        String sha256 = uploaded(file);
        assertThat(userOfB.get(WEIGHTS + "/" + sha256 + "/content").is(200).bytes())
                .isEqualTo(file);
        Answer range = Client.send(userOfB.request(WEIGHTS + "/" + sha256 + "/content")
                .setHeader("Range", "bytes=1000-1999")
                .build());
        assertThat(range.is(206).bytes()).isEqualTo(Arrays.copyOfRange(file, 1000, 2000));
        serve(sha256, file);
        assertThat(FOLDER.resolve("a/data/artifacts")).doesNotExist();
        assertThat(FOLDER.resolve("b/data/artifacts")).doesNotExist();
    }

    private void serve(String weights, byte[] file) {
        userOfA.put("/api/v1/deployments/bucketed", Map.of("plugin", "bucketed", "weights", weights))
                .is(201);
        var host = new FakeHost(b, "bucket-host");
        try (var model = new FakeModel();
                var beats = Executors.newSingleThreadScheduledExecutor()) {
            JsonNode hosted = host.serve("bucketed", model.port());
            assertThat(hosted.toString()).contains(weights);
            assertThat(userOfB.get("/api/v1/runner/files/" + weights).is(200).bytes())
                    .isEqualTo(file);
            beats.scheduleAtFixedRate(
                    () -> host.beat(List.of(FakeHost.ready(hosted, model.port()))), 0, 500, TimeUnit.MILLISECONDS);
            for (TestRegistry registry : List.of(a, b)) {
                Client client = registry.anonymous();
                TestRegistry.await(
                        "the model to be ready",
                        () -> client.get("/v2/models/bucketed/ready").status() == 200);
                String question =
                        "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}]}";
                assertThat(client.post("/v2/models/bucketed/infer", question)
                                .is(200)
                                .json()
                                .at("/outputs/0/data")
                                .toString())
                        .isEqualTo("[2.0,4.0,6.0,8.0]");
            }
            beats.shutdownNow();
        }
        userOfA.delete("/api/v1/deployments/bucketed").is(204);
    }

    @Test
    void withoutTheBucketTheServicesSaySoAndGoOnByThemselvesWhenItIsBack() {
        byte[] file = SafetensorsFixture.good(1_000, 22);
        String sha256 = uploaded(file);
        byte[] next = SafetensorsFixture.good(1_000, 23);
        String upload = begun(next);
        JarFixture jar = JarFixture.release("late", "1.0.0");
        server.stop();
        try {
            assertUnavailable("storage-unavailable", sha256, upload, next);
            alice.publish(jar).problem(503, "storage-unavailable");
        } finally {
            server.start();
        }
        assertRecovers(sha256, file);
        part(userOfB, upload, 0, next).is(200);
        userOfA.post(WEIGHTS + "/uploads/" + upload + "/complete").is(201);
        JsonNode published = alice.published(jar, runner, true);
        assertThat(published.path("state").asString()).isEqualTo("published");
        assertThat(b.anonymous().get(artifact("late")).is(200).bytes()).isEqualTo(jar.bytes());
    }

    private static void assertUnavailable(String code, String stored, String upload, byte[] part) {
        userOfA.get(WEIGHTS + "/" + stored + "/content").problem(503, code);
        part(userOfA, upload, 0, part).problem(503, code);
        assertThat(userOfA.get(WEIGHTS + "/uploads/" + upload).is(200).header("Upload-Offset"))
                .isEqualTo("0");
        for (TestRegistry registry : List.of(a, b)) {
            assertThat(registry.anonymous().get(READY).is(503).text()).contains("\"artifacts\":{", "\"DOWN\"");
            registry.anonymous().get("/actuator/health/liveness").is(200);
            registry.anonymous().get("/api/v1/plugins").is(200);
            registry.anonymous().get(WEIGHTS + "/" + stored).is(200);
        }
    }

    private static void assertRecovers(String stored, byte[] file) {
        for (TestRegistry registry : List.of(a, b)) {
            TestRegistry.await(
                    "the service to be ready",
                    () -> registry.anonymous().get(READY).status() == 200);
        }
        assertThat(userOfB.get(WEIGHTS + "/" + stored + "/content").is(200).bytes())
                .isEqualTo(file);
    }

    @Test
    void credentialsThatAreRefusedAreToldAndNewOnesAreTakenWithoutARestart() {
        byte[] file = SafetensorsFixture.good(1_000, 24);
        String sha256 = uploaded(file);
        byte[] next = SafetensorsFixture.good(1_000, 25);
        String upload = begun(next);
        credentials("a-secret-that-is-not-the-right-one");
        try {
            assertUnavailable("storage-refused", sha256, upload, next);
        } finally {
            credentials(S3Server.SECRET);
        }
        assertRecovers(sha256, file);
    }

    @Test
    void whatNothingRefersToLeavesTheBucketAndTheRestStays() {
        JarFixture jar = JarFixture.release("refused-here", "1.0.0");
        String rejected = Digests.sha256(jar.bytes());
        byte[] file = SafetensorsFixture.good(1_000, 26);
        String sha256 = uploaded(file);
        assertThat(alice.published(jar, runner, false).path("state").asString()).isEqualTo("rejected");
        assertThat(server.object(BUCKET, rejected)).exists();
        JdbcClient jdbc = a.bean("jdbcClient", JdbcClient.class);
        jdbc.sql("update artifact_pending set since = now() - interval '2 hours'")
                .update();
        b.bean("orphans", Orphans.class).collect();
        assertThat(server.object(BUCKET, rejected)).doesNotExist();
        assertThat(server.object(BUCKET, Digests.sha256(Arrays.copyOf(file, file.length / 2))))
                .as("a part of an upload that has ended")
                .doesNotExist();
        assertThat(userOfB.get(WEIGHTS + "/" + sha256 + "/content").is(200).bytes())
                .isEqualTo(file);
    }

    @Test
    void aDamagedFileIsNeverSentWhole() throws Exception {
        byte[] small = SafetensorsFixture.good(100, 27);
        byte[] large = SafetensorsFixture.good(500_000, 28);
        for (byte[] file : List.of(small, large)) {
            uploaded(file);
            byte[] damaged = file.clone();
            damaged[file.length - 1] ^= 1;
            Files.write(server.object(BUCKET, Digests.sha256(file)), damaged);
        }
        userOfA.get(WEIGHTS + "/" + Digests.sha256(small) + "/content").problem(500, "artifact-damaged");
        assertThatThrownBy(() -> userOfA.get(WEIGHTS + "/" + Digests.sha256(large) + "/content"))
                .isInstanceOf(UncheckedIOException.class);
    }

    @Test
    void theSecretIsInNoLog() throws Exception {
        var client = (Logger) LoggerFactory.getLogger("software.amazon.awssdk");
        Level before = client.getLevel();
        client.setLevel(Level.DEBUG);
        try {
            uploaded(SafetensorsFixture.good(1_000, 29));
            credentials("a-secret-that-is-not-the-right-one");
            a.anonymous().get(READY).is(503);
        } finally {
            credentials(S3Server.SECRET);
            client.setLevel(before);
        }
        TestRegistry.await(
                "the service to be ready", () -> a.anonymous().get(READY).status() == 200);
        String log = HEARD.list.stream()
                .map(event -> event.getFormattedMessage() + " " + event.getThrowableProxy())
                .collect(Collectors.joining("\n"));
        assertThat(log).contains("bucket " + BUCKET, "answered 403");
        assertThat(log).doesNotContain(S3Server.SECRET, "a-secret-that-is-not-the-right-one");
        for (TestRegistry registry : List.of(a, b)) {
            Path file = registry.data().resolve("registry.log");
            assertThat(Files.exists(file) ? Files.readString(file) : "").doesNotContain(S3Server.SECRET);
        }
        assertThat(a.admin().get("/api/v1/audit/export").is(200).text()).doesNotContain(S3Server.SECRET);
        assertThat(a.anonymous().get("/actuator/health").text()).doesNotContain(S3Server.SECRET, S3Server.KEY);
    }
}
