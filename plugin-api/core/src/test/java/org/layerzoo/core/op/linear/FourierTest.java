package org.layerzoo.core.op.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.shape;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;

class FourierTest {
    private static Tensor fft(Tensor x, boolean inverse) {
        return onReference(() -> Ops.one(new Primitive.Fft(x.rank() - 2, inverse), x));
    }

    private static Tensor rfft(Tensor x) {
        return onReference(() -> Ops.one(new Primitive.Rfft(x.rank() - 1), x));
    }

    private static Tensor irfft(Tensor x, int n) {
        return onReference(() -> Ops.one(new Primitive.Irfft(x.rank() - 2, n), x));
    }

    @Test
    void forwardHasTheNegativeSign() {
        // delta at 1 of 4: e^{-2 pi i k / 4}
        near(fft(f64(shape(4, 2), 0, 0, 1, 0, 0, 0, 0, 0), false), shape(4, 2), 1, 0, 0, -1, -1, 0, 0, 1);
        near(fft(f64(shape(4, 2), 0, 0, 1, 0, 0, 0, 0, 0), true), shape(4, 2), 1, 0, 0, 1, -1, 0, 0, -1);
    }

    @Test
    void realTransformKeepsTheFirstHalfOfTheBins() {
        near(rfft(row(1, 2, 3, 4)), shape(3, 2), 10, 0, -2, 2, -2, 0);
        double h = Math.sqrt(3) / 2;
        near(rfft(row(1, 2, 4)), shape(2, 2), 7, 0, 1 - 1 - 2, -2 * h + 4 * h);
    }

    @Test
    void inverseIsUnnormalisedAndDropsImaginaryPartsOfItsOwnMirrors() {
        near(irfft(f64(shape(3, 2), 10, 99, -2, 2, -2, 77), 4), shape(4), 4, 8, 12, 16);
        // odd size: the last bin is no mirror of itself and keeps its imaginary part
        double h = Math.sqrt(3) / 2;
        near(irfft(f64(shape(2, 2), 7, 5, -2, 2 * h), 3), shape(3), 3, 6, 12);
    }

    @Test
    void realGradientsCountBinsOnceForwardAndTwiceBack() {
        // sum of both parts of all bins: dx_j = sum_k cos(2 pi j k / 4) - sin(2 pi j k / 4), k = 0..2
        Tensor dx = gradients(in -> Ops.one(new Primitive.Rfft(0), in.getFirst()), row(1, 2, 3, 4))
                .getFirst();
        near(dx, shape(4), 3, -1, 1, 1);
        // y_0 alone: d/dRe = 1, 2, 1 and nothing to imaginary parts
        Tensor dy = gradients(
                        in -> Ops.one(new Primitive.Irfft(0, 4), in.getFirst()).mul(row(1, 0, 0, 0)),
                        f64(shape(3, 2), 10, 0, -2, 2, -2, 0))
                .getFirst();
        near(dy, shape(3, 2), 1, 0, 2, 0, 1, 0);
        // y_1: 2 cos(pi/2) = 0 and -2 sin(pi/2) = -2 of bin 1, (-1) of bin 2
        Tensor d1 = gradients(
                        in -> Ops.one(new Primitive.Irfft(0, 4), in.getFirst()).mul(row(0, 1, 0, 0)),
                        f64(shape(3, 2), 10, 0, -2, 2, -2, 0))
                .getFirst();
        near(d1, shape(3, 2), 1, 0, 0, -2, -1, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 30, 63, 97, 128, 1000, 1009, 4099, 8192, 8198, 10007})
    void eachSizeEqualsTheDefinitionOnSampledBins(int n) {
        Tensor x = random(n, n, 2);
        double[] v = x.toDoubles();
        double[] y = fft(x, false).toDoubles();
        for (int k : new int[] {0, 1 % n, n / 3, n / 2, n - 1}) {
            double re = 0;
            double im = 0;
            for (int j = 0; j < n; j++) {
                double angle = -2 * Math.PI * ((long) j * k % n) / n;
                re += v[2 * j] * Math.cos(angle) - v[2 * j + 1] * Math.sin(angle);
                im += v[2 * j] * Math.sin(angle) + v[2 * j + 1] * Math.cos(angle);
            }
            assertTrue(Math.hypot(re - y[2 * k], im - y[2 * k + 1]) <= 1e-12 * n, "bin " + k + " of size " + n);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 12, 65, 1000, 4099})
    void theRealInverseUndoesTheRealTransform(int n) {
        Tensor x = random(n, 2, n);
        double[] back = irfft(rfft(x), n).toDoubles();
        double[] v = x.toDoubles();
        for (int i = 0; i < v.length; i++) {
            assertEquals(v[i], back[i] / n, 1e-12);
        }
    }

    @Test
    void transformsRunAlongInnerAxes() {
        Tensor x = f64(shape(2, 2), 1, 10, 2, 20);
        Tensor y = onReference(() -> Ops.one(new Primitive.Rfft(0), x));
        near(y, shape(2, 2, 2), 3, 0, 30, 0, -1, 0, -10, 0);
        near(onReference(() -> Ops.one(new Primitive.Irfft(0, 2), y)), shape(2, 2), 2, 20, 4, 40);
    }

    @Test
    void errorsNameBinsAndPairs() {
        assertEquals(
                "irfft: 3 bins on axis 0 expected for an output size of 5, given (4, 2)",
                error(() -> irfft(f64(shape(4, 2), new double[8]), 5)));
        assertEquals(
                "fft: x of complex pairs (last axis of size 2) expected, given (4, 3)",
                error(() -> fft(f64(shape(4, 3), new double[12]), false)));
        assertEquals("rfft: at least one element on axis 0 expected, given F64(0)", error(() -> rfft(row())));
    }
}
