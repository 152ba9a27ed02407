package org.layerzoo.cpuvector.op.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.cpuvector.CpuVectorBackend;
import org.layerzoo.cpuvector.Workers;

class GemmTest {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();
    /** Relative to the norms of a row of a and a column of b: F32 sums of up to 5000 terms by lanes and blocks. */
    private static final double BOUND = 1e-6;

    private record Case(int m, int k, int n, boolean transposeA, boolean transposeB) {}

    /** Every way (few rows, one block, many blocks, parts of k), with tails in all directions, stored in all ways. */
    static Stream<Case> cases() {
        int[][] sizes = {
            {1, 1, 1},
            {1, 7, 3},
            {2, 5, 2100},
            {3, 1030, 5},
            {7, 33, 129},
            {8, 17, 70},
            {9, 1, 1},
            {9, 16, 31},
            {13, 300, 33},
            {31, 257, 65},
            {97, 100, 515},
            {100, 515, 97},
            {203, 67, 1061},
            {17, 5000, 19},
            {61, 2049, 50}
        };
        return Arrays.stream(sizes)
                .flatMap(s -> Stream.of(0, 1, 2, 3).map(t -> new Case(s[0], s[1], s[2], t % 2 == 1, t / 2 == 1)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void productsAgreeWithDoublePrecision(Case c) {
        for (DType type : List.of(DType.F32, DType.BF16, DType.F16)) {
            TensorScope.run(() -> {
                Tensor a = random(1, type, c.transposeA ? c.k : c.m, c.transposeA ? c.m : c.k);
                Tensor b = random(2, type, c.transposeB ? c.n : c.k, c.transposeB ? c.k : c.n);
                compare(product(c, a, b), c, a.toDoubles(), b.toDoubles(), rounding(type));
            });
        }
    }

    /** Largest relative step of rounding a result. */
    private static double rounding(DType type) {
        return switch (type) {
            case BF16 -> 1.0 / 256;
            case F16 -> 1.0 / 2048;
            default -> 0;
        };
    }

    private static Tensor product(Case c, Tensor a, Tensor b) {
        Memory.poison(true);
        try {
            return BACKEND.execute(new Primitive.MatMul(c.transposeA, c.transposeB), List.of(a, b))
                    .getFirst();
        } finally {
            Memory.poison(false);
        }
    }

    private static void compare(Tensor actual, Case c, double[] a, double[] b, double rounding) {
        assertEquals(Shape.of(c.m, c.n), actual.shape());
        double[] y = actual.toDoubles();
        for (int i = 0; i < c.m; i++) {
            for (int j = 0; j < c.n; j++) {
                double sum = 0;
                double aa = 0;
                double bb = 0;
                for (int p = 0; p < c.k; p++) {
                    double u = a[c.transposeA ? p * c.m + i : i * c.k + p];
                    double v = b[c.transposeB ? j * c.k + p : p * c.n + j];
                    sum += u * v;
                    aa += u * u;
                    bb += v * v;
                }
                double error = Math.abs(y[i * c.n + j] - sum);
                double allowed = BOUND * Math.sqrt(aa * bb) + rounding * Math.abs(sum);
                assertTrue(error <= allowed, c + " at " + i + ", " + j + ": error " + error + " above " + allowed);
            }
        }
    }

    private static Tensor random(long seed, DType type, int... dims) {
        SplittableRandom random = new SplittableRandom(seed);
        return Tensor.of(type, random.doubles(Shape.of(dims).size(), -1, 1).toArray(), dims);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void oneAndThreeThreadsGiveEqualBits(Case c) {
        int before = Workers.threads();
        try {
            TensorScope.run(() -> {
                Tensor a = random(1, DType.F32, c.transposeA ? c.k : c.m, c.transposeA ? c.m : c.k);
                Tensor b = random(2, DType.F32, c.transposeB ? c.n : c.k, c.transposeB ? c.k : c.n);
                Workers.threads(1);
                float[] one = product(c, a, b).toFloats();
                Workers.threads(3);
                assertArrayEquals(one, product(c, a, b).toFloats());
            });
        } finally {
            Workers.threads(before);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aNumberThatIsNoneReachesItsRowAndColumnOnlyAndInfinityStays(Case c) {
        TensorScope.run(() -> {
            double[] a = new double[c.m * c.k];
            double[] b = new double[c.k * c.n];
            Arrays.fill(a, 1);
            Arrays.fill(b, 1);
            int row = c.m - 1;
            int column = c.n - 1;
            int p = c.k - 1;
            a[c.transposeA ? p * c.m + row : row * c.k + p] = Double.NaN;
            b[c.transposeB ? column * c.k + p : p * c.n + column] = Double.POSITIVE_INFINITY;
            Tensor x = Tensor.of(DType.F32, a, c.transposeA ? c.k : c.m, c.transposeA ? c.m : c.k);
            Tensor y = Tensor.of(DType.F32, b, c.transposeB ? c.n : c.k, c.transposeB ? c.k : c.n);
            float[] z = product(c, x, y).toFloats();
            for (int i = 0; i < c.m; i++) {
                for (int j = 0; j < c.n; j++) {
                    float expected = i == row ? Float.NaN : j == column ? Float.POSITIVE_INFINITY : c.k;
                    assertEquals(expected, z[i * c.n + j], c + " at " + i + ", " + j);
                }
            }
        });
    }

    @Test
    void anEmptyInnerDimensionGivesZerosAndEmptyOuterOnesNothing() {
        TensorScope.run(() -> {
            Case inner = new Case(20, 0, 30, false, false);
            float[] zeros = product(inner, Tensor.allocate(DType.F32, 20, 0), Tensor.allocate(DType.F32, 0, 30))
                    .toFloats();
            assertArrayEquals(new float[600], zeros);
            Case outer = new Case(0, 4, 30, false, false);
            Tensor none = product(outer, Tensor.allocate(DType.F32, 0, 4), Tensor.allocate(DType.F32, 4, 30));
            assertEquals(0, none.size());
        });
    }

    @Test
    void batchesBroadcastInEveryPattern() {
        TensorScope.run(() -> {
            int[][][] patterns = {{{5}, {5}}, {{1}, {5}}, {{5}, {1}}, {{2, 1}, {1, 3}}, {{}, {2, 3}}, {{2, 3}, {}}};
            for (int[][] pattern : patterns) {
                Tensor a = random(1, DType.F32, with(pattern[0], 19, 23));
                Tensor b = random(2, DType.F32, with(pattern[1], 23, 37));
                Tensor y = BACKEND.execute(new Primitive.MatMul(false, false), List.of(a, b))
                        .getFirst();
                Tensor whole = expanded(a, y.shape().with(-1, 23));
                Tensor right = expanded(b, y.shape().with(-2, 23));
                double[] u = whole.toDoubles();
                double[] v = right.toDoubles();
                Case c = new Case(19, 23, 37, false, false);
                for (int i = 0; i < y.size() / (19 * 37); i++) {
                    float[] item = Arrays.copyOfRange(y.toFloats(), i * 19 * 37, (i + 1) * 19 * 37);
                    compare(
                            Tensor.of(item, 19, 37),
                            c,
                            Arrays.copyOfRange(u, i * 19 * 23, (i + 1) * 19 * 23),
                            Arrays.copyOfRange(v, i * 23 * 37, (i + 1) * 23 * 37),
                            0);
                }
            }
        });
    }

    private static Tensor expanded(Tensor t, Shape to) {
        return BACKEND.execute(new Primitive.Expand(to), List.of(t)).getFirst();
    }

    private static int[] with(int[] batch, int rows, int columns) {
        int[] dims = Arrays.copyOf(batch, batch.length + 2);
        dims[batch.length] = rows;
        dims[batch.length + 1] = columns;
        return dims;
    }
}
