package org.layerzoo.cpuvector.op.dense;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** r + activation(x W^T + b) in one pass has the bits of two, and the numbers of the definition in F64. */
class ResidualSumTest {
    @BeforeEach
    void freshMemoryIsNan() {
        Memory.poison(true);
    }

    @AfterEach
    void asItWas() {
        Memory.poison(false);
    }

    private static double[] numbers(long seed, int... dims) {
        int n = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        return new SplittableRandom(seed).doubles(n, -2, 2).toArray();
    }

    private static Tensor random(DType type, long seed, int... dims) {
        return Tensor.of(type, numbers(seed, dims), dims);
    }

    private static <T> T onCpu(Supplier<T> body) {
        return Exec.with(Dispatcher.of("cpu-vector", true), body);
    }

    private static <T> T byDefinition(Supplier<T> body) {
        return Exec.with(Dispatcher.of("reference", false), body);
    }

    /** x, W, b and r of m rows. */
    private record Given(Tensor x, Tensor w, Tensor b, Tensor r) {
        static Given of(DType type, int m, int k, int n) {
            return new Given(random(type, 1, m, k), random(type, 2, n, k), random(type, 3, n), random(type, 4, m, n));
        }

        Tensor map(Activation a) {
            return Fused.linear(x, w, b, a);
        }

        Given wide() {
            return new Given(wide(x), wide(w), wide(b), wide(r));
        }

        private static Tensor wide(Tensor t) {
            return Tensor.of(DType.F64, t.toDoubles(), t.shape().dims());
        }
    }

