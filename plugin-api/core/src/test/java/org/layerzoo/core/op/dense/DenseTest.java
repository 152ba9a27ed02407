package org.layerzoo.core.op.dense;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.Tensor;

class DenseTest {
    @Test
    void linearMultipliesByTheTransposedWeight() {
        Tensor w = f64(shape(2, 3), 1, 2, 3, 4, 5, 6);
        near(onReference(() -> Fused.linear(f64(shape(1, 1, 3), 1, 0, -1), w, row(10, 20))), shape(1, 1, 2), 8, 18);
        near(onReference(() -> Fused.linear(row(1, 0, -1), w, Activation.RELU)), shape(2), 0, 0);
        assertEquals(
                "linear: W of shape (O, D=4) expected, given F64(2, 3)",
                Expect.error(() -> Fused.linear(random(1, 5, 4), w)));
    }

    @Test
    void aWeightUsedTwiceGetsBothGradients() {
        Tensor w = f64(shape(2, 2), 1, 2, 3, 4);
        // d/dW sum(W W^T) = 2 * ones W.
        Tensor g =
                gradients(in -> Fused.linear(in.getFirst(), in.getFirst()), w).getFirst();
        near(g, shape(2, 2), 8, 12, 8, 12);
    }

    @Test
    void swiGluByHand() {
        double silu = 1 / (1 + Math.exp(-1));
        near(onReference(() -> Fused.swiGlu(row(0, 1), row(5, 3))), shape(2), 0, 3 * silu);
    }

    @Test
    void secondDerivativesHold() {
        Expect.secondOrderHolds(
                in -> List.of(Fused.linear(in.get(0), in.get(1), in.get(2), Activation.GELU)),
                random(1, 2, 3),
                random(2, 2, 3),
                random(3, 2));
        Expect.secondOrderHolds(in -> List.of(Fused.linear(in.get(0), in.get(1))), random(1, 2, 3), random(2, 2, 3));
    }

    @Test
    void newtonFindsTheInverseAndItsGradient() {
        // [[4, 1], [1, 3]] / 11 inverse is [[3, -1], [-1, 4]].
        Tensor a = f64(shape(1, 2, 2), 4 / 11.0, 1 / 11.0, 1 / 11.0, 3 / 11.0);
        Tensor y = onReference(() -> Fused.newtonInverse(a, 30, 0));
        double[] expected = {3, -1, -1, 4};
        for (int i = 0; i < 4; i++) {
            assertEquals(expected[i], y.toDoubles()[i], 1e-9);
        }
        Tensor g = gradients(
                        in -> Fused.newtonInverse(in.getFirst(), 30, 0)
                                .select(2, 0)
                                .select(1, 0),
                        a)
                .getFirst();
        // dA = -Y^T E_00 Y^T.
        double[] slope = {-9, 3, 3, -1};
        for (int i = 0; i < 4; i++) {
            assertEquals(slope[i], g.toDoubles()[i], 1e-8);
        }
        assertTrue(
                Expect.error(() -> Fused.newtonInverse(random(1, 2, 3), 3, 0)).contains("square matrices"));
    }
}
