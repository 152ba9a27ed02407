package org.layerzoo.cpuvector.op.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.cpuvector.CpuVectorBackend;
import org.layerzoo.cpuvector.Workers;

class ConvForwardTest {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();

    record Case(ConvGeometry g, int[] x, int[] w) {
        @Override
        public String toString() {
            return g + " x " + Shape.of(x) + " w " + Shape.of(w);
        }
    }

    private static int[] a(int... v) {
        return v;
    }

    private static Case c(int groups, int[] stride, int[] before, int[] after, int[] dilation, int[] x, int[] w) {
        return new Case(new ConvGeometry(stride, before, after, dilation, groups), x, w);
    }

    /** Products, planes and shifts; 1d, 2d, 3d; strides above and below the taps' reach; rows shorter and longer than a vector. */
    static Stream<Case> cases() {
        return Stream.of(
                c(1, a(1, 1), a(0, 0), a(0, 0), a(1, 1), a(2, 13, 9, 11), a(17, 13, 1, 1)),
                c(3, a(1, 1), a(0, 0), a(0, 0), a(1, 1), a(2, 9, 5, 7), a(6, 3, 1, 1)),
                c(1, a(2, 3), a(0, 0), a(0, 0), a(1, 1), a(2, 5, 9, 11), a(7, 5, 1, 1)),
                c(1, a(1, 1), a(1, 0), a(0, 2), a(1, 1), a(1, 5, 4, 4), a(7, 5, 1, 1)),
                c(1, a(1, 1), a(1, 1), a(1, 1), a(1, 1), a(2, 5, 37, 41), a(19, 5, 3, 3)),
                c(2, a(2, 1), a(2, 0), a(1, 3), a(1, 2), a(2, 6, 23, 29), a(8, 3, 5, 3)),
                c(1, a(3, 4), a(2, 1), a(0, 2), a(2, 3), a(1, 3, 31, 33), a(5, 3, 3, 2)),
                c(5, a(1, 1), a(1, 1), a(1, 1), a(1, 1), a(3, 5, 19, 67), a(5, 1, 3, 3)),
                c(3, a(1, 1), a(3, 3), a(3, 3), a(1, 1), a(2, 3, 17, 40), a(3, 1, 7, 7)),
                c(3, a(1, 1), a(1, 5), a(2, 4), a(1, 2), a(2, 3, 9, 3), a(3, 1, 3, 5)),
                c(2, a(1, 3), a(2, 0), a(2, 1), a(1, 1), a(1, 2, 31, 70), a(2, 1, 5, 4)),
                c(2, a(1, 1), a(9, 9), a(8, 9), a(1, 1), a(2, 2, 1, 1), a(2, 1, 7, 3)),
                c(1, a(1, 1), a(1, 1), a(1, 1), a(1, 1), a(2, 9, 13, 71), a(14, 9, 3, 3)),
                c(2, a(1, 1), a(0, 3), a(5, 0), a(1, 1), a(2, 16, 33, 20), a(18, 8, 3, 3)),
                c(1, a(1, 1), a(9, 8), a(8, 9), a(1, 1), a(1, 70, 1, 1), a(8, 70, 3, 3)),
                c(4, a(2, 2), a(3, 3), a(3, 3), a(1, 1), a(2, 4, 15, 21), a(4, 1, 7, 7)),
                c(4, a(1, 2), a(4, 2), a(4, 2), a(2, 3), a(2, 4, 15, 21), a(4, 1, 5, 3)),
                c(1, a(2, 2), a(1, 1), a(1, 1), a(1, 1), a(2, 7, 29, 71), a(41, 7, 3, 3)),
                c(2, a(2, 2), a(0, 1), a(2, 0), a(2, 1), a(1, 6, 33, 34), a(50, 3, 3, 5)),
                c(1, a(1, 3), a(2, 2), a(2, 2), a(1, 2), a(2, 5, 9, 83), a(25, 5, 5, 3)),
                c(1, a(1), a(6), a(0), a(2), a(2, 4, 300), a(9, 4, 4)),
                c(4, a(1), a(3), a(0), a(1), a(2, 4, 1001), a(4, 1, 4)),
                c(1, a(5), a(0), a(0), a(1), a(2, 3, 103), a(4, 3, 2)),
                c(1, a(1, 2, 1), a(1, 0, 1), a(0, 1, 1), a(2, 1, 1), a(2, 3, 7, 9, 6), a(4, 3, 2, 2, 3)),
                c(3, a(1, 1, 1), a(1, 1, 1), a(1, 1, 1), a(1, 1, 1), a(2, 3, 5, 9, 6), a(3, 1, 3, 3, 3)));
    }

