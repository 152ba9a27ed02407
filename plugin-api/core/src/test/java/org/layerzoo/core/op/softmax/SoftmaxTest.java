package org.layerzoo.core.op.softmax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.shape;

import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.softmax.Softmax.EmptyRow;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class SoftmaxTest {
    private static final double INF = Double.NEGATIVE_INFINITY;
    private static final Tensor X = f64(shape(2, 3), 0, Math.log(2), Math.log(5), 3, 3, 3);

    @Test
    void valuesByHand() {
        near(
                onReference(() -> Fused.softmax(X, -1)),
                shape(2, 3),
                1 / 8.0,
                2 / 8.0,
                5 / 8.0,
                1 / 3.0,
                1 / 3.0,
                1 / 3.0);
        near(onReference(() -> Fused.logSoftmax(row(0, 0), 0)), shape(2), -Math.log(2), -Math.log(2));
    }

    @Test
    void maskedElementsLeaveTheRow() {
        Tensor mask = Tensor.of(new boolean[] {true, false, true}, 3);
        Tensor y = onReference(() -> Fused.softmax(X, 1, mask, EmptyRow.ZERO));
        near(y, shape(2, 3), 1 / 6.0, 0, 5 / 6.0, 0.5, 0, 0.5);
        Tensor log = onReference(() -> Fused.logSoftmax(X, 1, mask, EmptyRow.ZERO));
        assertEquals(INF, log.get(0, 1));
    }

    @Test
    void emptyRowsFollowTheirRule() {
        Tensor mask = Tensor.of(new boolean[] {false, true}, 2, 1);
        near(onReference(() -> Fused.softmax(X, 1, mask, EmptyRow.ZERO)).slice(0, 0, 1), shape(1, 3), 0, 0, 0);
        near(
                onReference(() -> Fused.softmax(X, 1, mask, EmptyRow.UNIFORM)).slice(0, 0, 1),
                shape(1, 3),
                1 / 3.0,
                1 / 3.0,
                1 / 3.0);
        near(
                onReference(() -> Fused.softmax(X, 1, mask, EmptyRow.ATTEND_ALL))
                        .slice(0, 0, 1),
                shape(1, 3),
                1 / 8.0,
                2 / 8.0,
                5 / 8.0);
        near(onReference(() -> Fused.softmax(row(INF, INF), 0)), shape(2), 0, 0);
    }

    @Test
    void emptyRowsHaveNoGradient() {
        Tensor mask = Tensor.of(new boolean[] {false, false, true, true, true, false}, 2, 3);
        Tensor weight = random(1, 2, 3);
        for (EmptyRow e : new EmptyRow[] {EmptyRow.ZERO, EmptyRow.UNIFORM}) {
            Tensor none = Tensor.of(new boolean[] {false, true}, 2, 1);
            Tensor g = gradients(in -> Fused.softmax(in.getFirst(), 1, none, e).mul(weight), X)
                    .getFirst();
            near(g.slice(0, 0, 1), shape(1, 3), 0, 0, 0);
        }
        Tensor log = gradients(
                        in -> Ops.where(
                                mask,
                                Fused.logSoftmax(in.getFirst(), 1, mask, EmptyRow.ZERO),
                                Tensor.scalar(DType.F64, 0)),
                        X)
                .getFirst();
        near(log.slice(0, 0, 1), shape(1, 3), 0, 0, 0);
    }

    @Test
    void largeLogitsStayFinite() {
        near(onReference(() -> Fused.softmax(row(1e4, -1e4, 1e4), 0)), shape(3), 0.5, 0, 0.5);
        near(onReference(() -> Fused.logSoftmax(row(1e30, 0), 0)), shape(2), 0, -1e30);
        for (double g : gradients(in -> Fused.softmax(in.getFirst(), 0).mul(row(1, 2, 3)), row(1e4, -1e4, 1e4))
                .getFirst()
                .toDoubles()) {
            assertTrue(Double.isFinite(g));
        }
    }

    @Test
    void secondDerivativesHold() {
        Expect.secondOrderHolds(in -> java.util.List.of(Fused.softmax(in.getFirst(), 1)), random(3, 2, 4));
        Expect.secondOrderHolds(in -> java.util.List.of(Fused.logSoftmax(in.getFirst(), 0)), random(4, 4, 2));
    }

    @Test
    void bf16RoundsOnce() {
        Tensor y = onReference(() -> Fused.softmax(X.cast(DType.BF16), 1));
        assertEquals(DType.BF16, y.dtype());
        assertEquals(0.625, y.get(0, 2), 0.625 / 256);
    }

    @Test
    void aMaskThatDoesNotFitIsRefused() {
        Tensor mask = Tensor.of(new boolean[] {true, false}, 2);
        assertEquals(
                "softmax: mask that broadcasts to (2, 3) expected, given BOOL(2)",
                Expect.error(() -> Fused.softmax(X, 1, mask, EmptyRow.ZERO)));
    }
}
