package org.layerzoo.cpuvector;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.op.shortconv.TokenConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Samples laid end to end, an empty one and some of odd lengths, against the padded form in F64. */
class PackedTest {
    private static final SplittableRandom RANDOM = new SplittableRandom(17);
    private static final Tensor BOUNDS = Tensor.of(new long[] {0, 1, 1, 71, 200}, 5);

    private static Tensor random(double lo, double hi, int... dims) {
        double[] v = new double[(int) Tensor.zeros(DType.F32, dims).size()];
        java.util.Arrays.setAll(v, i -> RANDOM.nextDouble(lo, hi));
        return Tensor.of(DType.F32, v, dims);
    }

    private static void agrees(Op op, List<Tensor> in) {
        TensorScope.run(() -> {
            List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
            List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, wide));
            CaseCheck.compare(op.name(), CaseCheck.run(op, in), expected, 1e-5);
        });
    }

    /** Gradients to all inputs from cotangents of tokens and states, and from those of either alone. */
    private static void gradientsAgree(WholeGradient op, List<Tensor> in, double bound) {
        GradientCheck all = GradientCheck.of(op, in, 5);
        all.agrees(op.name(), bound);
        int given = op.infer(in.stream().map(Tensor::spec).toList()).size();
        for (int only = 0; only < given; only++) {
            GradientOf g =
                    new GradientOf(op, in.size(), given, List.of(only), all.op().wanted());
            List<Tensor> x = new ArrayList<>(all.in().subList(0, in.size() + given));
            x.add(all.in().get(in.size() + given + only));
            new GradientCheck(g, x).agrees(op.name() + ", cotangent " + only, bound);
        }
    }

    @Test
    void recurrencesOfPackedSamplesHaveTheGradientsOfThePaddedForm() {
        Tensor q = random(-1, 1, 1, 2, 200, 9);
        Tensor k = random(-0.3, 0.3, 1, 2, 200, 9);
        Tensor v = random(-1, 1, 1, 4, 200, 21);
        Tensor state = random(-1, 1, 4, 4, 9, 21);
        for (Recurrence r : List.of(
                Recurrence.of(q, k, v).delta(random(0, 1, 1, 4, 200), random(-0.3, 0, 1, 4, 200)),
                Recurrence.of(q, k, v).perHead(random(-0.3, -0.01, 4)).from(state),
                Recurrence.of(q, k, v).value(random(-0.3, 0, 1, 4, 200, 21)),
                Recurrence.of(q, k, v)
                        .key(random(-0.3, 0, 1, 4, 200, 9))
                        .from(state)
                        .reverse())) {
            r.packed(BOUNDS, 129);
            gradientsAgree(r.op(), r.inputs(), 5e-6);
        }
    }

    @Test
    void selectiveScansOfPackedSamplesHaveTheGradientsOfThePaddedForm() {
        Tensor u = random(-1, 1, 1, 200, 20), dt = random(0.01, 0.5, 1, 200, 20), a = random(-2, -0.1, 20, 5);
        Tensor b = random(-1, 1, 1, 200, 2, 5), c = random(-1, 1, 1, 200, 2, 5);
        for (SelectiveScan.Discretisation d : SelectiveScan.Discretisation.values()) {
            for (boolean all : new boolean[] {false, true}) {
                List<Tensor> in = new ArrayList<>(List.of(u, dt, a, b, c));
                if (all) {
                    in.addAll(List.of(
                            random(-1, 1, 20), random(-1, 1, 20), random(-1, 1, 1, 200, 20), random(-1, 1, 4, 20, 5)));
                }
                in.add(BOUNDS);
                gradientsAgree(new SelectiveScan(all, d, all, all, all, all, all, 64, 129), in, 5e-6);
            }
        }
    }

    @Test
    void recurrencesOfPackedSamplesStartAnewWithEachSample() {
        Tensor q = random(-1, 1, 1, 2, 200, 9);
        Tensor k = random(-0.3, 0.3, 1, 2, 200, 9);
        Tensor v = random(-1, 1, 1, 4, 200, 21);
        Tensor state = random(-1, 1, 4, 4, 9, 21);
        for (Recurrence r : List.of(
                Recurrence.of(q, k, v).delta(random(0, 1, 1, 4, 200)),
                Recurrence.of(q, k, v).perHead(random(-0.3, -0.01, 4)).from(state),
                Recurrence.of(q, k, v).key(random(-0.3, 0, 1, 4, 200, 9)).from(state))) {
            r.packed(BOUNDS, 129);
            agrees(r.op(), r.inputs());
        }
    }

    @Test
    void shortConvolutionsOfPackedSamplesSeeNothingOfTheOneBefore() {
        TokenConv c = TokenConv.of(random(-1, 1, 1, 200, 33), random(-1, 1, 33, 4))
                .bias(random(-1, 1, 33))
                .activation(Activation.SILU)
                .packed(BOUNDS, 129);
        agrees(c.op(), c.inputs());
        c.from(random(-1, 1, 4, 3, 33));
        agrees(c.op(), c.inputs());
    }

    @Test
    void shortConvolutionsOfPackedSamplesHaveTheGradientsOfThePaddedForm() {
        for (Activation a : List.of(Activation.SILU, Activation.NONE)) {
            TokenConv c = TokenConv.of(random(-1, 1, 1, 200, 33), random(-1, 1, 33, 4))
                    .activation(a)
                    .packed(BOUNDS, 129);
            gradientsAgree(c.op(), c.inputs(), 5e-6);
            c.bias(random(-1, 1, 33)).from(random(-1, 1, 4, 3, 33));
            gradientsAgree(c.op(), c.inputs(), 5e-6);
        }
    }
}