    static Tensor random(long seed, int[] dims) {
        SplittableRandom random = new SplittableRandom(seed);
        return Tensor.of(DType.F32, random.doubles(Shape.of(dims).size(), -1, 1).toArray(), dims);
    }

    private static Tensor convolve(Case c, Tensor x, Tensor w) {
        Memory.poison(true);
        try {
            return BACKEND.execute(new Primitive.Conv(c.g), List.of(x, w)).getFirst();
        } finally {
            Memory.poison(false);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void convolutionsAgreeWithDoublePrecisionOnAnyNumberOfThreads(Case c) {
        int before = Workers.threads();
        try {
            TensorScope.run(() -> {
                Tensor x = random(1, c.x);
                Tensor w = random(2, c.w);
                List<Tensor> wide =
                        List.of(Tensor.of(DType.F64, x.toDoubles(), c.x), Tensor.of(DType.F64, w.toDoubles(), c.w));
                double[] expected = Exec.with(
                                Reference.INSTANCE, () -> Reference.INSTANCE.apply(new Primitive.Conv(c.g), wide))
                        .getFirst()
                        .toDoubles();
                Workers.threads(1);
                double[] one = convolve(c, x, w).toDoubles();
                double depth = (double) c.w[1] * Shape.of(c.w).size() / c.w[0] / c.w[1];
                for (int i = 0; i < expected.length; i++) {
                    double error = Math.abs(one[i] - expected[i]);
                    assertTrue(error <= 1e-6 * Math.max(1, depth / 3), c + " at " + i + ": error " + error);
                }
                Workers.threads(3);
                assertArrayEquals(one, convolve(c, x, w).toDoubles());
            });
        } finally {
            Workers.threads(before);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aNumberThatIsNoneReachesExactlyTheOutputsThatMeetIt(Case c) {
        TensorScope.run(() -> {
            Tensor x = random(1, c.x);
            double[] values = x.toDoubles();
            int at = values.length / 2;
            values[at] = Double.NaN;
            Tensor w = random(2, c.w);
            float[] y = convolve(c, Tensor.of(DType.F32, values, c.x), w).toFloats();
            values[at] = 1000;
            float[] moved = convolve(c, Tensor.of(DType.F32, values, c.x), w).toFloats();
            float[] plain = convolve(c, x, w).toFloats();
            for (int i = 0; i < y.length; i++) {
                assertTrue(Float.isNaN(y[i]) == (moved[i] != plain[i]), c + " at " + i);
            }
        });
    }

    /** An infinity or a number near the largest is one in a sum of products, whatever way leads there. */
    @ParameterizedTest
    @ValueSource(floats = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 2e38f})
    void infinitiesComeOutAsThoseOfAPlainSum(float value) {
        TensorScope.run(() -> {
            Case c = c(1, a(1, 1), a(1, 1), a(1, 1), a(1, 1), a(3, 8, 20, 21), a(8, 8, 3, 3));
            float[] values = random(1, c.x).toFloats();
            values[8 * 420 + 77] = value;
            Tensor x = Tensor.of(values, c.x);
            float[] y = convolve(c, x, random(2, c.w)).toFloats();
            float[] expected = Exec.with(
                            Reference.INSTANCE,
                            () -> Reference.INSTANCE.apply(new Primitive.Conv(c.g), List.of(x, random(2, c.w))))
                    .getFirst()
                    .toFloats();
            for (int i = 0; i < y.length; i++) {
                float bound = Math.abs(expected[i]) < 100 || Float.isInfinite(value) ? 1e-5f : 1e-6f * value;
                assertEquals(expected[i], y[i], bound, "at " + i);
            }
        });
    }
}
