package org.layerzoo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

/** A checkpoint as the authors' code writes it, names and layouts theirs, served without anything else said of it. */
class OfficialWeightsTest {
    /** Of 32-bit sums in another order. */
    private static final double ROUNDING = 1e-4;

    @TempDir
    private Path folder;

    /** The parameters of a golden file alone, without the prefix, under the config of the authors. */
    private Path checkpoint(Safetensors.Content golden, Tensors params) {
        Path file = folder.resolve("checkpoint.safetensors");
        Safetensors.write(file, params, Map.of("config", golden.metadata().get("config")));
        return file;
    }

    private static Safetensors.Content golden(String id, String name, Path folder) throws Exception {
        return Safetensors.read(Cli.golden(id, name + ".safetensors", folder));
    }

    private ServingChild serving(String reference, Path checkpoint) throws Exception {
        var spec = Wire.head().put("id", reference).put("dtype", "f32");
        spec.put("weights", checkpoint.toString()).put("official", true);
        return ServingChild.of(folder, reference.split("/")[0], spec);
    }

    @ParameterizedTest
    @CsvSource({"mom, m3-k1-noshared-nogate-t15", "spectformer/gating, sgn-5x7-b2", "urpe, noncausal-unique-t13-h2-b2"})
    void aCheckpointUnderOfficialNamesGivesTheAuthorsNumbers(String reference, String name) throws Exception {
        Safetensors.Content golden = golden(reference.split("/")[0], name, folder);
        Tensor x = golden.tensors().get("in.x").cast(DType.F32);
        Tensor y = golden.tensors().get("out.y").cast(DType.F32);
        Path checkpoint = checkpoint(golden, golden.tensors().under("param."));
        try (ServingChild child = serving(reference, checkpoint)) {
            child.ready();
            var sent = new ServingChild.Sent("x", "FP32", x.shape().dims(), bytes(x));
            Wire.Frame answer =
                    child.call(Wire.head().put("op", "infer"), List.of(sent)).getFirst();
            assertEquals("y", answer.head().at("/outputs/0/name").asString(), answer.head()::toString);
            Tensor served = Tensor.of(
                    floats(answer.body(), (int) y.shape().size()), y.shape().dims());
            double error = norm(served.sub(y)) / norm(y);
            assertTrue(error < ROUNDING, () -> reference + " is off by " + error);
        }
    }

    private static byte[] bytes(Tensor t) {
        return t.segment().toArray(ValueLayout.JAVA_BYTE);
    }

    /** The first numbers of a body, whose first output they are. */
    private static float[] floats(byte[] body, int count) {
        float[] values = new float[count];
        java.nio.ByteBuffer.wrap(body)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    private static double norm(Tensor t) {
        double sum = 0;
        for (double v : t.toDoubles()) {
            sum += v * v;
        }
        return Math.sqrt(sum);
    }

    @Test
    void namesThatDoNotFitAreAllToldWithThoseThatWereExpected() throws Exception {
        Safetensors.Content golden = golden("mom", "m3-k1-noshared-nogate-t15", folder);
        Tensors params = golden.tensors().under("param.");
        Tensors renamed = params.without("q_proj.weight").with("query.weight", params.get("q_proj.weight"));
        String detail = refusal("mom", checkpoint(golden, renamed));
        assertTrue(detail.contains("unknown 'query.weight'; missing 'q_proj.weight' (16, 14)"), detail);
        assertTrue(detail.contains("expected the names of one of its golden files"), detail);
    }

    @Test
    void weightsOfAPartSayWhichNamesALayerWants() throws Exception {
        Safetensors.Content golden = golden("hedgehog", "expdim-causal-skip-t14-h3", folder);
        String detail = refusal("hedgehog", checkpoint(golden, golden.tensors().under("param.")));
        assertTrue(detail.contains("none of its golden functions makes a layer of them"), detail);
        assertTrue(detail.contains("feature_map_q.mlp.layer"), detail);
    }

    private String refusal(String id, Path checkpoint) throws Exception {
        try (ServingChild child = serving(id, checkpoint)) {
            Outcome outcome = child.outcome().get(5, TimeUnit.MINUTES);
            return assertInstanceOf(Outcome.Refused.class, outcome).problem().detail();
        }
    }
}
