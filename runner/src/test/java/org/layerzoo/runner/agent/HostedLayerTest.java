package org.layerzoo.runner.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.runner.serve.Wire;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A deployment of a real layer: ready, asked, killed, and held again by an agent that is started anew. */
@Timeout(300)
class HostedLayerTest {
    private static final String SECRET = "a secret";
    private static final float[] X = {1, -2, 3.5f, 0.25f};

    @TempDir
    Path directory;

    private FakeRegistry registry;

    @BeforeEach
    void wantALayer() throws Exception {
        registry = new FakeRegistry();
        Path jar = DoublerJar.write(directory);
        registry.publish("/doubler.jar", Files.readAllBytes(jar));
        registry.hosted = """
                [{"name": "twice", "generation": 1, "spec": {"id": "doubler"}, "limits": {}, "secret": "%s", "plugins": [
                  {"id": "doubler", "version": "0.1.0", "sha256": "%s", "artifact": "/doubler.jar"}]}]""".formatted(SECRET, JarStore.sha256(jar));
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    private RunningAgent agent() throws IOException {
        return new RunningAgent(
                RunningAgent.options(registry, directory, FakeRegistry.TOKEN, Optional.of("127.0.0.1")));
    }

    /** The first report after the known calls that says ready and fits. */
    private JsonNode ready(int known, Predicate<JsonNode> wanted) throws InterruptedException {
        Predicate<JsonNode> fits = report -> report.path("state").asString().equals("ready") && wanted.test(report);
        return registry.await(
                        known,
                        call -> call.is("deployments")
                                && call.body().path("deployments").valueStream().anyMatch(fits))
                .body()
                .at("/deployments/0");
    }

    private static float[] ask(JsonNode report) throws IOException {
        assertEquals("127.0.0.1", report.path("host").asString());
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), report.path("port").asInt())) {
            Wire.write(socket.getOutputStream(), Wire.head().put("secret", SECRET), List.of());
            Wire.read(socket.getInputStream()).orElseThrow();
            ObjectNode head = Wire.head().put("op", "infer");
            head.putArray("inputs")
                    .addObject()
                    .put("name", "x")
                    .put("datatype", "FP32")
                    .putArray("shape")
                    .add(1)
                    .add(1)
                    .add(4);
            Wire.write(socket.getOutputStream(), head, List.of(bytes()));
            Wire.Frame answer = Wire.read(socket.getInputStream()).orElseThrow();
            float[] y = new float[answer.body().length / 4];
            ByteBuffer.wrap(answer.body())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(y);
            return y;
        }
    }

    private static byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(4 * X.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(X);
        return bytes.array();
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("ChildMain"))
                .toList();
    }

    private static void assertServes(JsonNode report) throws IOException {
        assertArrayEquals(new float[] {2, -4, 7, 0.5f}, ask(report));
    }

    @Test
    void itIsReadyAndAnswersAndIsStartedAnewWhenItsProcessDies() throws Exception {
        try (RunningAgent agent = agent()) {
            JsonNode first = ready(0, report -> true);
            assertEquals(0, first.path("restarts").asInt());
            assertEquals("", first.path("reason").asString());
            assertEquals(4, first.at("/model/inputs/0/shape/2").asInt(), first::toString);
            assertTrue(first.at("/model/batches").asBoolean(), first::toString);
            assertServes(first);
            int known = registry.calls().size();
            children().forEach(ProcessHandle::destroyForcibly);
            JsonNode again = ready(known, report -> report.path("restarts").asInt() == 1);
            assertNotEquals(first.path("port").asInt(), again.path("port").asInt());
            assertServes(again);
            assertTrue(
                    agent.said.stream().filter(line -> line.endsWith(": ready")).count() >= 2);
        }
        assertEquals(List.of(), children());
    }

    @Test
    void aStrangerThatTricklesIsHungUpOn() throws Exception {
        try (RunningAgent agent = agent()) {
            JsonNode report = ready(0, known -> true);
            try (Socket stranger = new Socket(
                    InetAddress.getLoopbackAddress(), report.path("port").asInt())) {
                stranger.setSoTimeout(200);
                assertTrue(hungUp(stranger));
            }
            assertServes(report);
        }
    }

    /** Announces a head and sends a byte of it whenever nothing comes, until the other side has enough of it. */
    private static boolean hungUp(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(ByteBuffer.allocate(12).putInt(4000).putLong(0).array());
        for (int sent = 0; sent < 1000; sent++) {
            try {
                socket.getOutputStream().write(' ');
                if (socket.getInputStream().read() < 0) {
                    return true;
                }
            } catch (SocketTimeoutException e) {
                // not yet
            } catch (SocketException e) {
                return true;
            }
        }
        return false;
    }

    @Test
    void anAgentThatIsStartedAnewHoldsItAgain() throws Exception {
        try (RunningAgent agent = agent()) {
            assertServes(ready(0, report -> true));
        }
        int known = registry.calls().size();
        try (RunningAgent other = agent()) {
            JsonNode again = ready(known, report -> true);
            assertEquals(0, again.path("restarts").asInt());
            assertServes(again);
        }
    }

    @Test
    void itIsStillHeldWhenTheRegistryWasAwayForAWhile() throws Exception {
        try (RunningAgent agent = agent()) {
            JsonNode before = ready(0, report -> true);
            registry.away = true;
            while (agent.said.stream().noneMatch(line -> line.startsWith("deployments: "))) {
                Thread.onSpinWait();
            }
            assertServes(before);
            int known = registry.calls().size();
            registry.away = false;
            JsonNode after = ready(known, report -> true);
            assertEquals(before.path("port").asInt(), after.path("port").asInt());
            assertServes(after);
        }
    }
}
