package org.layerzoo.registry.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.registry.Answer;
import org.layerzoo.registry.Client;
import org.layerzoo.registry.JarFixture;
import org.layerzoo.registry.TestRegistry;
import tools.jackson.databind.JsonNode;

/** The protocol, batching and its bounds, in front of a process that answers what the test wants. */
class InferenceApiTest {
    private static final String MODEL = "/v2/models/doubler";
    private static final String INFER = MODEL + "/infer";
    private static TestRegistry registry;
    private static Client client;
    private static Client user;
    private static FakeModel model;
    private static FakeHost host;
    private static java.util.concurrent.ScheduledExecutorService beats;

    @BeforeAll
    static void deploy() {
        registry = TestRegistry.shared();
        registry.add(JarFixture.of("doubler"), "doubler");
        client = registry.anonymous();
        user = registry.withScopes("read", "run");
        model = new FakeModel();
        host = new FakeHost(registry, "inference-host");
        user.send(
                        "PUT",
                        "/api/v1/deployments/doubler",
                        "{\"plugin\":\"doubler\",\"limits\":{\"queue\":4,\"maxBatch\":8,\"maxDelayMillis\":100}}")
                .is(201);
        JsonNode hosted = host.serve("doubler", model.port());
        beats = java.util.concurrent.Executors.newSingleThreadScheduledExecutor();
        beats.scheduleAtFixedRate(
                () -> host.beat(List.of(FakeHost.ready(hosted, model.port()))),
                0,
                500,
                java.util.concurrent.TimeUnit.MILLISECONDS);
        TestRegistry.await(
                "the model to be ready", () -> client.get(MODEL + "/ready").status() == 200);
    }

    @AfterAll
    static void undeploy() {
        beats.shutdownNow();
        user.delete("/api/v1/deployments/doubler").is(204);
        host.beat(List.of());
        model.close();
    }

    @AfterEach
    void forget() {
        model.release();
        model.rows.clear();
        model.seen.clear();
    }

    private static String body(float first) {
        return "{\"id\":\"r\",\"inputs\":[{\"name\":\"x\",\"shape\":[1,1,4],\"datatype\":\"FP32\",\"data\":[" + first
                + ",2,3,4]}]}";
    }

    private static Answer error(Answer answer, int status, String code) {
        answer.is(status);
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        assertThat(answer.header("Problem-Code")).isEqualTo(code);
        assertThat(answer.json().propertyNames()).containsExactly("error");
        assertThat(answer.json().path("error").asString()).isNotBlank();
        return answer;
    }

    @Test
    void theServerSaysWhatItIsAndThatItIsThere() {
        assertThat(client.get("/v2").is(200).json().path("name").asString()).isEqualTo("layerzoo");
        assertThat(client.get("/v2").json().path("extensions").toString()).contains("binary_tensor_data");
        assertThat(client.get("/v2/health/live").is(200).json().path("live").asBoolean())
                .isTrue();
        assertThat(client.get("/v2/health/ready").is(200).json().path("ready").asBoolean())
                .isTrue();
        assertThat(client.get(MODEL + "/ready").is(200).json().path("ready").asBoolean())
                .isTrue();
        JsonNode about = client.get(MODEL).is(200).json();
        assertThat(about.path("name").asString()).isEqualTo("doubler");
        assertThat(about.path("inputs").get(0).toString())
                .isEqualTo("{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,-1,4]}");
        String version = about.path("versions").get(0).asString();
        client.get(MODEL + "/versions/" + version).is(200);
        client.get(MODEL + "/versions/" + version + "/ready").is(200);
        client.post(MODEL + "/versions/" + version + "/infer", body(1)).is(200);
        error(client.get(MODEL + "/versions/9.9"), 404, "version-unknown");
        error(client.get("/v2/models/nobody"), 404, "deployment-unknown");
        error(client.get("/v2/models/nobody/ready"), 404, "deployment-unknown");
        error(client.post("/v2/models/nobody/infer", body(1)), 404, "deployment-unknown");
        error(client.get("/v2/nothing"), 404, "not-found");
        error(client.get(INFER), 405, "method-not-allowed");
    }

