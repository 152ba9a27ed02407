package org.layerzoo.cpuvector.op.elementwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

class ChainTest {
    private static final int N = 2 * 2048 + 3;
    private final SplittableRandom random = new SplittableRandom(11);

    @BeforeEach
    void freshMemoryIsNan() {
        Memory.poison(true);
    }

    @AfterEach
    void asItWas() {
        Memory.poison(false);
    }

    private Tensor random(int... dims) {
        long n = Tensor.zeros(DType.F32, dims).size();
        return Tensor.of(DType.F32, random.doubles(n, -2, 2).toArray(), dims);
    }

    private static Tensor plus(Tensor x, Tensor y) {
        return Ops.binary(BinaryFn.ADD, x, y);
    }

    private static Tensor minus(Tensor x, Tensor y) {
        return Ops.binary(BinaryFn.SUB, x, y);
    }

    private static Tensor times(Tensor x, Tensor y) {
        return Ops.binary(BinaryFn.MUL, x, y);
    }

    private static <T> T onCpu(java.util.function.Supplier<T> body) {
        return Exec.with(Dispatcher.of("cpu-vector", true), body);
    }

    /** The expression computed op by op, and as one pass: {@code each} sees every intermediate. */
    private static Tensor expression(Tensor x, Tensor y, Tensor row, UnaryOperator<Tensor> each) {
        Tensor a = each.apply(times(x, row));
        Tensor b = each.apply(Ops.silu(a));
        Tensor c = each.apply(plus(b, times(a, y)));
        Tensor positive = each.apply(Ops.binary(BinaryFn.GT, c, y));
        Tensor d = each.apply(Ops.where(positive, c, a));
        return each.apply(minus(d, Ops.tanh(y)));
    }

    @Test
    void aChainHasTheBitsOfItsOpsOneByOne() {
        Tensor x = random(3, N), y = random(3, N), row = random(N);
        float[] apart = onCpu(() -> expression(x, y, row, Tensor::ready)).toFloats();
        float[] joined = onCpu(() -> expression(x, y, row, t -> t)).toFloats();
        assertArrayEquals(apart, joined);
    }

    @Test
    void nothingIsComputedBeforeItIsRead() {
        Tensor x = random(N);
        Tensor y = onCpu(() -> Ops.exp(times(x, x)));
        assertTrue(y.deferred().isPresent());
        double first = y.get(0);
        assertTrue(y.deferred().isEmpty());
        assertEquals(Math.exp(x.get(0) * x.get(0)), first, 1e-5 * first);
    }

    @Test
    void aResultThatLeavesItsScopeOutlivesWhatItReads() {
        Tensor y = TensorScope.use(() -> {
            Tensor x = Tensor.full(DType.F32, 3, N);
            return onCpu(() -> plus(times(x, x), x));
        });
        TensorScope.run(() -> Tensor.full(DType.F32, 7, N).ready());
        assertArrayEquals(Tensor.full(DType.F32, 12, N).toFloats(), y.toFloats());
    }

    @Test
    void aKeptResultOutlivesWhatItReads() {
        Tensor[] kept = new Tensor[1];
        TensorScope.run(() -> {
            Tensor x = Tensor.full(DType.F32, 3, N);
            kept[0] = onCpu(() -> times(x, x)).keep();
        });
        TensorScope.run(() -> Tensor.full(DType.F32, 7, N).ready());
        assertEquals(9, kept[0].get(N - 1));
    }

    @Test
    void aWaitingResultThatNobodyKeepsIsNotReadableBehindItsScope() {
        Tensor[] lost = new Tensor[1];
        TensorScope.run(() -> lost[0] = onCpu(() -> Ops.exp(random(N))));
        assertThrows(ZooException.class, () -> lost[0].get(0));
    }

    @Test
    void aChainNeedsMemoryForItsResultOnly() {
        long peak = TensorScope.use(() -> {
            Tensor x = random(64 * N), y = random(64 * N);
            Memory.resetPeak();
            long before = Memory.liveBytes();
            onCpu(() -> Ops.gelu(times(plus(times(x, y), x), Ops.sigmoid(y)))).ready();
            return Memory.peakBytes() - before;
        });
        assertTrue(peak <= 64L * N * 4 * 5 / 4, "peak " + peak);
    }

    @Test
    void aSharedValueIsRightInEveryChainThatTakesIt() {
        Tensor x = random(N);
        List<Tensor> out = onCpu(() -> {
            Tensor shared = Ops.exp(x);
            return List.of(times(shared, x), plus(shared, x), minus(times(shared, shared), shared));
        });
        for (int i : new int[] {0, 1, N - 1}) {
            double v = x.get(i), e = Math.exp(v);
            assertEquals(e * v, out.get(0).get(i), 1e-5);
            assertEquals(e + v, out.get(1).get(i), 1e-5);
            assertEquals(e * e - e, out.get(2).get(i), 1e-4);
        }
    }

    @Test
    void viewsAndRowsOfAWaitingResultAreRight() {
        Tensor x = random(4, N);
        Tensor y = onCpu(() -> times(x, x));
        Tensor flat = y.view(org.layerzoo.core.tensor.Shape.of(4 * N));
        Tensor twice = onCpu(() -> plus(flat, flat));
        Tensor row = onCpu(() -> Ops.abs(y.rows(2, 3)));
        assertEquals(2 * x.get(3, 5) * x.get(3, 5), twice.get(3 * N + 5), 1e-5);
        assertEquals(x.get(2, 7) * x.get(2, 7), row.get(0, 7), 1e-5);
    }

    @Test
    void aLongChainIsCutAndStaysRight() {
        Tensor x = random(N);
        Tensor y = onCpu(() -> {
            Tensor t = x;
            for (int i = 0; i < 100; i++) {
                t = plus(t, x);
            }
            return t;
        });
        assertEquals(101 * x.get(9), y.get(9), 1e-3);
    }

    @Test
    void aSmallerWaitingResultIsBroadcast() {
        Tensor x = random(3, N), row = random(N);
        Tensor y = onCpu(() -> times(x, Ops.exp(row)));
        assertEquals(x.get(2, 5) * Math.exp(row.get(5)), y.get(2, 5), 1e-4);
    }
}
