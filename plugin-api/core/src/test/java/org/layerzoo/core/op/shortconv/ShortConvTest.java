package org.layerzoo.core.op.shortconv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.ids;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;

class ShortConvTest {
    @Test
    void theLastTapMeetsTheCurrentToken() {
        Tensor x = f64(shape(1, 3, 1), 1, 2, 3);
        Tensor w = f64(shape(1, 2), 10, 1);
        TokenConv.Convolved c =
                onReference(() -> Fused.shortConv(x, w).bias(row(100)).run());
        near(c.y(), shape(1, 3, 1), 101, 112, 123);
        near(c.state(), shape(1, 1, 1), 3);
        Tensor silu = onReference(
                () -> Fused.shortConv(x, w).activation(Activation.SILU).run().y());
        assertEquals(12 / (1 + Math.exp(-12)), silu.get(0, 1, 0), 1e-12);
    }

    @Test
    void stepsFromTheStateEqualTheWhole() {
        Tensor x = random(1, 2, 7, 3);
        Tensor w = random(2, 3, 4);
        TokenConv.Convolved whole = onReference(() -> Fused.shortConv(x, w).run());
        TokenConv.Convolved first =
                onReference(() -> Fused.shortConv(x.slice(1, 0, 2), w).run());
        TokenConv.Convolved rest = onReference(
                () -> Fused.shortConv(x.slice(1, 2, 7), w).from(first.state()).run());
        assertArrayEquals(
                onReference(() -> whole.y().slice(1, 2, 7)).toDoubles(),
                rest.y().toDoubles(),
                1e-12);
        assertArrayEquals(whole.state().toDoubles(), rest.state().toDoubles());
    }

    @Test
    void packedSamplesDoNotMeet() {
        Tensor x = random(1, 1, 8, 3);
        Tensor w = random(2, 3, 4);
        Tensor states = random(3, 3, 3, 3);
        TokenConv.Convolved packed = onReference(() ->
                Fused.shortConv(x, w).from(states).packed(ids(0, 5, 6, 8), 5).run());
        int[] bounds = {0, 5, 6, 8};
        for (int s = 0; s < 3; s++) {
            int n = s;
            TokenConv.Convolved one = onReference(() -> Fused.shortConv(x.slice(1, bounds[n], bounds[n + 1]), w)
                    .from(states.slice(0, n, n + 1))
                    .run());
            assertArrayEquals(
                    one.y().toDoubles(),
                    onReference(() -> packed.y().slice(1, bounds[n], bounds[n + 1]))
                            .toDoubles(),
                    1e-12);
            assertArrayEquals(
                    one.state().toDoubles(),
                    onReference(() -> packed.state().slice(0, n, n + 1)).toDoubles());
        }
        Expect.gradientHolds(
                in -> {
                    TokenConv.Convolved c = Fused.shortConv(in.get(0), in.get(1))
                            .from(in.get(2))
                            .packed(ids(0, 5, 6, 8), 5)
                            .run();
                    return List.of(c.y(), c.state());
                },
                x,
                w,
                states);
    }

    @Test
    void aStateOfAnotherLengthIsRefused() {
        assertEquals(
                "short_conv: state of shape (n=1, W-1=3, C=2) expected, given F64(1, 4, 2)",
                Expect.error(() -> Fused.shortConv(random(1, 1, 5, 2), random(2, 2, 4))
                        .from(random(3, 1, 4, 2))
                        .run()));
    }
}
