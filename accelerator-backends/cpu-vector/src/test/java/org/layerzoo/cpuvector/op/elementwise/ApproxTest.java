package org.layerzoo.cpuvector.op.elementwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.cpuvector.Width;

class ApproxTest {
    private static final int N = 4096;
    /** Two units in the last place, relative to a number just above a power of two. docs/performance.md states it. */
    private static final double RELATIVE = 0x1p-22;

    private static final float[] SPECIAL = {
        0f,
        -0f,
        1f,
        -1f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        -Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN,
        88.72f,
        88.73f,
        -87.34f,
        -103.9f,
        -104f,
        0.5f,
        -0.5f,
        1e-8f,
        -1e-8f
    };

    @ParameterizedTest
    @EnumSource(
            value = UnaryFn.class,
            names = {
                "EXP",
                "EXPM1",
                "LOG",
                "LOG1P",
                "TANH",
                "SIGMOID",
                "SILU",
                "SOFTPLUS",
                "LOGSIGMOID",
                "ERF",
                "SQRT",
                "RSQRT",
                "RECIPROCAL"
            })
    void relativeErrorStaysBelowTwoUnitsForEveryKindOfFloat(UnaryFn fn) {
        double worst = sweep(fn, (x, y, truth) -> Math.abs(y - truth) / Math.max(Math.abs(truth), Float.MIN_NORMAL));
        assertTrue(worst <= RELATIVE, fn + ": " + worst);
    }

    @ParameterizedTest
    @EnumSource(
            value = UnaryFn.class,
            names = {"GELU", "GELU_TANH"})
    void errorOfGeluStaysBelowTwoUnitsOfItsArgument(UnaryFn fn) {
        double worst = sweep(fn, (x, y, truth) -> Math.abs(y - truth) / Math.max(Math.abs(x), Float.MIN_NORMAL));
        assertTrue(worst <= RELATIVE, fn + ": " + worst);
    }

    @ParameterizedTest
    @EnumSource(
            value = UnaryFn.class,
            names = {"SIN", "COS"})
    void absoluteErrorOfSineAndCosineIsTwoUnitsOfOne(UnaryFn fn) {
        double worst = sweep(fn, (x, y, truth) -> Math.abs(y - truth));
        assertTrue(worst <= RELATIVE, fn + ": " + worst);
    }

    @ParameterizedTest
    @EnumSource(
            value = UnaryFn.class,
            names = {"NEG", "ABS", "SIGN", "SQUARE", "RELU", "ROUND", "FLOOR", "CEIL"})
    void exactFunctionsAreExact(UnaryFn fn) {
        assertEquals(0, sweep(fn, (x, y, truth) -> Math.abs(y - (float) truth)));
    }

    private interface Distance {
        double of(double x, double y, double truth);
    }

    /** Largest distance over special values and over 4 million bit patterns spread over all floats. */
    private static double sweep(UnaryFn fn, Distance distance) {
        UnaryLoops.Loop loop = UnaryLoops.of(fn).orElseThrow();
        DoubleUnaryOperator truth = ElementwiseReference.scalar(fn);
        double worst = block(loop, truth, SPECIAL, distance);
        float[] x = new float[N];
        int bits = 0;
        for (int b = 0; b < 1024; b++) {
            for (int i = 0; i < N; i++, bits += 1021) {
                x[i] = Float.intBitsToFloat(bits);
            }
            worst = Math.max(worst, block(loop, truth, x, distance));
        }
        return worst;
    }

    private static double block(UnaryLoops.Loop loop, DoubleUnaryOperator truth, float[] x, Distance distance) {
        float[] y = java.util.Arrays.copyOf(x, Width.roundUp(x.length));
        loop.apply(y, x.length);
        double worst = 0;
        for (int i = 0; i < x.length; i++) {
            double t = truth.applyAsDouble(x[i]);
            if (Double.isNaN(t) || Float.isInfinite((float) t)) {
                assertEquals((float) t, y[i], "at " + x[i]);
            } else {
                double d = distance.of(x[i], y[i], t);
                assertTrue(d < 1e-3, "at " + x[i] + ": " + y[i] + " for " + t);
                worst = Math.max(worst, d);
            }
        }
        return worst;
    }

    @Test
    void whatLiesBehindTheLastElementDecidesNothing() {
        float[] clean = new float[48];
        float[] dirty = new float[48];
        for (int i = 0; i < 17; i++) {
            clean[i] = 0.37f * i - 3;
        }
        System.arraycopy(clean, 0, dirty, 0, 17);
        Arrays.fill(dirty, 17, 48, 1e30f);
        for (UnaryFn fn : UnaryFn.values()) {
            Optional<UnaryLoops.Loop> loop = UnaryLoops.of(fn);
            if (loop.isPresent()) {
                float[] a = clean.clone();
                float[] b = dirty.clone();
                loop.get().apply(a, 17);
                loop.get().apply(b, 17);
                assertArrayEquals(Arrays.copyOf(a, 17), Arrays.copyOf(b, 17), fn.toString());
            }
        }
    }
}
