package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.runner.child.Outcome;
import org.layerzoo.runner.serve.Wire;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Real plugins in a serving process, spoken to on its socket. */
class ServeTest {
    private static final int LENGTH = 9;
    /** Rounding of 32-bit sums in another order, at nine tokens of width 64 or less. */
    private static final double ROUNDING = 2e-5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"mamba", "deltanet", "flash-attention-2"})
    void tokenByTokenEqualsTheWholeSequence(String id) throws Exception {
        try (ServingChild child = ServingChild.of(folder, id, spec(id))) {
            JsonNode model = child.ready();
            assertTrue(model.path("streams").asBoolean(), model::toString);
            List<ServingChild.Sent> in = inputs(model, 2);
            float[] whole = floats(child.call(infer(), in).getFirst());
            String session = open(child, 2);
            List<Wire.Frame> steps = child.call(step(session).put("stream", true), in);
            assertEquals(LENGTH, steps.size());
            assertTrue(distance(whole, joined(steps, 2)) < ROUNDING, "one row an answer");
            String chunked = open(child, 2);
            List<Wire.Frame> parts = new ArrayList<>();
            for (int[] cut : new int[][] {{0, 4}, {4, 5}, {5, LENGTH}}) {
                parts.addAll(child.call(step(chunked), cut(model, in, 2, cut[0], cut[1])));
            }
            assertTrue(distance(whole, joined(parts, 2)) < ROUNDING, "pieces of several tokens");
            assertTrue(child.call(Wire.head().put("op", "close").put("session", session), List.of())
                    .getFirst()
                    .head()
                    .path("closed")
                    .asBoolean());
            assertEquals("session-unknown", child.error(step(session), in));
        }
    }

    @Test
    void aWrongRequestIsAnsweredAndTheNextOneIsServed() throws Exception {
        try (ServingChild child = ServingChild.of(folder, "mamba", spec("mamba"))) {
            List<ServingChild.Sent> in = inputs(child.ready(), 1);
            var narrow = new ServingChild.Sent("x", "FP32", new int[] {1, 4, 3}, new byte[48]);
            assertEquals("bad-input", child.error(infer(), List.of(narrow)));
            assertEquals("bad-input", child.error(infer(), List.of()));
            var huge = new ServingChild.Sent("x", "FP32", new int[] {65536, 65536, 65536}, new byte[0]);
            assertEquals("bad-input", child.error(infer(), List.of(huge)));
            var cut = new ServingChild.Sent("x", "FP32", in.getFirst().shape(), new byte[8]);
            assertEquals("bad-input", child.error(infer(), List.of(cut)));
            assertEquals("bad-input", child.error(Wire.head().put("op", "nonsense"), List.of()));
            assertTrue(floats(child.call(infer(), in).getFirst()).length > 0);
        }
    }

    @Test
    void sessionsAreBoundedAndExpire() throws Exception {
        ObjectNode spec = spec("deltanet").put("sessions", 1).put("idleSeconds", 1);
        try (ServingChild child = ServingChild.of(folder, "deltanet", spec)) {
            child.ready();
            String first = open(child, 1);
            assertEquals("session-limit", child.error(Wire.head().put("op", "open"), List.of()));
            child.await("the idle session to expire", () -> {
                List<Wire.Frame> answer = child.call(Wire.head().put("op", "sessions"), List.of());
                return answer.getFirst().head().path("sessions").asInt() == 0;
            });
            assertEquals("session-unknown", child.error(step(first), List.of()));
            open(child, 1);
        }
    }

    @Test
    void aComputationThatTakesTooLongEndsTheProcessWithTheReason() throws Exception {
        ObjectNode spec = spec("flash-attention-2").put("requestMillis", 1).put("warmupRuns", 0);
        try (ServingChild child = ServingChild.of(folder, "flash-attention-2", spec)) {
            JsonNode model = child.ready();
            try {
                child.call(infer(), inputs(model, 64, 512));
            } catch (IOException _) {
                // the process ended while the answer was awaited
            }
            Outcome outcome = child.outcome().get(60, TimeUnit.SECONDS);
            String detail =
                    assertInstanceOf(Outcome.Failed.class, outcome).problem().detail();
            assertTrue(detail.contains("a request took longer than its 0.001 s"), detail);
        }
    }

    @Test
    void officialWeightsAreServedUnderTheirOwnNamesAndGiveTheAuthorsNumbers() throws Exception {
        Path golden = Cli.golden("mamba", "layer-t21-n16.safetensors", folder);
        ObjectNode spec = spec("mamba").put("weights", golden.toString()).put("official", true);
        Tensors tensors = Safetensors.read(golden).tensors();
        try (ServingChild child = ServingChild.of(folder, "mamba", spec)) {
            child.ready();
            Tensor x = tensors.under("in.").tensors().iterator().next();
            var sent = new ServingChild.Sent(
                    "x", "FP32", x.shape().dims(), x.cast(DType.F32).segment().toArray(ValueLayout.JAVA_BYTE));
            float[] y = floats(child.call(infer(), List.of(sent)).getFirst());
            Tensor reference = tensors.get("out.y").cast(DType.F32);
            assertTrue(distance(floats(reference.segment().toArray(ValueLayout.JAVA_BYTE)), y) < 1e-4);
        }
    }

    @Test
    void officialWeightsWithoutTheAuthorsConfigAreRefusedWithTheReason() throws Exception {
        Path own = folder.resolve("bare.safetensors");
        Safetensors.write(own, Tensors.of("w", Tensor.ones(DType.F32, 2)), Map.of());
        ObjectNode spec = spec("mamba").put("weights", own.toString()).put("official", true);
        try (ServingChild child = ServingChild.of(folder, "mamba", spec)) {
            Outcome outcome = child.outcome().get(60, TimeUnit.SECONDS);
            String detail =
                    assertInstanceOf(Outcome.Refused.class, outcome).problem().detail();
            assertTrue(detail.contains("need the authors' config"), detail);
        }
    }

    @Test
    void onlyWhoKnowsTheSecretIsAnswered() throws Exception {
        try (ServingChild child = ServingChild.of(folder, "mamba", spec("mamba"))) {
            child.ready();
            assertTrue(child.greeting("another").isEmpty());
        }
    }

    private static ObjectNode spec(String id) {
        return Wire.head().put("id", id).put("dtype", "f32");
    }

    private static ObjectNode infer() {
        return Wire.head().put("op", "infer");
    }

    private static ObjectNode step(String session) {
        return Wire.head().put("op", "step").put("session", session);
    }

    private static String open(ServingChild child, int batch) throws IOException {
        return child.call(Wire.head().put("op", "open").put("batch", batch), List.of())
                .getFirst()
                .head()
                .path("session")
                .asString();
    }

    private static List<ServingChild.Sent> inputs(JsonNode model, int rows) {
        return inputs(model, rows, LENGTH);
    }

    /** Normal numbers for each required input. */
    private static List<ServingChild.Sent> inputs(JsonNode model, int rows, int length) {
        Random random = new Random(7);
        List<ServingChild.Sent> out = new ArrayList<>();
        for (JsonNode port : model.path("inputs")) {
            if (!port.path("required").asBoolean()) {
                continue;
            }
            int[] shape = new int[port.path("shape").size()];
            for (int i = 0; i < shape.length; i++) {
                String axis = port.path("axes").get(i).asString();
                int size = port.path("shape").get(i).asInt();
                shape[i] = axis.equals("B") ? rows : size < 0 ? length : size;
            }
            ByteBuffer data = ByteBuffer.allocate(4 * Arrays.stream(shape).reduce(1, (a, b) -> a * b))
                    .order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                data.putFloat((float) random.nextGaussian());
            }
            out.add(new ServingChild.Sent(port.path("name").asString(), "FP32", shape, data.array()));
        }
        return out;
    }

    /** Tokens from..to of each input; the token axis is the one whose size is free and is not the batch. */
    private static List<ServingChild.Sent> cut(JsonNode model, List<ServingChild.Sent> in, int rows, int from, int to) {
        List<ServingChild.Sent> out = new ArrayList<>();
        for (ServingChild.Sent sent : in) {
            int axis = tokenAxis(model.path("inputs"), sent.name());
            int[] shape = sent.shape().clone();
            int outer = Arrays.stream(shape, 0, axis).reduce(1, (a, b) -> a * b);
            int inner = 4 * Arrays.stream(shape, axis + 1, shape.length).reduce(1, (a, b) -> a * b);
            ByteBuffer data = ByteBuffer.allocate(outer * (to - from) * inner);
            for (int o = 0; o < outer; o++) {
                data.put(sent.data(), (o * shape[axis] + from) * inner, (to - from) * inner);
            }
            shape[axis] = to - from;
            out.add(new ServingChild.Sent(sent.name(), sent.datatype(), shape, data.array()));
        }
        return out;
    }

    private static int tokenAxis(JsonNode ports, String name) {
        for (JsonNode port : ports) {
            if (port.path("name").asString().equals(name)) {
                List<String> axes =
                        port.path("axes").valueStream().map(JsonNode::asString).toList();
                return axes.indexOf("T");
            }
        }
        throw new AssertionError("no port " + name + " in " + ports);
    }

    private static float[] floats(Wire.Frame frame) {
        return floats(frame.body());
    }

    private static float[] floats(byte[] bytes) {
        float[] out = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(out);
        return out;
    }

    /** The first output of the answers, put together along its token axis, which is 1 or, behind heads, 2. */
    private static float[] joined(List<Wire.Frame> frames, int rows) {
        JsonNode shape = frames.getFirst().head().path("outputs").get(0).path("shape");
        int axis = shape.size() - 2;
        int outer = 1;
        for (int i = 0; i < axis; i++) {
            outer *= shape.get(i).asInt();
        }
        assertEquals(rows, shape.get(0).asInt());
        List<Float> all = new ArrayList<>();
        for (int o = 0; o < outer; o++) {
            for (Wire.Frame frame : frames) {
                JsonNode own = frame.head().path("outputs").get(0).path("shape");
                int size = own.get(axis).asInt() * own.get(axis + 1).asInt();
                float[] values = floats(frame);
                for (int i = 0; i < size; i++) {
                    all.add(values[o * size + i]);
                }
            }
        }
        float[] out = new float[all.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = all.get(i);
        }
        return out;
    }

    private static double distance(float[] a, float[] b) {
        assertEquals(a.length, b.length);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            difference += Math.pow(a[i] - b[i], 2);
            norm += Math.pow(a[i], 2);
        }
        assertTrue(norm > 0);
        return Math.sqrt(difference / norm);
    }
}