    static Stream<int[]> sizes() {
        return Stream.of(
                new int[] {4, 33, 1031},
                new int[] {65, 7, 64},
                new int[] {63, 1, 67},
                new int[] {129, 300, 95},
                new int[] {1000, 13, 5},
                new int[] {70, 2500, 61});
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void onePassHasTheBitsOfTwoAtAnySize(int[] size) {
        for (DType type : List.of(DType.F32, DType.BF16, DType.F16)) {
            for (Activation a : Activation.values()) {
                Given g = Given.of(type, size[0], size[1], size[2]);
                double[] two = onCpu(() -> g.r.add(g.map(a).ready())).toDoubles();
                assertArrayEquals(two, onCpu(() -> g.r.add(g.map(a))).toDoubles(), type + " " + a);
                assertArrayEquals(two, onCpu(() -> g.map(a).add(g.r)).toDoubles(), type + " " + a);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void theSumIsThatOfTheDefinition(int[] size) {
        for (Activation a : Activation.values()) {
            Given g = Given.of(DType.F32, size[0], size[1], size[2]);
            double[] ours = onCpu(() -> g.r.add(g.map(a))).toDoubles();
            Given wide = g.wide();
            double[] exact = byDefinition(() -> wide.r.add(wide.map(a))).toDoubles();
            double scale = Math.sqrt(size[1]) * 4 + 2;
            for (int i = 0; i < exact.length; i++) {
                assertEquals(exact[i], ours[i], 1e-6 * scale, a + " at " + i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void gradientsAreThoseOfTheDefinition(Activation a) {
        Given g = Given.of(DType.F32, 67, 33, 65);
        List<Tensor> ours = onCpu(() -> gradients(g, a));
        List<Tensor> exact = byDefinition(() -> gradients(g.wide(), a));
        for (int i = 0; i < exact.size(); i++) {
            double[] e = exact.get(i).toDoubles(), o = ours.get(i).toDoubles();
            for (int j = 0; j < e.length; j++) {
                assertEquals(e[j], o[j], 2e-4, a + ", gradient " + i + " at " + j);
            }
        }
    }

    private static List<Tensor> gradients(Given g, Activation a) {
        Tensor[] wrt = {g.x, g.w, g.b, g.r};
        Tape tape = new Tape().watch(wrt);
        return tape.gradient(tape.record(() -> g.r.add(g.map(a))), List.of(wrt));
    }

    @Test
    void nanAndInfinityOfEitherSideStayInTheirPlaces() {
        int m = 70, n = 67;
        double[] r = numbers(4, m, n), x = numbers(1, m, 9);
        r[5 * n + 3] = Double.NaN;
        r[6 * n + 66] = Double.POSITIVE_INFINITY;
        x[8 * 9] = Double.NaN;
        Tensor rs = Tensor.of(DType.F32, r, m, n), xs = Tensor.of(DType.F32, x, m, 9);
        Tensor w = random(DType.F32, 2, n, 9);
        Tensor y = onCpu(() -> Fused.linear(xs, w, Activation.GELU).add(rs)).ready();
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                assertEquals(i == 8 || i == 5 && j == 3, Double.isNaN(y.get(i, j)), i + ", " + j);
                assertEquals(i == 6 && j == 66, Double.isInfinite(y.get(i, j)), i + ", " + j);
            }
        }
    }

    @Test
    void aMapThatOnlyTheSumReadsIsNeverWritten() {
        Given g = Given.of(DType.F32, 512, 16, 256);
        TensorScope.run(() -> onCpu(() -> {
            Memory.resetPeak();
            long before = Memory.liveBytes();
            Tensor map = g.map(Activation.GELU);
            g.r.add(map).ready();
            assertFalse(map.onHost());
            long taken = Memory.peakBytes() - before;
            assertTrue(taken < 2L * 512 * 256 * 4, "taken: " + taken);
            return map;
        }));
    }

    @Test
    void aMapIsRightForWhoeverReadsItBeforeOrBehindTheSum() {
        Given g = Given.of(DType.F32, 70, 31, 65);
        float[] map = onCpu(() -> g.map(Activation.SILU)).toFloats();
        float[] sum = onCpu(() -> g.r.add(g.map(Activation.SILU).ready())).toFloats();
        onCpu(() -> {
            Tensor before = g.map(Activation.SILU);
            Tensor waits = g.r.add(before);
            assertArrayEquals(map, before.toFloats());
            assertArrayEquals(sum, waits.toFloats());
            Tensor behind = g.map(Activation.SILU);
            assertArrayEquals(sum, g.r.add(behind).toFloats());
            assertArrayEquals(map, behind.toFloats());
            return behind;
        });
    }

    @Test
    void aSumThatLeavesItsScopeOutlivesWhatItReads() {
        float[] right = sum().toFloats();
        Tensor y = TensorScope.use(ResidualSumTest::sum);
        TensorScope.run(() -> Tensor.full(DType.F32, 7, 4, 70, 65).ready());
        assertArrayEquals(right, y.toFloats());
    }

    private static Tensor sum() {
        return onCpu(() -> {
            Tensor x = random(DType.F32, 1, 70, 31).mul(2), w = random(DType.F32, 2, 65, 31);
            return random(DType.F32, 3, 70, 65).mul(3).add(Fused.linear(x, w));
        });
    }

    @Test
    void viewsAndMapsOfMapsAreRight() {
        Given g = Given.of(DType.F32, 70, 65, 65);
        Shape flat = Shape.of(70 * 65);
        float[] once = onCpu(() -> g.map(Activation.NONE)).toFloats();
        float[] y = onCpu(() -> g.map(Activation.NONE).view(flat).add(g.r.view(flat)))
                .toFloats();
        float[] twice = onCpu(() -> {
                    Tensor m = g.map(Activation.NONE);
                    return m.add(m);
                })
                .toFloats();
        float[] both =
                onCpu(() -> g.map(Activation.NONE).add(g.map(Activation.NONE))).toFloats();
        float[] r = g.r.toFloats();
        for (int i = 0; i < once.length; i++) {
            assertEquals(once[i] + r[i], y[i]);
            assertEquals(2 * once[i], twice[i]);
            assertEquals(2 * once[i], both[i]);
        }
    }
}
