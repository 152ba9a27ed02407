package org.layerzoo.cpuvector.op.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.cpuvector.CpuVectorBackend;

/** Products of many sizes against double precision: small ones with all tails, and those at the edges of blocks and ways. */
class GemmSizesTest {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();
    /** Relative to the norms of a row of a and a column of b. */
    private static final double F32 = 1e-6;
    /** Sums of up to 1100 terms. */
    private static final double F64 = 1e-14;

    private record Case(DType type, int batch, int m, int k, int n, boolean transposeA, boolean transposeB) {}

    static Stream<Case> small() {
        SplittableRandom r = new SplittableRandom(71);
        return IntStream.range(0, 120)
                .mapToObj(i -> new Case(
                        i % 3 == 2 ? DType.F64 : DType.F32,
                        r.nextInt(1, 4),
                        r.nextInt(1, 71),
                        r.nextInt(1, 71),
                        r.nextInt(1, 71),
                        r.nextBoolean(),
                        r.nextBoolean()));
    }

    static Stream<Case> edges() {
        int[][] sizes = {
            {12, 255, 64}, {12, 257, 65}, {18, 256, 63}, {143, 511, 33}, {145, 513, 257}, {160, 64, 320},
            {161, 64, 130}, {97, 1025, 31}, {1025, 33, 65}, {1030, 9, 300}, {26, 513, 1026}, {160, 256, 127}
        };
        return Stream.of(sizes).flatMap(s -> Stream.of(DType.F32, DType.F64).flatMap(t -> IntStream.range(0, 4)
                .mapToObj(v -> new Case(t, 1, s[0], s[1], s[2], v % 2 == 1, v / 2 == 1))));
    }

    @ParameterizedTest
    @MethodSource({"small", "edges"})
    void productsAgreeWithDoublePrecision(Case c) {
        TensorScope.run(() -> {
            SplittableRandom r = new SplittableRandom(c.hashCode());
            compare(c, values(r, c.batch * c.m * c.k), values(r, c.batch * c.k * c.n));
        });
    }

    @ParameterizedTest
    @MethodSource("small")
    void whatIsNoFiniteNumberReachesExactlyWhatItMeets(Case c) {
        TensorScope.run(() -> {
            SplittableRandom r = new SplittableRandom(c.hashCode());
            double[] a = values(r, c.batch * c.m * c.k);
            double[] b = values(r, c.batch * c.k * c.n);
            a[r.nextInt(a.length)] = Double.NaN;
            a[r.nextInt(a.length)] = Double.NEGATIVE_INFINITY;
            b[r.nextInt(b.length)] = Double.POSITIVE_INFINITY;
            b[r.nextInt(b.length)] = Double.POSITIVE_INFINITY;
            compare(c, a, b);
        });
    }

    private static double[] values(SplittableRandom r, int n) {
        return r.doubles(n, -1, 1).map(v -> (float) v).toArray();
    }

    private static void compare(Case c, double[] a, double[] b) {
        Tensor x = Tensor.of(c.type, a, c.batch, c.transposeA ? c.k : c.m, c.transposeA ? c.m : c.k);
        Tensor y = Tensor.of(c.type, b, c.batch, c.transposeB ? c.n : c.k, c.transposeB ? c.k : c.n);
        double[] z = product(c, x, y);
        for (int item = 0; item < c.batch; item++) {
            for (int i = 0; i < c.m; i++) {
                for (int j = 0; j < c.n; j++) {
                    element(c, item, i, j, a, b, z[(item * c.m + i) * c.n + j]);
                }
            }
        }
    }

    private static double[] product(Case c, Tensor x, Tensor y) {
        Memory.poison(true);
        try {
            Tensor z = BACKEND.execute(new Primitive.MatMul(c.transposeA, c.transposeB), List.of(x, y))
                    .getFirst();
            assertEquals(Shape.of(c.batch, c.m, c.n), z.shape());
            return z.toDoubles();
        } finally {
            Memory.poison(false);
        }
    }

    private static void element(Case c, int item, int i, int j, double[] a, double[] b, double actual) {
        double sum = 0;
        double aa = 0;
        double bb = 0;
        for (int p = 0; p < c.k; p++) {
            double u = a[item * c.m * c.k + (c.transposeA ? p * c.m + i : i * c.k + p)];
            double v = b[item * c.k * c.n + (c.transposeB ? j * c.k + p : p * c.n + j)];
            sum += u * v;
            aa += u * u;
            bb += v * v;
        }
        String place = c + " at " + item + ", " + i + ", " + j;
        if (Double.isFinite(sum)) {
            double allowed = (c.type == DType.F64 ? F64 : F32) * Math.sqrt(aa * bb);
            assertTrue(Math.abs(actual - sum) <= allowed, place + ": " + actual + ", expected " + sum);
        } else {
            assertEquals(sum, actual, place);
        }
    }
}
