package org.layerzoo.registry.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.layerzoo.figures.CountsCases;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.FakeRunner;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.Publisher;
import org.layerzoo.registry.TestRegistry;

/** The backup of docs/operations.md: a copy of a stopped registry's data folder, started in another place. */
@CountsCases("a registry restored from a copy of its folder")
class BackupTest {
    private final Path folder = TestRegistry.newFolder();
    private final Path restored = TestRegistry.newFolder();

    @AfterEach
    void delete() {
        TestRegistry.delete(folder);
        TestRegistry.delete(restored);
    }

    @Test
    void aCopyOfTheDataFolderIsTheSameRegistry() throws Exception {
        String head;
        byte[] jar;
        String token;
        try (TestRegistry registry = TestRegistry.start(folder, Optional.empty())) {
            Publisher publisher = Publisher.of(registry, "keeper");
            publisher.published(JarFixture.release("kept", "1.0.0"), FakeRunner.of(registry, "verifier"), true);
            jar = artifact(registry.anonymous());
            token = registry.admin()
                    .post("/api/v1/tokens", Map.of("name", "kept", "scopes", java.util.List.of("admin")))
                    .is(201)
                    .json()
                    .path("token")
                    .asString();
            head = head(registry.admin());
        }
        Process copy = new ProcessBuilder("cp", "-a", folder.resolve("data").toString(), restored + "/")
                .inheritIO()
                .start();
        assertThat(copy.waitFor()).isZero();
        Files.move(folder.resolve("data"), folder.resolve("lost"));
        try (TestRegistry registry = TestRegistry.start(restored, Optional.empty())) {
            Client holder = registry.anonymous().token(token);
            assertThat(head(holder)).isEqualTo(head);
            assertThat(artifact(registry.anonymous())).isEqualTo(jar);
        }
    }

    private static byte[] artifact(Client client) {
        return client.get("/api/v1/plugins/kept/versions/1.0.0/artifact")
                .is(200)
                .bytes();
    }

    /** Hash of the last entry of the audit log, which is whole. */
    private static String head(Client admin) {
        var check = admin.get("/api/v1/audit/check").is(200).json();
        assertThat(check.path("whole").asBoolean()).isTrue();
        return check.path("head").asString();
    }
}
