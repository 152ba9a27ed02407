package org.layerzoo.plugins.flashattention2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** What the map of attention_ref does with masks, biases and draws. */
class FlashAttention2GoldenTest {
    private final Draws draws = Draws.seeded(7);
    private final Tensors qkv = Tensors.of("q", draws.normal("q", DType.F64, 2, 3, 2, 4))
            .with("k", draws.normal("k", DType.F64, 2, 5, 2, 4))
            .with("v", draws.normal("v", DType.F64, 2, 5, 2, 4));

    private static Tensors run(Tensors in, String more) {
        String config = "{\"H\":2,\"Hk\":2,\"d\":4,\"causal\":false" + more + "}";
        GoldenCase c = new GoldenCase(
                "flash-attention-2",
                "case",
                "op",
                Configs.mapper().readTree(config),
                in,
                Tensors.empty(),
                Optional.empty());
        return new FlashAttention2Golden().run(c);
    }

    @Test
    void dropoutWithoutARecordedDrawKeepsAllAndScales() {
        Tensor plain = run(qkv, "").get("o");
        assertEquals(0, Errors.relative(run(qkv, ",\"dropout_p\":0.5").get("o"), plain.mul(2)), 1e-12);
    }

    @Test
    void aBiasThatHidesKeysEqualsTheirPadding() {
        double hidden = Double.NEGATIVE_INFINITY;
        Tensor bias = Tensor.of(new double[] {0, 0, 0, 0, hidden, 0, 0, hidden, hidden, hidden}, 2, 1, 1, 5);
        Tensor mask = Tensor.of(new boolean[] {true, true, true, true, false, true, true, false, false, false}, 2, 5);
        Tensors biased = run(qkv.with("attn_bias", bias), "");
        Tensors padded = run(qkv.with("key_padding_mask", mask), "");
        assertEquals(0, Errors.relative(biased.get("o"), padded.get("o")), 1e-12);
        assertEquals(0, Errors.relative(biased.get("lse"), padded.get("lse")), 1e-12);
    }

    @Test
    void lengthsEqualTheMaskTheyStandFor() {
        Tensor mask = Tensor.of(new boolean[] {true, true, false, true, true, true}, 2, 3);
        Tensors masked = run(qkv.with("query_padding_mask", mask), ",\"window_left\":1");
        Tensors counted = run(qkv.with("seqlens_q", Tensor.of(new int[] {2, 3}, 2)), ",\"window_left\":1");
        for (String name : masked.names()) {
            assertEquals(0, Errors.maxAbs(counted.get(name), masked.get(name)), name);
        }
    }

    @Test
    void aMaskWithAHoleIsRefusedAndNamed() {
        Tensor mask = Tensor.of(new long[] {1, 0, 1, 1, 1, 1, 1, 1, 1, 1}, 2, 5);
        ZooException e = assertThrows(ZooException.class, () -> run(qkv.with("key_padding_mask", mask), ""));
        assertTrue(e.getMessage().contains("key_padding_mask"), e.getMessage());
    }
}
