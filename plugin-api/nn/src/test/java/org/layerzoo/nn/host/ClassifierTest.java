package org.layerzoo.nn.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class ClassifierTest {
    private static EncoderConfig config(Mixer mixer, EncoderConfig.Pool pool) {
        return new EncoderConfig(
                9, 8, 2, 2, mixer, Channels.gelu(12), NormKind.LAYER, Positions.SINUSOIDAL, 6, pool, 8, 3);
    }

    private static Model one(Mixer mixer, EncoderConfig.Pool pool) {
        return Models.build("classifier", new ClassifierProvider(), config(mixer, pool), Mixers.catalogue());
    }

    @Test
    void whatLiesBehindTheLengthChangesNothing() {
        for (EncoderConfig.Pool pool : EncoderConfig.Pool.values()) {
            for (Mixer mixer : List.of(Mixer.attention(), Mixers.slot("token-mean"))) {
                Model m = one(mixer, pool);
                Tensor lengths = Tensor.of(new long[] {4, 6}, 2);
                Tensor a = Tensor.of(new long[] {1, 2, 3, 4, 0, 0, 1, 2, 3, 4, 5, 6}, 2, 6);
                Tensor b = Tensor.of(new long[] {1, 2, 3, 4, 8, 7, 1, 2, 3, 4, 5, 6}, 2, 6);
                Tensor ya = m.forward(Tensors.of("tokens", a, "lengths", lengths), Call.eval())
                        .get("y");
                Tensor yb = m.forward(Tensors.of("tokens", b, "lengths", lengths), Call.eval())
                        .get("y");
                assertArrayEquals(ya.toDoubles(), yb.toDoubles(), 1e-7);
                Tensor call = m.forward(Tensors.of("tokens", a), Call.eval().with(Seqs.padded(lengths)))
                        .get("y");
                assertArrayEquals(ya.toDoubles(), call.toDoubles());
                Tensor full = m.forward(Tensors.of("tokens", b), Call.eval()).get("y");
                assertTrue(Errors.relative(full, ya) > 1e-6, "without lengths the last tokens count");
            }
        }
    }

    @Test
    void attentionOverAPaddedRowEqualsTheRowAlone() {
        for (EncoderConfig.Pool pool : EncoderConfig.Pool.values()) {
            Model m = one(Mixer.attention(), pool);
            Tensor padded = Tensor.of(new long[] {1, 2, 3, 4, 0, 0}, 1, 6);
            Tensor y = m.forward(Tensors.of("tokens", padded, "lengths", Tensor.of(new long[] {4}, 1)), Call.eval())
                    .get("y");
            Tensor alone = m.forward(Tensors.of("tokens", padded.slice(1, 0, 4)), Call.eval())
                    .get("y");
            assertTrue(Errors.relative(y, alone) < 1e-5);
        }
    }

    @Test
    void swappingAPairSwapsItsVectorsAndFlipsOnlyTheDifference() {
        Model m = Models.build(
                "pair",
                new PairClassifierProvider(),
                config(Mixer.attention(), EncoderConfig.Pool.MEAN),
                Models.Options.of(5));
        Tensor ab = Tensor.of(new long[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 2, 4);
        Tensor ba = Tensor.of(new long[] {5, 6, 7, 8, 1, 2, 3, 4}, 1, 2, 4);
        Taps.Recorder first = Taps.recording("pooled");
        Taps.Recorder second = Taps.recording("pooled");
        Tensor y = m.forward(Tensors.of("tokens", ab), Call.eval().with(first)).get("y");
        m.forward(Tensors.of("tokens", ba), Call.eval().with(second));
        Tensor v = first.seen().get("pooled");
        Tensor w = second.seen().get("pooled");
        assertArrayEquals(v.select(0, 0).toDoubles(), w.select(0, 1).toDoubles(), 1e-7);
        assertArrayEquals(v.select(0, 1).toDoubles(), w.select(0, 0).toDoubles(), 1e-7);
        assertEquals(32, m.params().param("head.fc1.weight").spec().shape().dim(1));
        assertEquals(3, y.dim(1));
    }

    @Test
    void aClsRowNeedsAMixerThatLooksBothWays() {
        ZooException e =
                assertThrows(ZooException.class, () -> one(Mixers.slot("running-sum"), EncoderConfig.Pool.CLS));
        assertTrue(e.getMessage().contains("pool mean"), e.getMessage());
    }
}
