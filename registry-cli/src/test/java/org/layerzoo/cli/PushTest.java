package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.layerzoo.core.config.Configs;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A registry's uploads, whose connection breaks in the middle. */
class PushTest {
    @TempDir
    Path folder;

    private HttpServer server;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final List<Long> offsets = new ArrayList<>();
    private JsonNode begun = Configs.mapper().createObjectNode();
    private boolean stored;
    private int breaks;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] body = exchange.getRequestBody().readAllBytes();
        ObjectNode answer = Configs.mapper().createObjectNode();
        if (path.endsWith("/content")) {
            exchange.sendResponseHeaders(200, received.size());
            exchange.getResponseBody().write(received.toByteArray());
            exchange.close();
            return;
        }
        if (path.endsWith("/uploads")) {
            begun = Configs.mapper().readTree(body);
            if (stored) {
                answer.putObject("weights").put("sha256", begun.path("sha256").asString());
            } else {
                answer.set("upload", upload());
            }
        } else if (exchange.getRequestMethod().equals("PATCH")) {
            offsets.add(Long.parseLong(exchange.getRequestHeaders().getFirst("Upload-Offset")));
            received.writeBytes(body);
            if (breaks-- > 0) {
                exchange.close(); // what came is kept, and nobody hears of it
                return;
            }
            answer = upload();
        } else if (path.endsWith("/complete")) {
            stored = true;
            answer.put("sha256", begun.path("sha256").asString());
        } else {
            answer.putArray("items")
                    .addObject()
                    .put("sha256", begun.path("sha256").asString());
        }
        byte[] text = answer.toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, text.length);
        exchange.getResponseBody().write(text);
        exchange.close();
    }

    private ObjectNode upload() {
        return Configs.mapper()
                .createObjectNode()
                .put("id", "one")
                .put("size", begun.path("size").asLong())
                .put("received", received.size());
    }

    private Cli.Said run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(
                List.of("--registry", "http://127.0.0.1:" + server.getAddress().getPort(), "--token", "t"));
        return Cli.in(folder).bare(all.toArray(String[]::new));
    }

    @Test
    void aPartWhoseAnswerWasLostIsNotSentTwiceAndTheFileArrivesWhole() throws IOException {
        byte[] content = new byte[(8 << 20) + 1000];
        new Random(3).nextBytes(content);
        Path file = Files.write(folder.resolve("w.safetensors"), content);
        breaks = 1;
        Cli.Said said = run("push", file.toString(), "--plugin", "mamba@0.1.0", "--seed", "3", "--metric", "loss=0.5");
        assertEquals(0, said.exit(), said::err);
        assertEquals(List.of(0L, 8L << 20), offsets);
        assertArrayEquals(content, received.toByteArray());
        assertEquals("mamba", begun.at("/lineage/plugin").asString());
        assertEquals("0.1.0", begun.at("/lineage/version").asString());
        assertEquals(0.5, begun.at("/lineage/metrics/loss").asDouble());
        assertTrue(said.err().contains("going on in a moment"), said::err);
        assertEquals(SigningKey.digest(file), said.out().strip());

        Path back = folder.resolve("back.safetensors");
        assertEquals(0, run("pull", "mamba", "--output", back.toString()).exit());
        assertArrayEquals(content, Files.readAllBytes(back));
        received.write(1);
        Cli.Said tampered = run("pull", SigningKey.digest(file), "--output", back.toString());
        assertEquals(3, tampered.exit());
        assertArrayEquals(content, Files.readAllBytes(back), "the good file stays");
    }

    @Test
    void theReportOfATrainingBecomesTheLineage() throws IOException {
        Files.write(folder.resolve("model.safetensors"), new byte[100]);
        Files.writeString(folder.resolve("report.json"), """
                {"id": "mamba", "subject": "mamba", "version": "0.1.0", "task": "zoo/mqar", "seed": 5, "metrics": {"accuracy": 0.9}}""");
        assertEquals(0, run("push", folder.toString(), "--official").exit());
        assertEquals(Configs.parse("""
                        {"plugin": "mamba", "version": "0.1.0", "task": "zoo/mqar", "seed": 5, "metrics": {"accuracy": 0.9}, "official": true}"""), begun.path("lineage"));
        Cli.Said missing = run("push", folder.resolve("nothing").toString());
        assertEquals(2, missing.exit());
        assertTrue(missing.error().contains("expected a safetensors file"), missing::error);
    }
}
