package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.op.dense.LinearMap;
import org.layerzoo.core.op.norm.GroupNorm;
import org.layerzoo.core.op.norm.L2Norm;
import org.layerzoo.core.op.norm.LayerNorm;
import org.layerzoo.core.op.norm.RmsNorm;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.op.softmax.SoftmaxGradient;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Kernels of rows at every length from 1 to 70, so that every tail of every vector width is met, and at extreme numbers. */
class RowTailsTest {
    static IntStream lengths() {
        return IntStream.rangeClosed(1, 70);
    }

    private static Tensor random(long seed, int... dims) {
        int n = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        return Tensor.of(DType.F32, new SplittableRandom(seed).doubles(n, -2, 2).toArray(), dims);
    }

    private static void forward(Op op, Tensor... in) {
        List<Tensor> wide = Arrays.stream(in).map(CaseCheck::widened).toList();
        CaseCheck.compare(op.name(), CaseCheck.run(op, List.of(in)), Reference.INSTANCE.apply(op, wide), 2e-6);
    }

    private static void both(WholeGradient op, Tensor... in) {
        forward(op, in);
        GradientCheck.of(op, List.of(in), 77).agrees(op.name(), 1e-5);
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void normsAndTheirGradients(int n) {
        TensorScope.run(() -> {
            Tensor x = random(1, 5, n);
            for (Root r : Root.values()) {
                both(new RmsNorm(1e-2, r, true), x, random(2, n));
                both(new LayerNorm(1, 1e-2, r, true, true), x, random(2, n), random(3, n));
                both(new L2Norm(1, 1e-2, r), x);
            }
            both(new L2Norm(0, 1e-2, Root.INSIDE), x);
            both(new GroupNorm(2, 1e-2, true), random(1, 3, 4, n), random(2, 4), random(3, 4));
        });
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void softmaxAndItsGradient(int n) {
        TensorScope.run(() -> {
            for (boolean log : new boolean[] {false, true}) {
                Tensor x = random(4, 6, n);
                forward(new Softmax(1, log, false, Softmax.EmptyRow.ZERO), x);
                Tensor y = Reference.INSTANCE
                        .apply(new Softmax(1, log, false, Softmax.EmptyRow.ZERO), List.of(x))
                        .getFirst();
                forward(new SoftmaxGradient(1, log), y, random(5, 6, n));
                forward(new SoftmaxGradient(0, log), y, random(5, 6, n));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void gatesAndActivatedMaps(int n) {
        TensorScope.run(() -> {
            for (Activation a : Activation.values()) {
                both(new Glu(a), random(1, 3, n), random(2, 3, n));
                both(new LinearMap(true, a), random(1, 3, n), random(2, 5, n), random(3, 5));
                both(new LinearMap(false, a), random(1, 2, 2, 9), random(2, n, 9));
            }
        });
    }

    @Test
    void aHiddenRowOfALogarithmHasNoGradient() {
        Tensor y = Tensor.full(DType.F32, Double.NEGATIVE_INFINITY, 2, 37);
        Tensor dx = CaseCheck.run(new SoftmaxGradient(1, true), List.of(y, random(1, 2, 37)))
                .getFirst();
        assertTrue(Arrays.stream(dx.toDoubles()).allMatch(v -> v == 0));
    }

    @Test
    void softmaxOfHugeAndHiddenLogitsIsExact() {
        for (double size : new double[] {1e4, -1e4, 1e30, 3e38}) {
            double[] v = random(3, 4, 67).toDoubles();
            Arrays.setAll(v, i -> i % 5 == 0 ? Double.NEGATIVE_INFINITY : v[i] * size / 2);
            Tensor x = Tensor.of(DType.F32, v, 4, 67);
            forward(new Softmax(1, false, false, Softmax.EmptyRow.ZERO), x);
        }
        Tensor nothing = Tensor.full(DType.F32, Double.NEGATIVE_INFINITY, 3, 33);
        for (Softmax.EmptyRow e : Softmax.EmptyRow.values()) {
            forward(new Softmax(1, false, false, e), nothing);
        }
    }

    @Test
    void normsOfTinyAndHugeRowsStayFinite() {
        for (double size : new double[] {1e-18, 1e15}) {
            double[] v = random(3, 4, 67).toDoubles();
            Arrays.setAll(v, i -> v[i] * size);
            Tensor x = Tensor.of(DType.F32, v, 4, 67);
            forward(new LayerNorm(1, 1e-5, Root.INSIDE, false, false), x);
            forward(new RmsNorm(1e-5, Root.INSIDE, false), x);
        }
    }

    @Test
    void aNanSpoilsItsOwnRowAndNoOther() {
        double[] v = random(3, 3, 40).toDoubles();
        v[50] = Double.NaN;
        Tensor y = CaseCheck.run(
                        new LayerNorm(1, 1e-5, Root.INSIDE, false, false), List.of(Tensor.of(DType.F32, v, 3, 40)))
                .getFirst();
        for (int r = 0; r < 3; r++) {
            assertEquals(r == 1, Double.isNaN(y.get(r, 7)), "row " + r);
        }
    }

    @Test
    void emptyTensorsGiveEmptyResults() {
        assertEquals(
                0,
                CaseCheck.run(new Glu(Activation.SILU), List.of(random(1, 0, 5), random(1, 0, 5)))
                        .getFirst()
                        .size());
        assertEquals(
                0,
                CaseCheck.run(new SoftmaxGradient(1, false), List.of(random(1, 3, 0), random(1, 3, 0)))
                        .getFirst()
                        .size());
    }
}
