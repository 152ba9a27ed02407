package org.layerzoo.runner.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Timeout(300)
class AgentTest {
    @TempDir
    Path directory;

    private FakeRegistry registry;
    private RunningAgent agent;

    @BeforeEach
    void start() throws Exception {
        registry = new FakeRegistry();
        agent = new RunningAgent(RunningAgent.options(registry, directory, FakeRegistry.TOKEN));
    }

    @AfterEach
    void stop() throws Exception {
        agent.close();
        registry.close();
        try (Stream<Path> left = Files.list(directory.resolve("work/jobs"))) {
            assertEquals(List.of(), left.toList(), "no job folder is left behind");
        }
    }

    private FakeRegistry.Call end(String id) throws InterruptedException {
        return registry.await(call -> call.path().contains(id) && (call.is("complete") || call.is("fail")));
    }

    @Test
    void leasedJobIsRunAndItsResultFilesLogAndProgressAreHandedIn() throws Exception {
        String id = registry.offer("echo", "{\"n\": 3}");
        FakeRegistry.Call end = end(id);

        assertEquals("/api/v1/runner/jobs/" + id + "/complete", end.path());
        assertEquals(3, end.body().path("result").path("spec").path("n").asInt());
        assertEquals(1L << 30, end.body().path("result").path("memoryBytes").asLong(), "the agent's own budget");
        byte[] file = Base64.getDecoder()
                .decode(end.body().path("files").path("answer.txt").asString());
        assertEquals("42", new String(file, StandardCharsets.UTF_8));
        List<String> lines = registry.calls().stream()
                .filter(call -> call.is("log"))
                .flatMap(call -> FakeRegistry.lines(call).stream())
                .toList();
        assertTrue(lines.containsAll(List.of("first", "second", "printed")), lines::toString);
        assertTrue(
                registry.calls().stream()
                        .filter(call -> call.path().contains(id))
                        .allMatch(call -> call.body().path("fencingToken").asLong() == 7),
                "each write carries the fencing token");
    }

    @Test
    void leaseRequestDeclaresTheMachineAndTheKindsOfJobItKnows() throws Exception {
        JsonNode request = registry.await(call -> call.is("lease")).body();
        assertEquals("tester", request.path("runner").path("name").asString());
        assertEquals(
                Runtime.getRuntime().availableProcessors(),
                request.path("runner").path("cores").asInt());
        assertEquals(1L << 30, request.path("runner").path("memoryBytes").asLong());
        assertEquals(
                "reference", request.path("runner").path("backends").path(1).asString());
        assertTrue(request.path("kinds").valueStream().anyMatch(kind -> kind.asString()
                .equals("echo")));
    }

    @Test
    void problemOfTheJobIsReportedAndNotTriedAgain() throws Exception {
        FakeRegistry.Call end = end(registry.offer("throwing", "{\"what\": \"problem\", \"exit\": 2}"));
        assertTrue(end.is("fail"));
        assertEquals("wrong-shape", end.body().path("problem").path("code").asString());
        assertEquals(
                "x must be [2, 8], not [3]",
                end.body().path("problem").path("detail").asString());
        assertFalse(end.body().path("retry").asBoolean());
    }

    @Test
    void agentOutlivesAJobThatCrashes() throws Exception {
        assertEquals(
                "child-crashed",
                end(registry.offer("ending", "{\"how\": \"kill\"}"))
                        .body()
                        .path("problem")
                        .path("code")
                        .asString());
        assertTrue(end(registry.offer("echo", "{}")).is("complete"));
    }

    @Test
    void cancellationInAHeartbeatsAnswerStopsTheJob() throws Exception {
        String id = registry.offer("patient", "{}");
        registry.awaitLine("waiting in \\d+");
        registry.cancelRequested = true;
        FakeRegistry.Call end = end(id);
        assertTrue(end.is("fail"));
        assertEquals("cancelled", end.body().path("problem").path("code").asString());
        assertFalse(end.body().path("retry").asBoolean());
    }

