package org.layerzoo.registry.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.registry.StartFailure;

/** What is said of database servers is so. */
class ServerVersionTest {
    private static final Path ROOT = Path.of("..");

    @Test
    void aServerOlderThanAnyThatWasTestedIsRefusedBeforeItsTablesAreTouched() {
        assertThatThrownBy(() -> ServerVersion.require(14, "14.11 (Debian 14.11-1)"))
                .isInstanceOf(StartFailure.class)
                .hasMessage(
                        "the database server is too old: expected PostgreSQL 15 or newer, given 14.11 (Debian 14.11-1)");
        assertThatCode(() -> ServerVersion.require(15, "15.0")).doesNotThrowAnyException();
        assertThatCode(() -> ServerVersion.require(19, "19.0")).doesNotThrowAnyException();
    }

    @Test
    void theEmbeddedServerIsOfTheVersionThatTheBuildTheContainersAndTheGuideName(@TempDir Path folder)
            throws Exception {
        String built = found(ROOT.resolve("registry-service/pom.xml"), "<postgres.binaries.version>(\\d+)\\.");
        assertThat(found(ROOT.resolve("docker-compose.yml"), "image: postgres:(\\d+)"))
                .isEqualTo(built);
        assertThat(found(ROOT.resolve("docs/operations.md"), "\\| PostgreSQL (\\d+) to \\d+ \\|"))
                .isEqualTo(Integer.toString(ServerVersion.OLDEST));
        assertThat(found(ROOT.resolve("docs/operations.md"), "\\| PostgreSQL \\d+ to (\\d+) \\|"))
                .isEqualTo(built);
        try (var server = TestDatabase.start(folder.resolve("server"));
                var connection = DriverManager.getConnection(server.url())) {
            assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(Integer.parseInt(built));
        }
    }

    private static String found(Path file, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
        assertThat(matcher.find()).as("%s in %s", pattern, file).isTrue();
        return matcher.group(1);
    }
}
