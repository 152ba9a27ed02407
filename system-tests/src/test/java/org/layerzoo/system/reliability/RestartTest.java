package org.layerzoo.system.reliability;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.StringJoiner;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A layer with a checkpoint is deployed; then its service is killed and started again, and then its runner. Nobody does anything else, and
 * it answers as before to the last bit.
 */
class RestartTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String PLUGIN = "mamba";
    private static final String MODEL = "kept";
    private static final int WIDTH = 64;
    private static final int LENGTH = 7;

    @TempDir
    private static Path folder;

    private String url;
    private Program service;
    private Program runner;
    private Web web;

    private Program service(int port) {
        return new Program(
                "service",
                folder,
                Map.of(),
                java(
                        Cluster.ROOT.resolve("registry-service/target/registry/registry-service.jar"),
                        "--port",
                        Integer.toString(port),
                        "--data",
                        folder.resolve("data").toString(),
                        "--plugins",
                        folder.resolve("plugins").toString(),
                        "--no-demo",
                        "--no-verify"));
    }

    private Program runner() {
        return new Program(
                "runner",
                folder,
                Map.of("ZOO_HOME", folder.resolve("home").toString()),
                java(
                        Cluster.ROOT.resolve("registry-cli/target/zoo.jar"),
                        "runner",
                        "--registry",
                        url,
                        "--token-file",
                        folder.resolve("data/admin.token").toString(),
                        "--name",
                        "runner",
                        "--serve",
                        "127.0.0.1",
                        "--backends",
                        "cpu-vector",
                        "--work",
                        folder.resolve("work").toString()));
    }

    private static List<String> java(Path jar, String... arguments) {
        return Stream.concat(
                        Stream.of(JAVA, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", jar.toString()),
                        Stream.of(arguments))
                .toList();
    }

    private void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "not reached within " + PATIENCE + ": " + what + "\n" + service.said() + "\n" + runner.said());
            }
            Web.pause();
        }
    }

    @Test
    void aDeploymentAnswersTheSameToTheLastBitAfterItsServiceAndItsRunnerWereKilled() throws Exception {
        copyPlugin();
        int port = Database.freePort();
        url = "http://127.0.0.1:" + port;
        service = service(port);
        runner = runner();
        try (var first = service;
                var second = runner) {
            service.start();
            await("the service is there", () -> Files.exists(folder.resolve("data/registry.url")));
            web = new Web(
                    List.of(url),
                    Files.readString(folder.resolve("data/admin.token")).strip());
            await("the service is healthy", () -> web.healthy(url));
            runner.start();
            String sha256 = checkpoint();
            web.put("/api/v1/deployments/" + MODEL, "{\"plugin\": \"" + PLUGIN + "\", \"weights\": \"" + sha256 + "\"}")
                    .is(201);
            byte[] before = answer("it is deployed");
            assertFalse(runner.descendants().isEmpty());

            service.kill();
            service.start();
            assertArrayEquals(before, answer("the service was killed"));
            assertEquals(0, deployment().path("restarts").asInt(), "its process goes on without the service");

            List<ProcessHandle> orphans = runner.descendants();
            runner.kill();
            await("its process ends with the runner", () -> orphans.stream().noneMatch(ProcessHandle::isAlive));
            runner.start();
            assertArrayEquals(before, answer("the runner was killed"));
            assertEquals(sha256, deployment().at("/request/weights").asString());
        }
    }

    private static void copyPlugin() throws IOException {
        Path plugins = Files.createDirectories(folder.resolve("plugins"));
        try (Stream<Path> jars = Files.list(Cluster.ROOT.resolve("build/plugins"))) {
            Path jar = jars.filter(file -> file.getFileName().toString().matches(PLUGIN + "-\\d+\\.\\d+.*\\.jar"))
                    .findFirst()
                    .orElseThrow();
            Files.copy(jar, plugins.resolve(jar.getFileName()));
        }
    }

    /** Hands in numbers for every parameter of the layer, which no seed gives; answers their digest. */
    private String checkpoint() {
        await(
                "the plugin is catalogued",
                () -> web.get("/api/v1/plugins/" + PLUGIN).is(200, 404).status() == 200);
        JsonNode parameters =
                web.get("/api/v1/plugins/" + PLUGIN).is(200).json().at("/providers/0/parameters");
        var header = new StringJoiner(",", "{", "}");
        int bytes = 0;
        for (JsonNode parameter : parameters) {
            int size = 4;
            for (JsonNode extent : parameter.path("shape")) {
                size *= extent.asInt();
            }
            header.add("\"" + parameter.path("path").asString() + "\":{\"dtype\":\"F32\",\"shape\":"
                    + parameter.path("shape") + ",\"data_offsets\":[" + bytes + "," + (bytes + size) + "]}");
            bytes += size;
        }
        byte[] head = header.toString().getBytes(StandardCharsets.UTF_8);
        var file = ByteBuffer.allocate(8 + head.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(head.length).put(head);
        var random = new Random(11);
        while (file.hasRemaining()) {
            file.putFloat((float) (0.2 * random.nextGaussian()));
        }
        return web.upload("/api/v1/weights", file.array())
                .is(201)
                .json()
                .path("sha256")
                .asString();
    }

    private JsonNode deployment() {
        return web.get("/api/v1/deployments/" + MODEL).is(200).json();
    }

    /** What the model answers, as bytes, once it answers at all. */
    private byte[] answer(String after) {
        var answer = new byte[1][];
        await("an answer after " + after, () -> {
            Optional<byte[]> found = ask();
            found.ifPresent(bytes -> answer[0] = bytes);
            return found.isPresent();
        });
        return answer[0];
    }

    private Optional<byte[]> ask() {
        var numbers = new StringJoiner(",");
        for (int i = 0; i < LENGTH * WIDTH; i++) {
            numbers.add(Float.toString((i * 37 % 101 - 50) / 25f));
        }
        String question = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1," + LENGTH + "," + WIDTH
                + "],\"data\":[" + numbers
                + "]}],\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":true}}]}";
        try {
            Web.Answer given = web.once(
                    url,
                    "POST",
                    "/v2/models/" + MODEL + "/infer",
                    "application/json",
                    BodyPublishers.ofString(question));
            if (given.status() == 200) {
                return Optional.of(given.bytes());
            }
            assertEquals(503, given.status(), () -> new String(given.bytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            // the service is away
        }
        return Optional.empty();
    }
}
