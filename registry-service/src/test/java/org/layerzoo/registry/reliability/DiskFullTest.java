package org.layerzoo.registry.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;
import org.layerzoo.figures.CountsCases;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.Digests;
import org.layerzoo.registry.FakeRunner;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.Publisher;
import org.layerzoo.registry.TestRegistry;
import org.layerzoo.registry.weights.SafetensorsFixture;
import tools.jackson.databind.JsonNode;

/**
 * A service whose disk is full: all of its data, with the database, or the artifacts alone. It needs a user who may mount a
 * small disk, as root may outside of most containers; for others it says that nothing was filled, and there is FolderStoreTest.
 */
@CountsCases("no room for data, artifacts, or the database")
class DiskFullTest {
    private static final String UPLOADS = "/api/v1/weights/uploads";

    private final Path folder = TestRegistry.newFolder();

    @AfterEach
    void delete() {
        TestRegistry.delete(folder);
    }

    @TestFactory
    Stream<DynamicTest> aFullDiskIsToldNothingIsHalfThereAndItGoesOnWhenThereIsRoom(TestReporter reporter) {
        if (!SmallDisk.possible()) {
            reporter.publishEntry("this user may not mount a small disk; nothing was filled");
            return Stream.empty();
        }
        return Stream.of(
                dynamicTest("of all data, the database's too", () -> {
                    try (var disk = new SmallDisk(folder.resolve("data"), 400);
                            var registry = TestRegistry.start(folder, Optional.empty())) {
                        filledAndEmptied(registry, disk, "all");
                    }
                }),
                dynamicTest("of the artifacts", () -> {
                    Path other = TestRegistry.newFolder();
                    try (var disk = new SmallDisk(other.resolve("artifacts"), 4);
                            var registry =
                                    TestRegistry.start(other, Map.of("zoo.artifacts.folder", disk.folder.toString()))) {
                        filledAndEmptied(registry, disk, "artifacts");
                    } finally {
                        TestRegistry.delete(other);
                    }
                }));
    }

    private static void filledAndEmptied(TestRegistry registry, SmallDisk disk, String id) throws IOException {
        Publisher publisher = Publisher.of(registry, "keeper");
        FakeRunner runner = FakeRunner.of(registry, "verifier");
        publisher.published(JarFixture.release(id, "1.0.0"), runner, true);
        Client user = registry.withScopes("read", "run");
        byte[] file = SafetensorsFixture.good(200_000, 1);
        String upload = user.post(UPLOADS, Map.of("sha256", Digests.sha256(file), "size", file.length))
                .is(201)
                .json()
                .at("/upload/id")
                .asString();
        part(user, upload, 0, Arrays.copyOf(file, 5000)).is(200);
        var scene = new Scene(registry, id, publisher, runner, user, file, upload);
        List<Path> before = files(registry, disk);
        disk.fill();
        scene.assertRefused();
        // What failed is cleared away after it was answered.
        TestRegistry.await("nothing to be left of what failed", () -> holds(registry, disk, before));
        disk.empty();
        scene.assertGoesOn();
    }

    /** A registry with one version of a plugin and an upload that has begun. */
    private record Scene(
            TestRegistry registry,
            String id,
            Publisher publisher,
            FakeRunner runner,
            Client user,
            byte[] file,
            String upload) {
        private byte[] second() {
            return JarFixture.release(id, "1.1.0").bytes();
        }

        private byte[] rest() {
            return Arrays.copyOfRange(file, 5000, file.length);
        }

        void assertRefused() {
            publisher.publish(second()).problem(507, "storage-full");
            part(user, upload, 5000, rest()).problem(507, "storage-full");
            whole(user, file).problem(507, "storage-full");
            Client anonymous = registry.anonymous();
            anonymous.get("/api/v1/plugins/" + id + "/versions/1.1.0").problem(404, "version-unknown");
            assertThat(versions(registry, id)).containsExactly("1.0.0");
            assertThat(total(publisher.client(), "/api/v1/publications")).isEqualTo(1);
            assertThat(total(anonymous, "/api/v1/weights")).isZero();
            anonymous.get("/api/v1/plugins/" + id + "/versions/1.0.0/artifact").is(200);
            anonymous.get("/actuator/health/readiness").is(503);
            anonymous.get("/actuator/health/liveness").is(200);
        }

        void assertGoesOn() {
            TestRegistry.await(
                    "the service to be ready again",
                    () -> registry.anonymous().get("/actuator/health/readiness").status() == 200);
            JsonNode publication = publisher.publish(second()).is(202).json();
            Publisher.verify(publication, runner, true);
            assertThat(publisher.decided(publication).path("state").asString()).isEqualTo("published");
            part(user, upload, 5000, rest()).is(200);
            user.post(UPLOADS + "/" + upload + "/complete").is(201);
            assertThat(user.get("/api/v1/weights/" + Digests.sha256(file) + "/content")
                            .is(200)
                            .bytes())
                    .isEqualTo(file);
            JsonNode check = registry.admin().get("/api/v1/audit/check").is(200).json();
            assertThat(check.path("whole").asBoolean()).isTrue();
        }
    }

    private static int total(Client client, String list) {
        return client.get(list).is(200).json().path("total").asInt();
    }

    private static List<String> versions(TestRegistry registry, String id) {
        return registry.anonymous()
                .get("/api/v1/plugins/" + id + "/versions")
                .json()
                .path("items")
                .valueStream()
                .map(version -> version.path("version").asString())
                .toList();
    }

    /** Whether these are the files; not yet where one goes away while it is looked at. */
    private static boolean holds(TestRegistry registry, SmallDisk disk, List<Path> expected) {
        try {
            return files(registry, disk).equals(expected);
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /** What there is of uploads and artifacts. */
    private static List<Path> files(TestRegistry registry, SmallDisk disk) throws IOException {
        Path artifacts = disk.folder.equals(registry.data()) ? registry.data().resolve("artifacts") : disk.folder;
        try (Stream<Path> stored = Files.walk(artifacts);
                Stream<Path> coming = Files.walk(registry.data().resolve("uploads"))) {
            return Stream.concat(stored, coming)
                    .filter(file -> Files.isRegularFile(file) && !file.endsWith("filler"))
                    .sorted()
                    .toList();
        }
    }

    private static Answer part(Client client, String upload, long offset, byte[] body) {
        return Client.send(client.request(UPLOADS + "/" + upload)
                .setHeader("Upload-Offset", Long.toString(offset))
                .setHeader("Content-Type", "application/octet-stream")
                .method("PATCH", HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }

    private static Answer whole(Client client, byte[] body) {
        return Client.send(client.request("/api/v1/weights")
                .setHeader("Content-Type", "application/octet-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
    }
}
