package org.layerzoo.registry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestReporter;
import org.layerzoo.figures.CountsCases;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.FakeRunner;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.Publisher;
import org.layerzoo.registry.TestRegistry;
import tools.jackson.databind.JsonNode;

/**
 * The backup of docs/operations.md for a database server of one's own: {@code pg_dump} of a registry that goes on working, then its files;
 * {@code pg_restore} into an empty database. With each server that the system's packages have installed: continuous integration has the oldest
 * that is supported, and the embedded one comes without these programs.
 */
@CountsCases("a registry restored from pg_dump and its files")
class DumpTest {
    private final Path folder = TestRegistry.newFolder();

    @AfterEach
    void delete() {
        TestRegistry.delete(folder);
    }

    @TestFactory
    Stream<DynamicTest> whatWasDumpedIsTheSameRegistryWhenItIsRestored(TestReporter reporter) throws IOException {
        List<Path> installed = SystemPostgres.installed();
        if (installed.isEmpty()) {
            assertThat(System.getenv("CI"))
                    .as("continuous integration has a server")
                    .isNull();
            reporter.publishEntry("no server with pg_dump and pg_restore in /usr/lib/postgresql; nothing was dumped");
        }
        return installed.stream().map(programs -> dynamicTest(programs.toString(), () -> dumpAndRestore(programs)));
    }

    private void dumpAndRestore(Path programs) throws Exception {
        folder.toFile().setExecutable(true, false);
        try (var server = new SystemPostgres(programs, folder.resolve("server"))) {
            Path dump = folder.resolve("layerzoo.dump");
            Path first = Files.createDirectory(folder.resolve("first"));
            Path second = Files.createDirectories(folder.resolve("second"));
            JsonNode head;
            byte[] jar;
            try (var registry = TestRegistry.start(first, Optional.of(server.database("layerzoo")))) {
                Publisher publisher = Publisher.of(registry, "keeper");
                FakeRunner runner = FakeRunner.of(registry, "verifier");
                publisher.published(JarFixture.release("kept", "1.0.0"), runner, true);
                jar = artifact(registry.anonymous());
                head = check(registry.admin());
                server.client("pg_dump", "-Fc", "-f", dump.toString(), "layerzoo");
                publisher.published(JarFixture.release("kept", "2.0.0"), runner, true);
                copyFiles(first, second);
            }
            String restored = server.database("restored");
            server.client("pg_restore", "-d", "restored", dump.toString());
            try (var registry = TestRegistry.start(second, Optional.of(restored))) {
                assertIsTheSame(registry, head, jar);
            }
        }
    }

    /** The artifacts as they are when the dump is done, and the administrator's token. */
    private static void copyFiles(Path from, Path to) throws Exception {
        Path data = Files.createDirectory(to.resolve("data"));
        Process copy = new ProcessBuilder(
                        "cp",
                        "-a",
                        from.resolve("data/artifacts").toString(),
                        from.resolve("data/admin.token").toString(),
                        data.toString())
                .inheritIO()
                .start();
        assertThat(copy.waitFor()).isZero();
    }

    private static void assertIsTheSame(TestRegistry registry, JsonNode head, byte[] jar) {
        assertThat(check(registry.admin())).isEqualTo(head);
        assertThat(artifact(registry.anonymous())).isEqualTo(jar);
        registry.anonymous().get("/api/v1/plugins/kept/versions/2.0.0").problem(404, "version-unknown");
        assertThat(registry.anonymous()
                        .get("/api/v1/plugins?query=kepd")
                        .is(200)
                        .json()
                        .path("total")
                        .asInt())
                .as("almost right words are found")
                .isEqualTo(1);
        Publisher other = Publisher.of(registry, "other");
        other.publish(JarFixture.release("kept", "3.0.0")).problem(403, "not-owner");
        other.published(JarFixture.release("new", "1.0.0"), FakeRunner.of(registry, "verifier"), true);
        assertThat(check(registry.admin()).path("whole").asBoolean()).isTrue();
        registry.admin()
                .post("/api/v1/tokens", Map.of("name", "later", "scopes", List.of("read")))
                .is(201);
    }

    private static byte[] artifact(Client client) {
        return client.get("/api/v1/plugins/kept/versions/1.0.0/artifact")
                .is(200)
                .bytes();
    }

    private static JsonNode check(Client admin) {
        return admin.get("/api/v1/audit/check").is(200).json();
    }
}
