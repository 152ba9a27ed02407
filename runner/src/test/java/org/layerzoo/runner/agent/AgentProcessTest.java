package org.layerzoo.runner.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a real process that is told to end, or killed. */
@Timeout(300)
class AgentProcessTest {
    @TempDir
    Path directory;

    private FakeRegistry registry;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        registry = new FakeRegistry();
        Files.writeString(directory.resolve("token"), FakeRegistry.TOKEN);
    }

    @AfterEach
    void stop() throws Exception {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        registry.close();
    }

    private Process agent(String... more) throws IOException {
        return start(command(more));
    }

    private Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("agent.log").toFile()))
                .start();
        started.add(process);
        return process;
    }

    private List<String> command(String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AgentMain.class.getName(),
                "--registry",
                registry.address().toString(),
                "--token-file",
                directory.resolve("token").toString(),
                "--work",
                directory.resolve("work").toString(),
                "--backends",
                "cpu-vector"));
        command.addAll(List.of(more));
        return command;
    }

    @Test
    void agentEndsWithTheProcessThatStartedIt() throws Exception {
        String quoted = String.join(" ", command("--exit-with-parent"));
        Process shell = start(List.of("sh", "-c", quoted + "; echo never"));
        registry.await(call -> call.is("lease"));
        ProcessHandle agent = shell.descendants().findFirst().orElseThrow();
        shell.destroyForcibly().waitFor();
        Processes.awaitEnd(agent.pid());
        assertFalse(Files.readString(directory.resolve("agent.log")).contains("never"));
    }

    @Test
    void termCancelsTheJobGivesItBackAndEndsTheAgent() throws Exception {
        Process agent = agent("--name", "a");
        String id = registry.offer("patient", "{}");
        long pid = Processes.pid(registry.awaitLine("waiting in \\d+"));
        agent.destroy();
        assertEquals(143, agent.waitFor());
        assertFalse(Processes.alive(pid));
        FakeRegistry.Call end = registry.await(call -> call.path().contains(id) && call.is("fail"));
        assertEquals("runner-stopped", end.body().path("problem").path("code").asString());
    }

    @Test
    void killedAgentTakesItsChildAlongAndTheNextOneCleansUp() throws Exception {
        Process agent = agent();
        registry.offer("forking", "{\"then\": \"loop\"}");
        FakeRegistry.Call log = registry.await(call -> call.is("log")
                && FakeRegistry.lines(call).stream()
                                .filter(line -> line.startsWith("pid "))
                                .count()
                        == 2);
        List<String> forked = FakeRegistry.lines(log).stream()
                .filter(line -> line.startsWith("pid "))
                .toList();
        Path jobs = directory.resolve("work/jobs");
        assertEquals(1, count(jobs));
        agent.destroyForcibly().waitFor();

        agent();
        String id = registry.offer("echo", "{}");
        registry.await(call -> call.path().contains(id) && call.is("complete"));
        for (String line : forked) {
            Processes.awaitEnd(Processes.pid(line));
        }
        Processes.awaitThat(() -> count(jobs) == 0);
        assertTrue(Files.readString(directory.resolve("agent.log")).contains("removing what is left of job"));
    }

    private static long count(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void badUsageIsExitTwoWithOneLine() throws Exception {
        Process agent = agent("--memory", "plenty");
        assertEquals(2, agent.waitFor());
        assertEquals(
                "'plenty' is no size: expected a number with an optional unit k, m, g or t, such as 4g",
                Files.readString(directory.resolve("agent.log")).strip());
    }

    @Test
    void missingTokenFileIsExitThree() throws Exception {
        Files.delete(directory.resolve("token"));
        Process agent = agent();
        assertEquals(3, agent.waitFor());
        assertTrue(Files.readString(directory.resolve("agent.log")).contains("token file"));
    }
}
