package org.layerzoo.core.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradientHolds;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.secondOrderHolds;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.tensor.Tensor;

class ComplexTest {
    private static final Tensor Z = f64(shape(2, 2), 1, 2, -3, 4);

    @Test
    void partsComeApartAndTogether() {
        near(onReference(() -> Complex.re(Z)), shape(2), 1, -3);
        near(onReference(() -> Complex.im(Z)), shape(2), 2, 4);
        near(onReference(() -> Complex.of(row(1, -3), row(2, 4))), shape(2, 2), 1, 2, -3, 4);
    }

    @Test
    void productsBroadcastOverLeadingAxes() {
        // (1+2i)(5-i) = 7+9i, (-3+4i)(5-i) = -11+23i
        near(onReference(() -> Complex.cmul(Z, row(5, -1))), shape(2, 2), 7, 9, -11, 23);
    }

    @Test
    void conjugateTurnsTheSignOfTheImaginaryPart() {
        near(onReference(() -> Complex.conj(Z)), shape(2, 2), 1, -2, -3, -4);
    }

    @Test
    void exponentialTurnsByTheImaginaryPart() {
        near(
                onReference(() -> Complex.cexp(f64(shape(2, 2), 0, Math.PI, 1, Math.PI / 2))),
                shape(2, 2),
                -1,
                0,
                0,
                Math.E);
    }

    @Test
    void absIsTheEuclideanSizeWithoutASlopeAtZero() {
        Tensor z = f64(shape(2, 2), -3, 4, 0, 0);
        near(onReference(() -> Complex.abs(z)), shape(2), 5, 0);
        near(gradients(in -> Complex.abs(in.getFirst()), z).getFirst(), shape(2, 2), -0.6, 0.8, 0, 0);
    }

    @Test
    void gradientsHoldToSecondOrder() {
        gradientHolds(in -> List.of(Complex.cmul(in.get(0), in.get(1))), random(1, 3, 4, 2), random(2, 4, 2));
        secondOrderHolds(
                in -> List.of(Complex.abs(Complex.cmul(Complex.cexp(in.get(0)), Complex.conj(in.get(1))))),
                random(1, 3, 2),
                random(2, 3, 2));
    }

    @Test
    void anythingButPairsIsRefused() {
        assertEquals(
                "complex: pairs on a last axis of size 2 expected, given F64(3)",
                error(() -> Complex.conj(row(1, 2, 3))));
    }
}
