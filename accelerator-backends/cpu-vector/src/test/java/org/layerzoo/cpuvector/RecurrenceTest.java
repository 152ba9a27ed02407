package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

/** Matrix-state recurrences in every form that can be asked for, against the loop over tokens in F64. */
class RecurrenceTest {
    private static final double BOUND = 1e-6;
    private static final List<Algorithm> FORMS = List.of(
            new Algorithm.Recurrent(),
            new Algorithm.Chunked(5),
            new Algorithm.Chunked(16),
            new Algorithm.Chunked(64),
            new Algorithm.Parallel());

    private static List<Tensor> truth(Recur op, List<Tensor> in) {
        Recur loop = RecurCalls.op(op.gate(), op.diagonal(), op.reverse(), new Algorithm.Recurrent());
        List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
        return Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(loop, wide));
    }

    private static void everyFormAgrees(Gate g, Diagonal d, boolean reverse, List<Tensor> in) {
        List<Tensor> expected = truth(RecurCalls.op(g, d, reverse, FORMS.getFirst()), in);
        // the one decay of a head is rounded once, and that one error enters as often as there are tokens
        double bound = g instanceof Gate.PerHead ? 2 * BOUND : BOUND;
        for (Algorithm a : FORMS) {
            CaseCheck.compare(g + " " + a, CaseCheck.run(RecurCalls.op(g, d, reverse, a), in), expected, bound);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 15, 16, 17, 31, 64, 70})
    void everyFormOfEveryGateIsTheLoopOverTokensAtEveryLength(int t) {
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                everyFormAgrees(
                        g,
                        Diagonal.INCLUSIVE,
                        false,
                        RecurCalls.inputs(g, new RecurCalls.Size(1, 2, t, 19, 13), -0.5, 0));
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Diagonal.class)
    void everyShareOfTheOwnTokenHoldsForwardsAndBackwards(Diagonal d) {
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                List<Tensor> in = RecurCalls.inputs(g, new RecurCalls.Size(2, 1, 37, 16, 33), -0.5, 0);
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
                        RecurCalls.inputs(g, new RecurCalls.Size(1, 1, 50, 35, 131), -0.5, 0));
            }
        });
    }

    @Test
    void decaysThatForgetAllAndDecaysThatForgetNothingNeitherOverflowNorDivide() {
        RecurCalls.Size s = new RecurCalls.Size(1, 1, 40, 16, 16);
        TensorScope.run(() -> {
            for (Gate g : RecurCalls.gates()) {
                everyFormAgrees(g, Diagonal.INCLUSIVE, false, RecurCalls.inputs(g, s, -51, -50));
                everyFormAgrees(g, Diagonal.INCLUSIVE, false, RecurCalls.inputs(g, s, -90, -0.001));
                everyFormAgrees(g, Diagonal.BEFORE, true, RecurCalls.inputs(g, s, -1e-30, 0));
            }
        });
    }

    /** Token, and which tensor: 0 queries, 1 keys, 2 values, 3 gates. */
    private static void poison(List<Tensor> in, int which, int token, double value) {
        Tensor x = in.get(which);
        double[] v = x.toDoubles();
        int each = x.rank() == 4 ? x.dim(3) : 1;
        v[token * each] = value;
        in.set(which, Tensor.of(DType.F32, v, x.shape().dims()));
    }

    private static boolean[] wild(Tensor o) {
        boolean[] wild = new boolean[o.dim(2)];
        for (int t = 0; t < wild.length; t++) {
            for (int c = 0; c < o.dim(3); c++) {
                wild[t] |= !Double.isFinite(o.get(0, 0, t, c));
            }
        }
        return wild;
    }

    @ParameterizedTest
    @MethodSource("org.layerzoo.cpuvector.RecurCalls#gates")
    void aNanReachesWhatTheLoopOverTokensLetsItReachAndNothingBefore(Gate g) {
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            for (int which = 0; which < 3 + Math.min(1, g.tensors()); which++) {
                if (g instanceof Gate.PerHead && which == 3) {
                    continue;
                }
                nothingBefore(g, which, value);
            }
        }
    }

    private static void nothingBefore(Gate g, int which, double value) {
        int at = 21;
        TensorScope.run(() -> {
            List<Tensor> in = RecurCalls.inputs(g, new RecurCalls.Size(1, 1, 45, 8, 8), -0.5, 0);
            Tensor clean = truth(RecurCalls.op(g, Diagonal.INCLUSIVE, false, FORMS.getFirst()), in)
                    .getFirst();
            poison(in, which, at, value);
            boolean[] expected = wild(truth(RecurCalls.op(g, Diagonal.INCLUSIVE, false, FORMS.getFirst()), in)
                    .getFirst());
            for (Algorithm a : FORMS) {
                Tensor o = CaseCheck.run(RecurCalls.op(g, Diagonal.INCLUSIVE, false, a), in)
                        .getFirst();
                boolean[] actual = wild(o);
                for (int t = 0; t < 45; t++) {
                    String where = g + ", " + a + ", " + value + " in " + which + ", token " + t;
                    assertEquals(expected[t], actual[t], where);
                    if (t < at) {
                        assertFalse(actual[t], where);
                        assertTrue(Math.abs(clean.get(0, 0, t, 0) - o.get(0, 0, t, 0)) < 1e-5, where);
                    }
                }
            }
        });
    }

    @Test
    void aNanInOneHeadLeavesTheOthersAlone() {
        Gate g = new Gate.Delta(true);
        TensorScope.run(() -> {
            List<Tensor> in = RecurCalls.inputs(g, new RecurCalls.Size(1, 2, 40, 8, 8), -0.5, 0);
            poison(in, 2, 3, Double.NaN);
            Tensor o = CaseCheck.run(RecurCalls.op(g, Diagonal.INCLUSIVE, false, new Algorithm.Chunked(64)), in)
                    .getFirst();
            for (int t = 0; t < 40; t++) {
                assertEquals(t >= 3, Double.isNaN(o.get(0, 0, t, 0)));
                assertTrue(Double.isFinite(o.get(0, 1, t, 0)));
            }
        });
    }
}