    @Test
    void jobWhoseLeaseIsLostIsStoppedAndForgotten() throws Exception {
        String id = registry.offer("patient", "{}");
        long pid = Processes.pid(registry.awaitLine("waiting in \\d+"));
        registry.leaseLost = true;
        Processes.awaitEnd(pid);
        registry.leaseLost = false;
        end(registry.offer("echo", "{}"));
        assertTrue(registry.calls().stream()
                .noneMatch(call -> call.path().contains(id) && (call.is("fail") || call.is("complete"))));
    }

    @Test
    void resultWaitsForARegistryThatIsAway() throws Exception {
        String id = registry.offer("patient", "{}");
        registry.awaitLine("waiting in \\d+");
        registry.cancelRequested = true;
        registry.away = true;
        Processes.awaitThat(() -> agent.said.stream().anyMatch(line -> line.contains("503")));
        registry.away = false;
        assertTrue(end(id).is("fail"));
        registry.cancelRequested = false;
        assertTrue(end(registry.offer("echo", "{}")).is("complete"));
    }

    @Test
    void stoppedAgentGivesItsJobBack() throws Throwable {
        String id = registry.offer("patient", "{}");
        long pid = Processes.pid(registry.awaitLine("waiting in \\d+"));
        agent.stop();
        agent.join();
        FakeRegistry.Call end = end(id);
        assertEquals("runner-stopped", end.body().path("problem").path("code").asString());
        assertTrue(end.body().path("retry").asBoolean());
        assertFalse(Processes.alive(pid));
    }

    @Test
    void jarIsTakenFromThePluginFolderOrFetchedAndItsDigestIsChecked() throws Exception {
        Path local = Files.writeString(directory.resolve("plugins/mamba.jar"), "local jar");
        // What lies beside it and cannot be read is no reason to fail.
        Files.createSymbolicLink(directory.resolve("plugins/a-link-to-nothing.jar"), directory.resolve("nothing"));
        Files.createDirectory(directory.resolve("plugins/a-folder.jar"));
        byte[] remote = "remote jar".getBytes(StandardCharsets.UTF_8);
        Path copy = Files.write(directory.resolve("copy"), remote);
        registry.publish("/api/v1/remote", remote);
        String plugins = "[%s, %s]"
                .formatted(
                        plugin("mamba", JarStore.sha256(local), "/not/asked/for"),
                        plugin("deltanet", JarStore.sha256(copy), "/api/v1/remote"));

        JsonNode result = end(registry.offer("echo", "{}", plugins)).body().path("result");
        assertEquals(local.toString(), result.path("plugin mamba").asString());
        assertEquals(
                "remote jar",
                Files.readString(Path.of(result.path("plugin deltanet").asString())));

        String wrong = "[" + plugin("urpe", "0".repeat(64), "/api/v1/remote") + "]";
        JsonNode problem = end(registry.offer("echo", "{}", wrong)).body().path("problem");
        assertEquals("plugin-unavailable", problem.path("code").asString());
        assertTrue(problem.path("detail").asString().contains("expected " + "0".repeat(64)), problem::toString);
    }

    private static String plugin(String id, String sha256, String artifact) {
        return "{\"id\": \"%s\", \"version\": \"0.1.0\", \"sha256\": \"%s\", \"artifact\": \"%s\"}"
                .formatted(id, sha256, artifact);
    }

    @Test
    void secondAgentOfTheSameNameStartsWhenTheFirstIsGone() throws Throwable {
        registry.await(call -> call.is("lease"));
        try (RunningAgent _ = new RunningAgent(RunningAgent.options(registry, directory, FakeRegistry.TOKEN))) {
            agent.stop();
            agent.join();
            long before = leases();
            // the second call of the new agent: by then the registry has given up on the old one's
            Processes.awaitThat(() -> leases() >= before + 2);
            assertTrue(end(registry.offer("echo", "{}")).is("complete"));
        }
    }

    private long leases() {
        return registry.calls().stream().filter(call -> call.is("lease")).count();
    }

    @Test
    void deniedTokenEndsTheAgentWithTheReason() throws Exception {
        Path other = Files.createDirectories(directory.resolve("other"));
        RunningAgent denied = new RunningAgent(RunningAgent.options(registry, other, "wrong"));
        String message = assertThrows(Agent.UnableException.class, denied::join).getMessage();
        assertEquals("the registry answered 401 to /api/v1/runner/lease: unknown token", message);
    }
}
