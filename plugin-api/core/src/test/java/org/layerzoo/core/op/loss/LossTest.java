package org.layerzoo.core.op.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.ids;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.shape;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.tensor.Tensor;

class LossTest {
    /** Rows with probabilities (1/4, 3/4), (1/2, 1/2), (1/5, 4/5). */
    private static final Tensor X = f64(shape(3, 2), 0, Math.log(3), 1, 1, 0, Math.log(4));

    @Test
    void crossEntropyByHand() {
        Tensor ids = ids(1, -100, 0);
        double a = -Math.log(0.75);
        double b = Math.log(5);
        near(onReference(() -> Fused.crossEntropy(X, ids, -100)), shape(), (a + b) / 2);
        near(onReference(() -> Fused.crossEntropy(X, ids, -100, 0, Reduction.SUM)), shape(), a + b);
        near(onReference(() -> Fused.crossEntropy(X, ids, -100, 0, Reduction.NONE)), shape(3), a, 0, b);
        double smooth = 0.8 * a + 0.2 * (Math.log(4) - Math.log(0.75)) / 2;
        near(
                onReference(() -> Fused.crossEntropy(X, ids, -100, 0.2, Reduction.NONE))
                        .slice(0, 0, 1),
                shape(1),
                smooth);
        near(onReference(() -> Fused.crossEntropy(X, ids(-100, -100, -100), -100)), shape(), 0);
        Tensor weights = f64(shape(3, 2), 0.5, 0.5, 1, 0, 0, 2);
        double soft = 0.5 * Math.log(4) - 0.5 * Math.log(0.75);
        near(
                onReference(() -> Fused.softCrossEntropy(X, weights, 0, Reduction.NONE)),
                shape(3),
                soft,
                Math.log(2),
                -2 * Math.log(0.8));
    }

    @Test
    void theGradientIsProbabilityMinusTarget() {
        Tensor g = gradients(in -> Fused.crossEntropy(in.getFirst(), ids(1, -100, 0), -100, 0, Reduction.SUM), X)
                .getFirst();
        near(g, shape(3, 2), 0.25, -0.25, 0, 0, -0.8, 0.8);
    }

    @Test
    void hugeLogitsAndHiddenClassesStayFinite() {
        Tensor x = f64(shape(1, 3), 1e5, -1e5, Double.NEGATIVE_INFINITY);
        near(onReference(() -> Fused.crossEntropy(x, ids(1), -100)), shape(), 2e5);
        for (double g : gradients(in -> Fused.crossEntropy(in.getFirst(), ids(1), -100), x)
                .getFirst()
                .toDoubles()) {
            assertTrue(Double.isFinite(g));
        }
        Tensor weights = f64(shape(1, 3), 0, 1, 0);
        near(onReference(() -> Fused.softCrossEntropy(x, weights, 0, Reduction.SUM)), shape(), 2e5);
    }

    /** Sum of the probabilities of all frame labellings that collapse to the target. */
    private static double ctc(Tensor logp, int b, int frames, long[] target) {
        int classes = logp.dim(2);
        double total = 0;
        for (int code = 0; code < Math.pow(classes, frames); code++) {
            List<Long> collapsed = new ArrayList<>();
            double p = 0;
            int rest = code;
            int last = -1;
            for (int t = 0; t < frames; t++) {
                int c = rest % classes;
                rest /= classes;
                p += logp.get(b, t, c);
                if (c != 0 && c != last) {
                    collapsed.add((long) c);
                }
                last = c;
            }
            if (collapsed.equals(java.util.Arrays.stream(target).boxed().toList())) {
                total += Math.exp(p);
            }
        }
        return -Math.log(total);
    }

    @Test
    void ctcEqualsTheSumOverAllLabellings() {
        Tensor logp = onReference(() -> Fused.logSoftmax(random(1, 4, 5, 3), 2));
        Tensor targets = Tensor.of(new long[] {1, 2, 1, 1, 2, 1, 1, 1}, 4, 2);
        Tensor loss = onReference(() -> Fused.ctc(logp, targets, ids(5, 4, 5, 1), ids(2, 2, 0, 1), 0));
        assertEquals(ctc(logp, 0, 5, new long[] {1, 2}), loss.get(0), 1e-11);
        assertEquals(ctc(logp, 1, 4, new long[] {1, 1}), loss.get(1), 1e-11);
        assertEquals(ctc(logp, 2, 5, new long[] {}), loss.get(2), 1e-11);
        assertEquals(ctc(logp, 3, 1, new long[] {1}), loss.get(3), 1e-11);
    }

    @Test
    void anImpossibleAlignmentIsInfiniteWithoutGradient() {
        Tensor logp = onReference(() -> Fused.logSoftmax(random(1, 1, 2, 3), 2));
        Tensor targets = Tensor.of(new long[] {1, 1}, 1, 2);
        // Two equal labels need a blank between: three frames.
        assertEquals(
                Double.POSITIVE_INFINITY,
                onReference(() -> Fused.ctc(logp, targets, ids(2), ids(2), 0)).get(0));
        near(
                gradients(in -> Fused.ctc(in.getFirst(), targets, ids(2), ids(2), 0), logp)
                        .getFirst(),
                shape(1, 2, 3),
                new double[6]);
    }

    @Test
    void crfEqualsTheSumOverAllPathsAndViterbiTheBest() {
        Tensor e = random(1, 2, 4, 3);
        Tensor trans = random(2, 3, 3);
        Tensor start = random(3, 3);
        Tensor end = random(4, 3);
        Tensor tags = Tensor.of(new long[] {0, 2, 1, 1, 2, 2, 0, 0}, 2, 4);
        Tensor lengths = ids(4, 2);
        Tensor ll = onReference(() -> Fused.crf(e, trans, start, end, tags, lengths));
        List<Tensor> best = onReference(() -> Viterbi.decode(e, trans, start, end, lengths));
        for (int b = 0; b < 2; b++) {
            int n = (int) lengths.toLongs()[b];
            double sum = 0;
            double top = Double.NEGATIVE_INFINITY;
            int[] winner = new int[n];
            for (int code = 0; code < Math.pow(3, n); code++) {
                int[] path = new int[n];
                for (int t = 0, rest = code; t < n; t++, rest /= 3) {
                    path[t] = rest % 3;
                }
                double s = score(e, trans, start, end, b, path);
                sum += Math.exp(s);
                if (s > top) {
                    top = s;
                    winner = path;
                }
            }
            int[] gold = new int[n];
            for (int t = 0; t < n; t++) {
                gold[t] = (int) tags.get(b, t);
                assertEquals(winner[t], best.getFirst().get(b, t));
            }
            assertEquals(score(e, trans, start, end, b, gold) - Math.log(sum), ll.get(b), 1e-11);
            assertEquals(top, best.get(1).get(b), 1e-12);
        }
        assertArrayEquals(
                new double[] {0, 0},
                new double[] {best.getFirst().get(1, 2), best.getFirst().get(1, 3)});
    }

    private static double score(Tensor e, Tensor trans, Tensor start, Tensor end, int b, int[] path) {
        double s = start.get(path[0]) + end.get(path[path.length - 1]);
        for (int t = 0; t < path.length; t++) {
            s += e.get(b, t, path[t]) + (t > 0 ? trans.get(path[t - 1], path[t]) : 0);
        }
        return s;
    }

    @Test
    void targetsOfAnotherShapeAreRefused() {
        assertEquals(
                "cross_entropy: targets of shape (3) expected, given I64(2)",
                Expect.error(() -> Fused.crossEntropy(X, ids(0, 1), 0)));
    }
}
