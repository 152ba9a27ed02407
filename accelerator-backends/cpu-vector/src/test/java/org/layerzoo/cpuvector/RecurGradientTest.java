package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
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
import org.layerzoo.core.op.recur.RecurCases;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Gradients of matrix-state recurrences, in chunks and token by token, against the tape over the loop over tokens in F64. */
class RecurGradientTest {
    private static final double BOUND = 1e-6;
    private static final List<Algorithm> FORMS =
            List.of(new Algorithm.Recurrent(), new Algorithm.Chunked(64), new Algorithm.Parallel());

    /** B, heads of keys and of values, T, dk, dv. */
    record Size(int b, int keyHeads, int heads, int t, int dk, int dv) {}

    private static Tensor random(SplittableRandom r, double lo, double hi, int... dims) {
        long n = Tensor.zeros(DType.F32, dims).size();
        return Tensor.of(DType.F32, r.doubles(n, lo, hi).toArray(), dims);
    }

    /** q, k, v, gate and state; log decays between {@code lo} and {@code hi}; keys of length 1 or so. */
    private static List<Tensor> inputs(Gate g, Size s, double lo, double hi) {
        SplittableRandom r = new SplittableRandom(23);
        double k = 1.7 / Math.sqrt(s.dk);
        List<Tensor> in = new ArrayList<>(List.of(
                random(r, -1, 1, s.b, s.keyHeads, s.t, s.dk),
                random(r, -k, k, s.b, s.keyHeads, s.t, s.dk),
                random(r, -1, 1, s.b, s.heads, s.t, s.dv)));
        switch (g) {
            case Gate.None n -> {}
            case Gate.PerHead n -> in.add(random(r, lo, hi, s.heads));
            case Gate.Scalar n -> in.add(random(r, lo, hi, s.b, s.heads, s.t));
            case Gate.Key n -> in.add(random(r, lo, hi, s.b, s.heads, s.t, s.dk));
            case Gate.Value n -> in.add(random(r, lo, hi, s.b, s.heads, s.t, s.dv));
            case Gate.Delta d -> {
                in.add(random(r, 0, 1, s.b, s.heads, s.t));
                if (d.decays()) {
                    in.add(random(r, lo, hi, s.b, s.heads, s.t));
                }
            }
        }
        in.add(random(r, -1, 1, s.b, s.heads, s.dk, s.dv));
        return in;
    }

    private static Recur op(Gate g, Diagonal d, boolean reverse, Algorithm a) {
        return new Recur(g, d, reverse, 0.5, a, true, 0);
    }

    /** Gradients to all inputs, cotangents drawn for o and the final state. */
    private static GradientCheck gradient(Recur op, List<Tensor> in) {
        return GradientCheck.of(op, in, 5);
    }

    private static List<Tensor> truth(Gate g, Diagonal d, boolean reverse, List<Tensor> in) {
        GradientCheck loop = gradient(op(g, d, reverse, FORMS.getFirst()), in);
        List<Tensor> wide = loop.in().stream().map(CaseCheck::widened).toList();
        return Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(loop.op(), wide));
    }

    private static void everyFormAgrees(Gate g, Diagonal d, boolean reverse, List<Tensor> in) {
        List<Tensor> expected = truth(g, d, reverse, in);
        // the one decay of a head is rounded once, and that one error enters as often as there are tokens
        double bound = g instanceof Gate.PerHead ? 4 * BOUND : BOUND;
        for (Algorithm a : FORMS) {
            List<Tensor> actual = gradient(op(g, d, reverse, a), in).run();
            CaseCheck.compare(g + ", " + d + ", " + reverse + ", " + a, actual, expected, bound);
        }
    }

    private static List<Gate> gates() {
        return RecurCases.gates();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 15, 16, 17, 63, 64, 65, 130})
    void chunksHaveTheGradientsOfTheLoopOverTokensAtEveryLength(int t) {
        TensorScope.run(() -> {
            for (Gate g : gates()) {
                everyFormAgrees(g, Diagonal.INCLUSIVE, false, inputs(g, new Size(1, 1, 2, t, 19, 13), -0.5, 0));
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Diagonal.class)
    void everyShareOfTheOwnTokenHoldsForwardsAndBackwards(Diagonal d) {
        TensorScope.run(() -> {
            for (Gate g : gates()) {
                List<Tensor> in = inputs(g, new Size(2, 2, 4, 37, 16, 33), -0.5, 0);
                everyFormAgrees(g, d, false, in);
                everyFormAgrees(g, d, true, in);
            }
        });
    }

    @Test
    void statesOfManyBlocksOfColumnsAndOddKeysAgree() {
        TensorScope.run(() -> {
            for (Gate g : gates()) {
                everyFormAgrees(g, Diagonal.INCLUSIVE, false, inputs(g, new Size(1, 1, 1, 40, 67, 131), -0.5, 0));
            }
        });
    }

    @Test
    void decaysThatForgetAllAndDecaysThatForgetNothingKeepTheirRelativeError() {
        Size s = new Size(1, 1, 1, 40, 16, 16);
        TensorScope.run(() -> {
            for (Gate g : gates()) {
                for (double log : new double[] {-5, -20, -50}) {
                    everyFormAgrees(g, Diagonal.INCLUSIVE, false, inputs(g, s, log - 1, log));
                }
                everyFormAgrees(g, Diagonal.EXCLUSIVE, false, inputs(g, s, -90, -0.001));
                everyFormAgrees(g, Diagonal.BEFORE, true, inputs(g, s, -1e-30, 0));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1})
    void aBetaOfNothingAndOneOfAllHaveTheirGradients(double beta) {
        TensorScope.run(() -> {
            for (boolean decays : new boolean[] {false, true}) {
                Gate g = new Gate.Delta(decays);
                List<Tensor> in = inputs(g, new Size(1, 1, 2, 50, 16, 16), -0.5, 0);
                in.set(3, Tensor.full(DType.F32, beta, 1, 2, 50));
                everyFormAgrees(g, Diagonal.INCLUSIVE, false, in);
            }
        });
    }

    @Test
    void threadsDoNotMatter() {
        TensorScope.run(() -> {
            for (Gate g : gates()) {
                List<Tensor> in = inputs(g, new Size(2, 2, 4, 70, 16, 16), -0.5, 0);
                gradient(op(g, Diagonal.INCLUSIVE, false, new Algorithm.Chunked(64)), in)
                        .threadsDoNotMatter();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("gates")
    void aNanReachesNoGradientThatTheLoopOverTokensKeepsFromIt(Gate g) {
        TensorScope.run(() -> {
            List<Tensor> in = inputs(g, new Size(1, 2, 2, 40, 8, 8), -0.5, 0);
            double[] v = in.get(2).toDoubles();
            v[21 * 8] = Double.NaN;
            in.set(2, Tensor.of(DType.F32, v, 1, 2, 40, 8));
            List<Tensor> expected = gradient(op(g, Diagonal.INCLUSIVE, false, FORMS.getFirst()), in)
                    .run();
            List<Tensor> actual = gradient(op(g, Diagonal.INCLUSIVE, false, FORMS.getLast()), in)
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
