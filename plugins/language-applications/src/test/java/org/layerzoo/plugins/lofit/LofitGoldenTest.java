package org.layerzoo.plugins.lofit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.config.Configs;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Rope;

/** The map of the released attention with and without cached keys. */
class LofitGoldenTest {
    private static final int PAST = 3;
    private final Draws draws = Draws.seeded(9);
    private final Tensors params = Tensors.of("q_proj.weight", normal("q", 8, 8), "k_proj.weight", normal("k", 4, 8))
            .with("v_proj.weight", normal("v", 4, 8))
            .with("o_proj.weight", normal("o", 8, 8))
            .with("attn_A.1", normal("A", 4))
            .with("attn_v.0", normal("a", 4));

    private Tensor normal(String name, int... dims) {
        return draws.normal(name, DType.F64, dims);
    }

    private Tensor run(Tensors in) {
        String config = "{\"hidden\":8,\"heads\":2,\"kv_heads\":1,\"mode\":\"both\",\"past\":" + PAST + "}";
        GoldenCase c = new GoldenCase(
                "lofit", "case", "layer", Configs.mapper().readTree(config), in, params, Optional.empty());
        return new LofitProvider().golden().getFirst().run(c).get("y");
    }

    @Test
    void tokensAfterACacheGiveWhatTheyGiveInTheWholeSequence() {
        Tensor x = normal("x", 2, 5, 8);
        Tensor whole = run(Tensors.of("x", x));
        Tensor first = x.slice(1, 0, PAST);
        Tensor keys = Rope.halves(10000)
                .rotate(Heads.split(first.matmulT(params.get("k_proj.weight")), 1), Ops.iota(DType.I64, PAST));
        Tensor values = Heads.split(first.matmulT(params.get("v_proj.weight")), 1);
        Tensor rest = run(Tensors.of("x", x.slice(1, PAST, 5), "past_k", keys, "past_v", values));
        assertEquals(0, Errors.relative(rest, whole.slice(1, PAST, 5)), 1e-12);
    }

    @Test
    void aCacheWithoutValuesIsRefusedAndNamed() {
        Tensors in = Tensors.of("x", normal("x", 1, 2, 8), "past_k", normal("past", 1, 1, PAST, 4));
        ZooException e = assertThrows(ZooException.class, () -> run(in));
        assertTrue(e.getMessage().contains("past_k"), e.getMessage());
    }
}
