package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Gradients of matrix-state recurrences, in chunks and token by token, against the tape over the loop over tokens in F64. */
class RecurGradientTest {
    private static final double BOUND = 1e-6;
    private static final List<Algorithm> FORMS =
            List.of(new Algorithm.Recurrent(), new Algorithm.Chunked(64), new Algorithm.Parallel());

    /** Gradients to all inputs, cotangents drawn for o and the final state. */
    private static GradientCheck gradient(Recur op, List<Tensor> in) {
        return GradientCheck.of(op, in, 5);
    }

    private static List<Tensor> truth(Gate g, Diagonal d, boolean reverse, List<Tensor> in) {
        GradientCheck loop = gradient(RecurCalls.op(g, d, reverse, FORMS.getFirst()), in);
        List<Tensor> wide = loop.in().stream().map(CaseCheck::widened).toList();
        return Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(loop.op(), wide));
    }

    private static void everyFormAgrees(Gate g, Diagonal d, boolean reverse, List<Tensor> in) {
        List<Tensor> expected = truth(g, d, reverse, in);
        // the one decay of a head is rounded once, and that one error enters as often as there are tokens
        double bound = g instanceof Gate.PerHead ? 4 * BOUND : BOUND;
        for (Algorithm a : FORMS) {
            List<Tensor> actual = gradient(RecurCalls.op(g, d, reverse, a), in).run();
            CaseCheck.compare(g + ", " + d + ", " + reverse + ", " + a, actual, expected, bound);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 15, 16, 17, 63, 64, 65, 130})
    void chunksHaveTheGradientsOfTheLoopOverTokensAtEveryLength(int t) {
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                everyFormAgrees(
                        g,
                        Diagonal.INCLUSIVE,
                        false,
                        RecurCalls.inputs(g, new RecurCalls.Size(1, 1, 2, t, 19, 13), -0.5, 0));
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Diagonal.class)
    void everyShareOfTheOwnTokenHoldsForwardsAndBackwards(Diagonal d) {
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                List<Tensor> in = RecurCalls.inputs(g, new RecurCalls.Size(2, 2, 4, 37, 16, 33), -0.5, 0);
                everyFormAgrees(g, d, false, in);
                everyFormAgrees(g, d, true, in);
            }
        });
    }

    @Test
    void statesOfManyBlocksOfColumnsAndOddKeysAgree() {
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                everyFormAgrees(
                        g,
                        Diagonal.INCLUSIVE,
                        false,
                        RecurCalls.inputs(g, new RecurCalls.Size(1, 1, 1, 40, 67, 131), -0.5, 0));
            }
        });
    }

    @Test
    void decaysThatForgetAllAndDecaysThatForgetNothingKeepTheirRelativeError() {
        RecurCalls.Size s = new RecurCalls.Size(1, 1, 1, 40, 16, 16);
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                for (double log : new double[] {-5, -20, -50}) {
                    everyFormAgrees(g, Diagonal.INCLUSIVE, false, RecurCalls.inputs(g, s, log - 1, log));
                }
                everyFormAgrees(g, Diagonal.EXCLUSIVE, false, RecurCalls.inputs(g, s, -90, -0.001));
                everyFormAgrees(g, Diagonal.BEFORE, true, RecurCalls.inputs(g, s, -1e-30, 0));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void aBetaOfNothingAndOneOfAllHaveTheirGradients(double beta) {
        TensorScope.run(() -> {
            for (boolean decays : new boolean[] {false, true}) {
                Gate g = new Gate.Delta(decays);
                List<Tensor> in = RecurCalls.inputs(g, new RecurCalls.Size(1, 1, 2, 50, 16, 16), -0.5, 0);
                in.set(3, Tensor.full(DType.F32, beta, 1, 2, 50));
                everyFormAgrees(g, Diagonal.INCLUSIVE, false, in);
            }
        });
    }

    @Test
    void threadsDoNotMatter() {
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                List<Tensor> in = RecurCalls.inputs(g, new RecurCalls.Size(2, 2, 4, 70, 16, 16), -0.5, 0);
                gradient(RecurCalls.op(g, Diagonal.INCLUSIVE, false, new Algorithm.Chunked(64)), in)
                        .threadsDoNotMatter();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("org.layerzoo.cpuvector.RecurCalls#gates")
    void aNanReachesNoGradientThatTheLoopOverTokensKeepsFromIt(Gate g) {
        TensorScope.run(() -> {
            List<Tensor> in = RecurCalls.inputs(g, new RecurCalls.Size(1, 2, 2, 40, 8, 8), -0.5, 0);
            double[] v = in.get(2).toDoubles();
            v[21 * 8] = Double.NaN;
            in.set(2, Tensor.of(DType.F32, v, 1, 2, 40, 8));
            List<Tensor> expected = gradient(RecurCalls.op(g, Diagonal.INCLUSIVE, false, FORMS.getFirst()), in)
                    .run();
            List<Tensor> actual = gradient(RecurCalls.op(g, Diagonal.INCLUSIVE, false, FORMS.getLast()), in)
                    .run();
            for (int i = 0; i < expected.size(); i++) {
                double[] a = actual.get(i).toDoubles(), b = expected.get(i).toDoubles();
                for (int j = 0; j < a.length; j++) {
                    assertEquals(Double.isNaN(b[j]), Double.isNaN(a[j]), g + ", gradient " + i + ", element " + j);
                }
            }
            assertTrue(Double.isNaN(actual.getFirst().get(0, 0, 21, 0)));
            assertTrue(Double.isFinite(actual.getFirst().get(0, 0, 20, 0)));
            assertTrue(Double.isFinite(actual.getFirst().get(0, 1, 21, 0)));
        });
    }
}
