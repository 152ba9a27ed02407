package org.layerzoo.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import triton.client.InferInput;
import triton.client.InferRequestedOutput;
import triton.client.InferResult;
import triton.client.InferenceException;
import triton.client.InferenceServerClient;
import triton.client.pojo.DataType;

/** A deployed layer, asked by the Java client of the Triton project, which knows nothing of us. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ServingTest {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final int WIDTH = 64;
    private static final int LENGTH = 5;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** Rounding of 32-bit sums in another order. */
    private static final float ROUNDING = 1e-4f;

    @TempDir
    private static Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private House house;

    @BeforeAll
    void start() throws IOException {
        house = House.up(folder, "--no-demo", "--no-verify");
    }

    @AfterAll
    void end() {
        house.close();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(house.url() + path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private HttpResponse<String> asAdmin(String method, String path, String body) throws IOException {
        String token = Files.readString(folder.resolve("data/admin.token")).strip();
        return send(method, path, body, "Authorization", "Bearer " + token);
    }

    private JsonNode deployment() {
        try {
            return house.json("/api/v1/deployments/mixer");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitReady(String what) {
        house.await(READY, what, () -> {
            JsonNode shown = deployment();
            if (shown.path("state").asString().equals("failed")) {
                throw new AssertionError(shown + "\n" + house.output());
            }
            return shown.path("state").asString().equals("ready");
        });
    }

    private InferenceServerClient client() throws IOException {
        InferenceServerClient client =
                new InferenceServerClient(house.url().substring("http://".length()), 5_000, 30_000);
        client.setRetryCnt(1);
        return client;
    }

    private static float[] tokens() {
        Random random = new Random(3);
        float[] x = new float[LENGTH * WIDTH];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static InferInput input(boolean binary) {
        InferInput x = new InferInput("x", new long[] {1, LENGTH, WIDTH}, DataType.FP32);
        x.setData(tokens(), binary);
        return x;
    }

    private static float[] ask(InferenceServerClient client, boolean binary) throws InferenceException {
        InferResult result =
                client.infer("mixer", List.of(input(binary)), List.of(new InferRequestedOutput("y", binary)));
        return result.getOutputAsFloat("y");
    }

    @Test
    @Order(1)
    void aLayerIsDeployedAndAnswersTheClientInJsonAndInBytes() throws Exception {
        HttpResponse<String> put = asAdmin("PUT", "/api/v1/deployments/mixer", "{\"plugin\":\"mamba\"}");
        assertEquals(201, put.statusCode(), put.body());
        awaitReady("the deployment is ready");
        try (InferenceServerClient client = client()) {
            float[] bytes = ask(client, true);
            float[] text = ask(client, false);
            assertEquals(LENGTH * WIDTH, bytes.length);
            assertArrayEquals(bytes, text);
            float sum = 0;
            for (float y : bytes) {
                sum += Math.abs(y);
            }
            assertTrue(Float.isFinite(sum) && sum > 0, "the outputs are numbers");
        }
    }

    @Test
    @Order(2)
    void theClientUnderstandsWhatIsWrong() throws Exception {
        try (InferenceServerClient client = client()) {
            InferInput narrow = new InferInput("x", new long[] {1, 1, 3}, DataType.FP32);
            narrow.setData(new float[] {1, 2, 3}, true);
            InferenceException wrong =
                    assertThrows(InferenceException.class, () -> client.infer("mixer", List.of(narrow), List.of()));
            assertTrue(messages(wrong).contains("input 'x' has shape [1, 1, 3]"), messages(wrong));
            InferenceException unknown = assertThrows(
                    InferenceException.class, () -> client.infer("nobody", List.of(input(true)), List.of()));
            assertTrue(messages(unknown).contains("expected the name of a deployment"), messages(unknown));
        }
    }

    private static String messages(Throwable e) {
        return e == null ? "" : e.getMessage() + " / " + messages(e.getCause());
    }

    @Test
    @Order(3)
    void tokenByTokenOverASessionEqualsTheWholeSequence() throws Exception {
        float[] whole;
        try (InferenceServerClient client = client()) {
            whole = ask(client, true);
        }
        HttpResponse<String> opened = send("POST", "/v2/models/mixer/sessions", "{}");
        assertEquals(201, opened.statusCode(), opened.body());
        String session = "/v2/models/mixer/sessions/"
                + JSON.readTree(opened.body()).path("id").asString();
        String body = JSON.writeValueAsString(java.util.Map.of(
                "inputs",
                List.of(java.util.Map.of(
                        "name", "x", "shape", List.of(1, LENGTH, WIDTH), "datatype", "FP32", "data", tokens()))));
        HttpResponse<String> events = send("POST", session + "/steps", body, "Accept", "text/event-stream");
        assertEquals(200, events.statusCode(), events.body());
        List<Float> rows = new ArrayList<>();
        events.body()
                .lines()
                .filter(line -> line.startsWith("data: {\"model_name\""))
                .forEach(line -> JSON.readTree(line.substring("data: ".length()))
                        .at("/outputs/0/data")
                        .forEach(value -> rows.add((float) value.asDouble())));
        assertEquals(whole.length, rows.size(), events.body());
        for (int i = 0; i < whole.length; i++) {
            assertEquals(whole[i], rows.get(i), ROUNDING);
        }
        assertEquals(204, send("DELETE", session, "").statusCode());
    }

    @Test
    @Order(4)
    void aProcessThatIsKilledIsStartedAnewAndServesAgain() throws Exception {
        float[] before;
        try (InferenceServerClient client = client()) {
            before = ask(client, true);
        }
        List<ProcessHandle> children = house.descendants("org.layerzoo.runner.child.ChildMain");
        assertEquals(1, children.size(), house::output);
        children.getFirst().destroyForcibly();
        house.await(
                READY, "the death is shown", () -> deployment().path("restarts").asInt() == 1);
        awaitReady("it serves again");
        try (InferenceServerClient client = client()) {
            assertArrayEquals(before, ask(client, true));
        }
    }

    @Test
    @Order(5)
    void undeployingEndsTheProcess() throws Exception {
        ProcessHandle child =
                house.descendants("org.layerzoo.runner.child.ChildMain").getFirst();
        assertEquals(204, asAdmin("DELETE", "/api/v1/deployments/mixer", "").statusCode());
        house.await(READY, "the process has ended", () -> !child.isAlive());
        house.await(READY, "the name is free", () -> {
            try {
                return house.get("/v2/models/mixer").statusCode() == 404;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(List.of(), house.stop(), house::output);
    }
}