    @Test
    void numbersGoInAndOutAsJson() {
        String nested =
                "{\"id\":\"a-7\",\"parameters\":{\"trace\":\"t\",\"timeout\":5000000},\"inputs\":[{\"data\":[[[1,2.5,-3,4e0]]],"
                        + "\"datatype\":\"FP32\",\"shape\":[1,1,4],\"name\":\"x\"}],\"outputs\":[{\"name\":\"y\"}]}";
        JsonNode answer = client.post(INFER, nested).is(200).json();
        assertThat(answer.path("id").asString()).isEqualTo("a-7");
        assertThat(answer.path("model_name").asString()).isEqualTo("doubler");
        assertThat(answer.path("parameters").toString()).isEqualTo("{\"trace\":\"t\"}");
        assertThat(answer.at("/outputs/0").toString())
                .isEqualTo("{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[1,1,4],\"data\":[2.0,5.0,-6.0,8.0]}");
    }

    @Test
    void bytesGoInAndOutBehindTheJson() {
        byte[] json =
                ("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2,4],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":32}}],"
                                + "\"parameters\":{\"binary_data_output\":true}}")
                        .getBytes(StandardCharsets.UTF_8);
        byte[] body = Bytes.join(json, Bytes.of(1, 2, 3, 4, 5, 6, 7, 8));
        Answer answer = Bytes.post(client.with(Calls.HEADER_LENGTH, "" + json.length), INFER, body)
                .is(200);
        int header = Integer.parseInt(answer.header(Calls.HEADER_LENGTH));
        assertThat(answer.header("Content-Type")).isEqualTo("application/octet-stream");
        assertThat(new String(answer.bytes(), 0, header, StandardCharsets.UTF_8))
                .contains("\"binary_data_size\":32")
                .doesNotContain("\"data\"");
        assertThat(java.util.Arrays.copyOfRange(answer.bytes(), header, answer.bytes().length))
                .isEqualTo(Bytes.of(2, 4, 6, 8, 10, 12, 14, 16));
    }

    @Test
    void aPackedBodyIsUnpackedWithinItsBound() throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(body(1).getBytes(StandardCharsets.UTF_8));
        }
        Bytes.post(client.with("Content-Encoding", "gzip"), INFER, packed.toByteArray())
                .is(200);
        var bomb = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bomb)) {
            gzip.write(new byte[Bodies.MOST + 1]);
        }
        error(Bytes.post(client.with("Content-Encoding", "gzip"), INFER, bomb.toByteArray()), 413, "body-too-large");
        error(
                Bytes.post(client.with("Content-Encoding", "br"), INFER, packed.toByteArray()),
                415,
                "media-type-unsupported");
        error(Bytes.post(client.with("Content-Encoding", "gzip"), INFER, new byte[] {1, 2, 3}), 400, "body-unreadable");
        byte[] half = Arrays.copyOf(packed.toByteArray(), packed.size() / 2);
        error(Bytes.post(client.with("Content-Encoding", "gzip"), INFER, half), 400, "body-unreadable");
        error(Bytes.post(client.with("Content-Encoding", "gzip"), INFER, new byte[0]), 400, "body-unreadable");
        error(Bytes.post(client.with("Content-Encoding", "deflate"), INFER, new byte[] {0x78}), 400, "body-unreadable");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1,1,3] | FP32 | [1,2,3] | expected [-1, -1, 4]",
                "[1,4] | FP32 | [1,2,3,4] | expected [-1, -1, 4]",
                "[1,1,4] | FP64 | [1,2,3,4] | expected FP32",
                "[1,1,4] | BYTES | [\"a\"] | expected a datatype",
                "[1,1,4] | FP32 | [1,2,3] | given 3",
                "[1,1,4] | FP32 | [1,2,3,4,5] | given more",
                "[1,1,4] | FP32 | [1,2,3,NaN] | JSON",
                "[1,1,4] | FP32 | [1,2,3,1e39] | does not fit FP32",
                "[1,1,4] | FP32 | [1,2,3,null] | is no FP32",
                "[1,1,4] | FP32 | [1,2,3,\"4\"] | is no FP32",
                "[1,1,4] | FP16 | [1,2,3,4] | binary data only",
                "[0,1,4] | FP32 | [] | 1 or more",
                "[-1,1,4] | FP32 | [1,2,3,4] | sizes from 0",
                "[1,1000000000,4] | FP32 | [1] | does not fill",
                "[99999999999,1,4] | FP32 | [1] | sizes from 0",
                "[1.5,1,4] | FP32 | [1] | whole numbers",
            })
    void whatDoesNotFitIsRefused(String shape, String datatype, String data, String why) {
        String body = "{\"inputs\":[{\"name\":\"x\",\"shape\":" + shape + ",\"datatype\":\"" + datatype + "\",\"data\":"
                + data + "}]}";
        Answer answer = error(client.post(INFER, body), 400, "tensors-invalid");
        assertThat(answer.json().path("error").asString()).contains(why);
    }

    @Test
    void wrongNamesSizesAndHeadersAreRefused() {
        String x = "{\"name\":\"x\",\"shape\":[1,1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}";
        for (String body : List.of(
                "{\"inputs\":[]}",
                "{\"inputs\":[" + x + "," + x + "]}",
                "{\"inputs\":[" + x.replace("\"x\"", "\"z\"") + "]}",
                "{\"inputs\":[" + x + "],\"outputs\":[{\"name\":\"z\"}]}",
                "{\"inputs\":[" + x + "],\"parameters\":{\"timeout\":-1}}",
                "{\"inputs\":[" + x + "],\"parameters\":{\"binary_data_output\":1}}",
                "{\"inputs\":[" + x + "],\"id\":7}",
                "{\"inputs\":{}}",
                "[]",
                "",
                "{\"inputs\":[" + x + "]} more",
                "{\"inputs\":[" + "[".repeat(600) + "]}",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1,4],\"datatype\":\"FP32\"}]}",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1,4],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":16}}]}")) {
            error(client.post(INFER, body), 400, "tensors-invalid");
        }
        error(client.with(Calls.HEADER_LENGTH, "-5").post(INFER, body(1)), 400, "tensors-invalid");
        error(client.with(Calls.HEADER_LENGTH, "99999").post(INFER, body(1)), 400, "tensors-invalid");
        error(client.with(Calls.HEADER_LENGTH, "10").post(INFER, body(1)), 400, "tensors-invalid");
        for (var encoding : List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, Charset.forName("UTF-32"))) {
            byte[] wide = ("{\"parameters\":{\"a\":1},\"inputs\":[" + x + "]}").getBytes(encoding);
            assertThat(error(Bytes.post(client, INFER, wide), 400, "tensors-invalid")
                            .json()
                            .path("error")
                            .asString())
                    .contains("UTF-8");
        }
        assertThat(model.rows).as("nothing of this reached the model").isEmpty();
    }

    @Test
    void requestsThatWaitTogetherAreComputedTogetherAndEachGetsItsRows() {
        model.hold();
        CompletableFuture<Answer> first = send(1);
        TestRegistry.await("the first to be computed", model::waits);
        List<CompletableFuture<Answer>> others =
                IntStream.range(10, 14).mapToObj(InferenceApiTest::send).toList();
        TestRegistry.await("four to wait", () -> waiting() == 4);
        model.release();
        assertThat(value(first)).isEqualTo(2);
        for (int i = 0; i < 4; i++) {
            assertThat(value(others.get(i))).isEqualTo(2 * (10 + i));
        }
        assertThat(model.rows).containsExactly(1, 4);
    }

    @Test
    void onlyRequestsOfOneShapeAreComputedTogether() {
        model.hold();
        CompletableFuture<Answer> first = send(1);
        TestRegistry.await("the first to be computed", model::waits);
        CompletableFuture<Answer> shorter = send(5);
        String longer =
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2,4],\"datatype\":\"FP32\",\"data\":[7,0,0,0,0,0,0,0]}]}";
        CompletableFuture<Answer> other = CompletableFuture.supplyAsync(() -> client.post(INFER, longer), ASYNC);
        TestRegistry.await("both to wait", () -> waiting() == 2);
        model.release();
        assertThat(value(first)).isEqualTo(2);
        assertThat(value(shorter)).isEqualTo(10);
        assertThat(value(other)).isEqualTo(14);
        assertThat(model.rows).containsExactly(1, 1, 1);
    }

    @Test
    void aRequestThatTheModelRefusesFailsAlone() {
        model.hold();
        CompletableFuture<Answer> first = send(1);
        TestRegistry.await("the first to be computed", model::waits);
        CompletableFuture<Answer> good = send(3);
        CompletableFuture<Answer> bad = send(666);
        CompletableFuture<Answer> fine = send(4);
        TestRegistry.await("three to wait", () -> waiting() == 3);
        model.release();
        assertThat(value(first)).isEqualTo(2);
        assertThat(value(good)).isEqualTo(6);
        assertThat(value(fine)).isEqualTo(8);
        error(bad.join(), 422, "inference-failed");
    }

    @Test
    void oneMoreThanTheQueueHoldsIsTurnedAway() {
        model.hold();
        CompletableFuture<Answer> first = send(1);
        TestRegistry.await("the first to be computed", model::waits);
        List<CompletableFuture<Answer>> waiting =
                IntStream.range(0, 4).mapToObj(InferenceApiTest::send).toList();
        TestRegistry.await("four to wait", () -> waiting() == 4);
        Answer refused = error(client.post(INFER, body(9)), 429, "overloaded");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        model.release();
        first.join().is(200);
        waiting.forEach(one -> one.join().is(200));
        assertThat(model.seen).doesNotContain(9f);
        assertThat(metric("zoo_serving_requests_seconds_count", "rejected")).isGreaterThanOrEqualTo(1);
        assertThat(metric("zoo_serving_batch_rows_count", "doubler")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void whoSetsADeadlineIsAnsweredWhenItIsOver() {
        model.hold();
        CompletableFuture<Answer> first = send(1);
        TestRegistry.await("the first to be computed", model::waits);
        String hurried = body(8).replace("\"id\"", "\"parameters\":{\"timeout\":20000},\"id\"");
        error(client.post(INFER, hurried), 504, "deadline-exceeded");
        model.release();
        first.join().is(200);
        client.post(INFER, body(2)).is(200);
        assertThat(model.seen).as("nobody waited for it").doesNotContain(8f);
    }

    @Test
    void aCallerThatHangsUpIsNotComputedFor() throws IOException {
        model.hold();
        CompletableFuture<Answer> first = send(1);
        TestRegistry.await("the first to be computed", model::waits);
        URI address = URI.create(client.base());
        try (var socket = new Socket(address.getHost(), address.getPort())) {
            byte[] body = body(55).getBytes(StandardCharsets.UTF_8);
            String head =
                    "POST " + INFER + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n\r\n";
            socket.getOutputStream().write(Bytes.join(head.getBytes(StandardCharsets.US_ASCII), body));
            socket.getOutputStream().flush();
            TestRegistry.await("it to wait", () -> waiting() == 1);
        }
        TestRegistry.await("it to be taken out", () -> waiting() == 0);
        model.release();
        first.join().is(200);
        client.post(INFER, body(2)).is(200);
        assertThat(model.seen).doesNotContain(55f);
        assertThat(metric("zoo_serving_requests_seconds_count", "cancelled")).isGreaterThanOrEqualTo(1);
    }

    @Test
    void anOutputThatJsonCannotSayIsToBeAskedForAsBytes() {
        error(client.post(INFER, body(777)), 422, "output-not-finite");
        String binary = body(777)
                .replace("\"id\"", "\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":true}}],\"id\"");
        client.post(INFER, binary).is(200);
    }

    @Test
    void aSessionTakesTokensAndStreamsTheirOutputs() {
        JsonNode session =
                client.post(MODEL + "/sessions", Map.of("batch", 1)).is(201).json();
        assertThat(session.path("idleSeconds").asInt()).isEqualTo(600);
        String steps = MODEL + "/sessions/" + session.path("id").asString() + "/steps";
        String three = "{\"id\":\"s\",\"inputs\":[{\"name\":\"x\",\"shape\":[1,3,4],\"datatype\":\"FP32\","
                + "\"data\":[1,0,0,0,2,0,0,0,3,0,0,0]}]}";
        assertThat(client.post(steps, three)
                        .is(200)
                        .json()
                        .at("/outputs/0/shape")
                        .toString())
                .isEqualTo("[1,3,4]");
        Answer events =
                client.with("Accept", "text/event-stream").post(steps, three).is(200);
        assertThat(events.header("Content-Type")).startsWith("text/event-stream");
        List<String> data = new ArrayList<>(
                events.text().lines().filter(l -> l.startsWith("data: ")).toList());
        assertThat(data).hasSize(4);
        assertThat(data.get(1)).contains("\"shape\":[1,1,4]").contains("[2.0,0.0,0.0,0.0]");
        assertThat(events.text()).endsWith("event: done\ndata: {}\n\n");
        error(client.post(MODEL + "/sessions/other/steps", three), 404, "session-unknown");
        error(
                client.with("Accept", "text/event-stream").post(MODEL + "/sessions/other/steps", three),
                404,
                "session-unknown");
        client.delete(MODEL + "/sessions/s-1").is(204);
        error(client.delete(MODEL + "/sessions/other"), 404, "session-unknown");
        error(client.post(MODEL + "/sessions", Map.of("batch", 0)), 400, "invalid-request");
    }

    @Test
    void aStreamThatBreaksOffSaysSoAsItsLastEvent() {
        String steps = MODEL + "/sessions/s-1/steps";
        String dying = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3,4],\"datatype\":\"FP32\","
                + "\"data\":[1,0,0,0,555,0,0,0,3,0,0,0]}]}";
        double before = metric("zoo_serving_requests_seconds_count", "unavailable");
        Answer events =
                client.with("Accept", "text/event-stream").post(steps, dying).is(200);
        List<String> blocks = List.of(events.text().split("\n\n"));
        assertThat(blocks).hasSize(2);
        assertThat(blocks.getFirst()).startsWith("data: {\"model_name\"");
        assertThat(blocks.getLast())
                .startsWith("event: error\ndata: {\"error\":")
                .contains("its sessions are lost");
        assertThat(metric("zoo_serving_requests_seconds_count", "unavailable")).isEqualTo(before + 1);
        error(client.post(steps, dying.replace("1,0,0,0,555", "555,0,0,0,1")), 503, "deployment-not-ready");
    }

    @Test
    void outputsThatDoNotFitTheirShapesAreAFailureOfTheModel() {
        error(client.post(INFER, body(888)), 422, "inference-failed");
        client.post(INFER, body(1)).is(200);
    }

    private static final java.util.concurrent.Executor ASYNC =
            task -> Thread.ofPlatform().daemon().start(task);

    private static CompletableFuture<Answer> send(int first) {
        return CompletableFuture.supplyAsync(() -> client.post(INFER, body(first)), ASYNC);
    }

    private static float value(CompletableFuture<Answer> answer) {
        return (float) answer.join().is(200).json().at("/outputs/0/data/0").asDouble();
    }

    private static double metric(String name, String tag) {
        return client.get("/actuator/prometheus")
                .is(200)
                .text()
                .lines()
                .filter(line -> line.startsWith(name) && line.contains("doubler") && line.contains(tag))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static int waiting() {
        return (int) client.get("/actuator/prometheus")
                .text()
                .lines()
                .filter(line -> line.startsWith("zoo_serving_queue{") && line.contains("doubler"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
