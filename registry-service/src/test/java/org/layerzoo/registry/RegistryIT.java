package org.layerzoo.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The packaged service as a process of its own. */
class RegistryIT {
    /** A start takes seconds on a machine of its own, and much longer on one that builds other things meanwhile. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path folder = TestRegistry.newFolder();
    private final Path output = folder.resolve("output.txt");
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void stopAll() throws Exception {
        for (Process process : started) {
            process.destroy();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
        TestRegistry.delete(folder);
    }

    private List<String> command(int port, String... more) {
        var words = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                System.getProperty("registry.jar"),
                "--port",
                Integer.toString(port),
                "--data",
                folder.resolve("data").toString(),
                "--plugins",
                folder.resolve("plugins").toString()));
        words.addAll(List.of(more));
        return words;
    }

    private Process spawn(int port, String... more) throws IOException {
        Process process = new ProcessBuilder(command(port, more))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        started.add(process);
        return process;
    }

    private Client up(Process process, int port) {
        Client client = Client.anonymous("http://127.0.0.1:" + port);
        TestRegistry.await("the service to be healthy", PATIENCE, () -> {
            assertThat(process.isAlive()).as(read(output)).isTrue();
            try {
                return client.get("/actuator/health").status() == 200;
            } catch (java.io.UncheckedIOException notYet) {
                return false;
            }
        });
        return client;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private boolean databaseRuns() throws IOException {
        Path pidFile = folder.resolve("data/postgres/data/postmaster.pid");
        return Files.exists(pidFile)
                && ProcessHandle.of(Long.parseLong(Files.readAllLines(pidFile).getFirst()))
                        .isPresent();
    }

    @Test
    void aKilledServiceKeepsItsDataAndACleanStopLeavesNothingRunning() throws Exception {
        for (String id : List.of("deltanet", "flash-attention-2", "other")) {
            JarFixture.of(id).into(folder.resolve("plugins"), id + ".jar");
        }
        int port = freePort();
        Process first = spawn(port);
        String comparison = firstComparison(up(first, port));
        Client admin = Client.anonymous("http://127.0.0.1:" + port)
                .token(Files.readString(folder.resolve("data/admin.token")).strip());
        JsonNode token = admin.post("/api/v1/tokens", Map.of("name", "kept", "scopes", List.of("read")))
                .is(201)
                .json();

        first.destroyForcibly().waitFor();
        assertThat(databaseRuns()).as("the database outlives a killed service").isTrue();
        Process second = spawn(port);
        assertThat(firstComparison(up(second, port))).isEqualTo(comparison);
        admin.token(token.path("token").asString()).get("/api/v1/plugins/other").is(200);
        admin.get("/api/v1/tokens").is(200);

        second.destroy();
        assertThat(second.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(143);
        assertThat(databaseRuns()).isFalse();
        Process third = spawn(port);
        assertThat(firstComparison(up(third, port))).isEqualTo(comparison);
    }

    /** The id of the one benchmark that an empty database gets, of those of its plugins that are there. */
    private static String firstComparison(Client client) {
        JsonNode list = client.get("/api/v1/benchmarks").is(200).json();
        assertThat(list.path("total").asInt()).isEqualTo(1);
        JsonNode job = list.path("items").get(0);
        assertThat(job.path("spec").path("plugins").valueStream().map(plugin -> plugin.path("id")
                        .asString()))
                .containsExactly("flash-attention-2", "deltanet");
        assertThat(job.path("spec").path("unit").asString()).isEqualTo("core");
        return job.path("id").asString();
    }

    @Test
    void aServiceStopsWhenItsStarterIsKilled() throws Exception {
        int port = freePort();
        String service = String.join(" ", command(port, "--exit-with-parent"));
        Process shell = new ProcessBuilder("sh", "-c", service + "; true")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        started.add(shell);
        up(shell, port);
        ProcessHandle orphan = shell.descendants().findFirst().orElseThrow();
        shell.destroyForcibly().waitFor();
        orphan.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(databaseRuns()).isFalse();
    }

    @Test
    void whatKeepsItFromStartingIsOneLineAndAnExitCode() throws Exception {
        assertThat(outcome(spawn(0, "--colour=red"))).isEqualTo(2);
        assertThat(read(output))
                .startsWith("registry-service: unknown argument")
                .hasLineCount(1);
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(outcome(spawn(taken.getLocalPort()))).isEqualTo(3);
        }
        assertThat(read(output)).startsWith("registry-service: port ").hasLineCount(1);
        assertThat(outcome(spawn(0, "--data", "/proc/layerzoo"))).isEqualTo(3);
        assertThat(read(output))
                .startsWith("registry-service: data directory /proc/layerzoo")
                .hasLineCount(1);
    }

    private static int outcome(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
