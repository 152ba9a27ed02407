package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartFailureTest {
    @TempDir
    Path folder;

    private static StartFailure start(String... arguments) {
        var failure = catchThrowableOfType(
                StartFailure.class,
                () -> RegistryApplication.start(Options.parse(arguments), Map.of(), InstantSource.system()));
        assertThat(failure).isNotNull();
        assertThat(failure.exitCode()).isEqualTo(3);
        assertThat(failure.getMessage()).doesNotContain("\n");
        return failure;
    }

    @Test
    void aTakenPortIsNamedWithTheWayOut() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertThat(start("--port", port, "--data", folder.toString()))
                    .hasMessageContaining("port " + port + " of 127.0.0.1 cannot be used")
                    .hasMessageContaining("--port");
        }
    }

    @Test
    void anAddressOfAnotherMachineIsNamed() {
        assertThat(start("--host", "192.0.2.1", "--data", folder.toString())).hasMessageContaining("192.0.2.1");
    }

    @Test
    void aFileInPlaceOfTheDataDirectoryIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("data"), "x");
        assertThat(start("--port", "0", "--data", file.toString()))
                .hasMessageContaining("expected a folder, found a file");
    }

    @Test
    void aDataDirectoryThatCannotBeWrittenIsNamed() {
        assertThat(start("--port", "0", "--data", "/proc/layerzoo"))
                .hasMessageContaining("data directory /proc/layerzoo cannot be used");
    }

    @Test
    void aDataDirectoryInUseIsNamed() {
        Path used = TestRegistry.shared().data();
        assertThat(start("--port", "0", "--data", used.toString())).hasMessageContaining("in use by another registry");
    }

    @Test
    void aDatabaseThatDoesNotAnswerIsNamedWithoutItsPassword() {
        String url = "jdbc:postgresql://127.0.0.1:1/zoo?user=u&password=secret";
        assertThat(start("--port", "0", "--data", folder.toString(), "--database-url", url))
                .hasMessageContaining("database jdbc:postgresql://127.0.0.1:1/zoo cannot be used")
                .hasMessageNotContaining("secret");
    }
}
