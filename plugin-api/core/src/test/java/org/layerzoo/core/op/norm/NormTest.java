package org.layerzoo.core.op.norm;

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
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.Tensor;

class NormTest {
    @Test
    void epsilonEntersWhereItsPlaceSays() {
        Tensor x = row(3, 4);
        near(onReference(() -> Fused.rmsNorm(x, 12.5, Root.INSIDE)), shape(2), 3 / 5.0, 4 / 5.0);
        near(onReference(() -> Fused.rmsNorm(row(2, 2), 2, Root.OUTSIDE)), shape(2), 0.5, 0.5);
        near(onReference(() -> Fused.l2Norm(x, 0, 0, Root.INSIDE)), shape(2), 0.6, 0.8);
        near(onReference(() -> Fused.l2Norm(x, 0, 5, Root.OUTSIDE)), shape(2), 0.3, 0.4);
        near(onReference(() -> Fused.l2Norm(x, 0, 10, Root.MAX)), shape(2), 0.3, 0.4);
        near(onReference(() -> Fused.l2Norm(x, 0, 1, Root.MAX)), shape(2), 0.6, 0.8);
    }

    @Test
    void zeroRowsGiveZeroAndAFiniteGradient() {
        Tensor zero = f64(shape(1, 3), 0, 0, 0);
        for (Root r : Root.values()) {
            near(onReference(() -> Fused.l2Norm(zero, 1, 1e-3, r)), shape(1, 3), 0, 0, 0);
            for (double g : gradients(in -> Fused.rmsNorm(in.getFirst(), 1e-3, r), zero)
                    .getFirst()
                    .toDoubles()) {
                assertTrue(Double.isFinite(g), r + " gives " + g);
            }
        }
    }

    @Test
    void layerNormUsesThePopulationVariance() {
        Tensor y =
                onReference(() -> Fused.layerNorm(f64(shape(1, 4), 1, 3, 5, 7), row(1, 1, 1, 2), row(0, 0, 0, 1), 0));
        double s = Math.sqrt(5);
        near(y, shape(1, 4), -3 / s, -1 / s, 1 / s, 6 / s + 1);
        Tensor two =
                onReference(() -> Fused.layerNorm(f64(shape(1, 2, 2), 1, 3, 5, 7), f64(shape(2, 2), 1, 1, 1, 1), 0));
        near(two, shape(1, 2, 2), -3 / s, -1 / s, 1 / s, 3 / s);
    }

    @Test
    void groupsShareTheirStatistics() {
        Tensor x = f64(shape(1, 4, 1), 1, 3, 10, 30);
        near(onReference(() -> Fused.groupNorm(x, 2, 0)), shape(1, 4, 1), -1, 1, -1, 1);
        Tensor i = onReference(() -> Fused.instanceNorm(f64(shape(1, 2, 2), 1, 3, 10, 30), row(2, 3), row(5, 7), 0));
        near(i, shape(1, 2, 2), 3, 7, 4, 10);
        assertTrue(Expect.error(() -> Fused.instanceNorm(x, 1e-5))
                .startsWith("group_norm: more than one element a group expected"));
        assertEquals("group_norm: 3 groups do not divide 4 channels", Expect.error(() -> Fused.groupNorm(x, 3, 0)));
    }

    @Test
    void batchNormReturnsTheStatisticsOfValidPositions() {
        // One channel, two samples of two positions; the last position is padding and holds rubbish.
        Tensor x = f64(shape(2, 1, 2), 1, 3, 5, Double.NaN);
        Tensor mask = Tensor.of(new boolean[] {true, true, true, false}, 2, 2);
        Fused.BatchStats s = onReference(() -> Fused.batchNorm(x, List.of(row(2), row(1)), Optional.of(mask), 0));
        double std = Math.sqrt(8 / 3.0);
        near(s.mean(), shape(1), 3);
        near(s.var(), shape(1), 8 / 3.0);
        near(s.count(), shape(), 3);
        near(s.y(), shape(2, 1, 2), -4 / std + 1, 1, 4 / std + 1, 0);
        Tensor eval = onReference(() -> Fused.batchNormEval(f64(shape(2, 1), 1, 5), row(3), row(4), List.of(), 0));
        near(eval, shape(2, 1), -1, 1);
    }

    @Test
    void responseNormByHand() {
        // Two positions, two channels: norms 5 and 0, mean 2.5, so n = (2, 0).
        Tensor x = f64(shape(1, 2, 2), 3, 0, 4, 0);
        Tensor y = onReference(() -> Fused.responseNorm(x, row(10, 1), row(1, 2), 0));
        near(y, shape(1, 2, 2), 3 + 60 + 1, 2, 4 + 80 + 1, 2);
        for (double g : gradients(in -> Fused.responseNorm(in.getFirst(), row(1, 1), row(0, 0), 1e-6), x)
                .getFirst()
                .toDoubles()) {
            assertTrue(Double.isFinite(g));
        }
    }

    @Test
    void secondDerivativesHold() {
        Expect.secondOrderHolds(
                in -> List.of(Fused.rmsNorm(in.get(0), in.get(1), 1e-2)), random(1, 2, 3), random(2, 3));
        Expect.secondOrderHolds(
                in -> List.of(Fused.layerNorm(in.get(0), in.get(1), in.get(2), 1e-2)),
                random(1, 2, 3),
                random(2, 3),
                random(3, 3));
    }

    @Test
    void aWeightOfAnotherSizeIsRefused() {
        assertEquals(
                "rms_norm: weight of shape (D=3) expected, given F64(2)",
                Expect.error(() -> Fused.rmsNorm(random(1, 2, 3), row(1, 1), 0)));
    }
}
