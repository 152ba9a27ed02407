package org.layerzoo.cpuvector;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.recur.Recurrence;
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
}
