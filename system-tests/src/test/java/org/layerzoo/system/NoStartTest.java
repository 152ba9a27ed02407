package org.layerzoo.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps {@code zoo up} from starting is one line that names it, and an exit code. */
class NoStartTest {
    @TempDir
    private Path folder;

    /** Exit code and what was said on stderr. */
    private record End(int exit, List<String> said) {}

    private End up(String... options) throws IOException, InterruptedException {
        Path said = folder.resolve("stderr.txt");
        List<String> command = new ArrayList<>(House.command());
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(said.toFile());
        builder.environment().put("ZOO_HOME", folder.resolve("home").toString());
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "up goes on with " + List.of(options));
            return new End(process.exitValue(), Files.readAllLines(said));
        } finally {
            process.destroyForcibly();
        }
    }

    private static void assertOneLine(End end, int exit, String... parts) {
        assertEquals(1, end.said().size(), end::toString);
        assertEquals(exit, end.exit(), end::toString);
        for (String part : parts) {
            assertTrue(end.said().getFirst().contains(part), end::toString);
        }
    }

    @Test
    void aTakenPortIsExitThree() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            assertOneLine(up("--port", port, "--data", "data"), 3, "zoo: port " + port, "choose another with --port");
        }
    }

    @Test
    void aFileInPlaceOfTheDataFolderIsExitThree() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        End end = up("--port", "0", "--data", file.toString());
        assertOneLine(end, 3, file.toString(), "expected a folder, found a file");
    }

    @Test
    void aDataFolderThatCannotBeWrittenIsExitThree() throws Exception {
        assertOneLine(up("--port", "0", "--data", "/proc/layerzoo"), 3, "data directory /proc/layerzoo cannot be used");
    }

    @Test
    void aPortThatIsNoneIsExitTwo() throws Exception {
        assertOneLine(up("--port", "70000", "--data", "data"), 2, "--port", "from 0 to 65535", "70000");
    }

    @Test
    void aDatabaseThatDoesNotAnswerIsExitThreeWithoutItsPassword() throws Exception {
        String url = "jdbc:postgresql://127.0.0.1:1/zoo?user=u&password=secret";
        End end = up("--port", "0", "--data", "data", "--database-url", url);
        assertOneLine(end, 3, "database jdbc:postgresql://127.0.0.1:1/zoo cannot be used");
        assertTrue(!end.said().getFirst().contains("secret"), end::toString);
    }
}
