package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class EdgeTest {
    private static Tensor random(double size, int... dims) {
        SplittableRandom r = new SplittableRandom(5);
        Tensor shape = Tensor.zeros(DType.F32, dims);
        return Tensor.of(DType.F32, r.doubles(shape.size(), -size, size).toArray(), dims);
    }

    private static Attend causal() {
        Section s = new Section(
                new Section.Layout.Dense(),
                Section.Coordinates.BOTTOM_RIGHT,
                List.of(Section.Visible.Window.causal()),
                List.of(),
                List.of());
        return new Attend(
                List.of(s), new HeadMap.Grouped(), 1, 0, new Normaliser.Softmax(), new Dropout.None(), Wants.nothing());
    }

    private static void agrees(Op op, double bound, Tensor... in) {
        List<Tensor> wide = List.of(in).stream().map(CaseCheck::widened).toList();
        CaseCheck.compare(op.name(), CaseCheck.run(op, List.of(in)), Reference.INSTANCE.apply(op, wide), bound);
    }

    @Test
    void productsOfOddSizesBeyondEveryBlockAreRight() {
        agrees(new Primitive.MatMul(false, false), 1e-6, random(1, 197, 523), random(1, 523, 611));
        agrees(new Primitive.MatMul(true, true), 1e-6, random(1, 301, 101), random(1, 37, 301));
        agrees(new Primitive.MatMul(false, true), 1e-6, random(1, 5, 3, 67), random(1, 1, 129, 67));
        agrees(new Primitive.MatMul(false, false), 1e-6, random(1, 2, 700), random(1, 700, 1025));
    }

    @Test
    void attentionLongerThanABlockAgreesForOddLengthsAndHeadSizes() {
        agrees(causal(), 2e-6, random(1, 1, 2, 331, 17), random(1, 1, 1, 331, 17), random(1, 1, 1, 331, 37));
    }

    @Test
    void aRowThatSeesNothingIsZeroWithLogSumExpMinusInfinity() {
        List<Tensor> out =
                CaseCheck.run(causal(), List.of(random(1, 1, 1, 5, 8), random(1, 1, 1, 3, 8), random(1, 1, 1, 3, 8)));
        assertEquals(0, out.getFirst().get(0, 0, 1, 3));
        assertEquals(Double.NEGATIVE_INFINITY, out.get(1).get(0, 0, 1));
        assertTrue(Double.isFinite(out.get(1).get(0, 0, 2)));
    }

    @Test
    void largeLogitsNeitherOverflowNorLoseTheLogSumExp() {
        agrees(causal(), 1e-4, random(60, 1, 1, 140, 16), random(60, 1, 1, 140, 16), random(1, 1, 1, 140, 16));
        agrees(new Softmax(-1, true, false, Softmax.EmptyRow.ZERO), 1e-6, random(3e4, 7, 100));
    }

    @Test
    void aNanInOneKeyReachesExactlyTheRowsThatSeeIt() {
        Tensor k = random(1, 1, 1, 150, 8);
        double[] v = k.toDoubles();
        v[140 * 8] = Double.NaN;
        Tensor poisoned = Tensor.of(DType.F32, v, 1, 1, 150, 8);
        Tensor o = CaseCheck.run(causal(), List.of(random(1, 1, 1, 150, 8), poisoned, random(1, 1, 1, 150, 8)))
                .getFirst();
        for (int i = 0; i < 150; i++) {
            assertEquals(i >= 140, Double.isNaN(o.get(0, 0, i, 0)), "row " + i);
        }
    }

    @Test
    void nanAndInfinityPassThroughReductions() {
        Tensor x = Tensor.of(new float[] {1, Float.NaN, 2, Float.POSITIVE_INFINITY, 3, 4}, 2, 3);
        Tensor sum = CaseCheck.run(new Primitive.Reduce(Primitive.ReduceKind.SUM, new int[] {1}, false), List.of(x))
                .getFirst();
        assertArrayEquals(new double[] {Double.NaN, Double.POSITIVE_INFINITY}, sum.toDoubles());
        Tensor max = CaseCheck.run(new Primitive.Reduce(Primitive.ReduceKind.MAX, new int[] {0}, false), List.of(x))
                .getFirst();
        assertArrayEquals(new double[] {Double.POSITIVE_INFINITY, Double.NaN, 4}, max.toDoubles());
    }

    @Test
    void aSumOfManyNumbersKeepsItsDigits() {
        Tensor x = Tensor.full(DType.F32, 0.1, 3_000_001);
        Tensor sum = CaseCheck.run(new Primitive.Reduce(Primitive.ReduceKind.SUM, new int[] {0}, false), List.of(x))
                .getFirst();
        assertEquals(3_000_001 * (double) 0.1f, sum.item(), 0.1);
        Tensor columns = CaseCheck.run(
                        new Primitive.Reduce(Primitive.ReduceKind.SUM, new int[] {0}, false),
                        List.of(x.view(org.layerzoo.core.tensor.Shape.of(3_000_001, 1))))
                .getFirst();
        assertEquals(3_000_001 * (double) 0.1f, columns.item(), 0.1);
    }

    @Test
    void halfPrecisionIsComputedInSinglePrecisionAndRoundedOnce() {
        Tensor a = random(1, 9, 33);
        Tensor half = Tensor.of(DType.BF16, a.toDoubles(), 9, 33);
        Op op = new Primitive.MatMul(false, true);
        Tensor out = CaseCheck.run(op, List.of(half, half)).getFirst();
        assertEquals(DType.BF16, out.dtype());
        Tensor exact = Reference.INSTANCE
                .apply(op, List.of(CaseCheck.widened(half), CaseCheck.widened(half)))
                .getFirst();
        assertTrue(CaseCheck.error(out.toDoubles(), exact.toDoubles()) <= 3e-3, "half a unit in the last of 8 bits");
    }

    @Test
    void anOpSaysHonestlyWhetherAVectorLoopRunsIt() {
        CpuVectorBackend backend = new CpuVectorBackend();
        List<org.layerzoo.core.tensor.TensorSpec> f32 = List.of(org.layerzoo.core.tensor.TensorSpec.of(DType.F32, 4));
        assertEquals("vector", backend.kernel(new Primitive.Unary(Primitive.UnaryFn.EXP), f32));
        assertEquals("scalar", backend.kernel(new Primitive.Unary(Primitive.UnaryFn.LGAMMA), f32));
        assertEquals(
                "scalar",
                backend.kernel(
                        new Primitive.Unary(Primitive.UnaryFn.EXP),
                        List.of(org.layerzoo.core.tensor.TensorSpec.of(DType.F64, 4))));
    }

    @Test
    void theBackendIsFoundByName() {
        assertEquals("cpu-vector", Dispatcher.of("cpu-vector", false).backend());
    }

    @Test
    void aFailureInATaskReachesTheCallerAndLaterWorkStillRuns() {
        assertThrows(
                IllegalStateException.class,
                () -> Workers.run(8, Long.MAX_VALUE, i -> {
                    if (i == 5) {
                        throw new IllegalStateException("task 5");
                    }
                }));
        boolean[] done = new boolean[8];
        Workers.run(8, Long.MAX_VALUE, i -> done[i] = true);
        for (boolean d : done) {
            assertTrue(d);
        }
        assertFalse(Workers.threads() < 1);
    }
}
