package org.layerzoo.cpuvector;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Gradients of sequences longer than one task's share, against the tape over the decomposition in F64. */
class GradientTest {
    private static final SplittableRandom RANDOM = new SplittableRandom(3);

    private static Tensor random(double lo, double hi, int... dims) {
        double[] v = new double[(int) Tensor.zeros(DType.F32, dims).size()];
        java.util.Arrays.setAll(v, i -> RANDOM.nextDouble(lo, hi));
        return Tensor.of(DType.F32, v, dims);
    }

    private static void agrees(WholeGradient op, List<Tensor> in) {
        TensorScope.run(() -> {
            GradientCheck g = GradientCheck.of(op, in, 3);
            g.agrees(op.name(), 3e-5);
            g.threadsDoNotMatter();
        });
    }

    @Test
    void oneHeadCutIntoRangesOfKeysHasTheGradientsOfTheDenseForm() {
        Section causal = new Section(
                new Section.Layout.Dense(),
                Section.Coordinates.BOTTOM_RIGHT,
                List.of(Section.Visible.Window.causal()),
                List.of(),
                List.of());
        Attend op = new Attend(
                List.of(causal),
                new HeadMap.Grouped(),
                0.3,
                0,
                new Normaliser.Softmax(),
                new Dropout.None(),
                Wants.nothing());
        agrees(op, List.of(random(-1, 1, 1, 1, 333, 17), random(-1, 1, 1, 1, 1177, 17), random(-1, 1, 1, 1, 1177, 9)));
    }

    @Test
    void packedSamplesOfOneHeadHaveTheGradientsOfTheDenseForm() {
        Tensor bounds = Tensor.of(new long[] {0, 3, 400, 1100}, 4);
        Attention a = Fused.attend(random(-1, 1, 1, 1, 1100, 8))
                .keys(random(-1, 1, 1, 1, 1100, 8), random(-1, 1, 1, 1, 1100, 8))
                .packed(bounds, bounds)
                .causal();
        agrees(a.op(), a.inputs());
    }

    @Test
    void theDeltaRuleWithDecaysSharedKeysAndAStateHasItsGradients() {
        Recurrence r = Recurrence.of(
                        random(-1, 1, 2, 2, 150, 13), random(-0.3, 0.3, 2, 2, 150, 13), random(-1, 1, 2, 4, 150, 19))
                .delta(random(0, 1, 2, 4, 150), random(-0.3, 0, 2, 4, 150))
                .from(random(-1, 1, 2, 4, 13, 19))
                .scale(0.4);
        agrees(r.op(), r.inputs());
        agrees(r.reverse().op(), r.inputs());
    }

    @Test
    void decaysPerHeadPerTokenAndPerKeyHaveTheirGradients() {
        Tensor q = random(-1, 1, 2, 3, 130, 8);
        Tensor k = random(-1, 1, 2, 3, 130, 8);
        Tensor v = random(-1, 1, 2, 3, 130, 33);
        for (Recurrence r : List.of(
                Recurrence.of(q, k, v).perHead(random(-0.3, -0.01, 3)),
                Recurrence.of(q, k, v).scalar(random(-0.3, 0, 2, 3, 130)),
                Recurrence.of(q, k, v).key(random(-0.3, 0, 2, 3, 130, 8)),
                Recurrence.of(q, k, v))) {
            agrees(r.op(), r.inputs());
        }
    }

    @Test
    void theZeroOrderHoldHasItsGradientsForStepsOfNothingAndStepsThatForgetAll() {
        SelectiveScan op =
                new SelectiveScan(false, SelectiveScan.Discretisation.ZOH, false, true, false, true, false, 64, 0);
        Tensor u = random(-1, 1, 2, 70, 19), b = random(-1, 1, 2, 70, 1, 5), c = random(-1, 1, 2, 70, 1, 5);
        for (double[] steps : new double[][] {{1e-6, 1e-5}, {1e-3, 0.1}, {0.1, 2}, {5, 15}}) {
            List<Tensor> in = List.of(
                    u,
                    random(steps[0], steps[1], 2, 70, 19),
                    random(-2, -0.5, 19, 5),
                    b,
                    c,
                    random(-1, 1, 19),
                    random(-1, 1, 2, 19, 5));
            TensorScope.run(() -> {
                GradientCheck g = GradientCheck.of(op, in, 3);
                g.agrees("steps from " + steps[0], 2e-6);
                g.threadsDoNotMatter();
            });
        }
    }

    @Test
    void shortConvolutionsLongerThanASpanAndShorterThanTheirKernelHaveTheirGradients() {
        for (int tokens : new int[] {1, 2, 32, 75}) {
            Tensor x = random(-1, 1, 2, tokens, 141), w = random(-1, 1, 141, 4);
            agrees(Fused.shortConv(x, w).op(), List.of(x, w));
            TokenConv all = Fused.shortConv(x, w)
                    .bias(random(-1, 1, 141))
                    .activation(Activation.SILU)
                    .from(random(-1, 1, 2, 3, 141));
            agrees(all.op(), all.inputs());
        }
    }
}
