package org.layerzoo.cpuvector;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** What attention returns beside o and lse, and samples laid end to end, against the dense form in F64. */
class AttendResultsTest {
    private static final SplittableRandom RANDOM = new SplittableRandom(13);

    private static Tensor random(int... dims) {
        double[] v = new double[(int) Tensor.zeros(DType.F32, dims).size()];
        java.util.Arrays.setAll(v, i -> RANDOM.nextDouble(-1, 1));
        return Tensor.of(DType.F32, v, dims);
    }

    private static void agrees(Attention a) {
        TensorScope.run(() -> {
            List<Tensor> wide = a.inputs().stream().map(CaseCheck::widened).toList();
            List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(a.op(), wide));
            CaseCheck.compare("attend", CaseCheck.run(a.op(), a.inputs()), expected, 1e-5);
        });
    }

    @Test
    void weightsAndTheirSumsAreThoseOfTheDenseForm() {
        for (Wants w : List.of(
                new Wants(true, 0, false, 0),
                new Wants(false, 32, false, 0),
                new Wants(false, Wants.ALL, true, 0),
                new Wants(true, 5, true, 0),
                new Wants(false, 0, false, 101),
                new Wants(true, 5, true, 7))) {
            agrees(Fused.attend(random(2, 4, 150, 19))
                    .keys(random(2, 2, 301, 19), random(2, 2, 301, 7))
                    .causal()
                    .wants(w));
            agrees(Fused.attend(random(1, 2, 40, 8))
                    .keys(random(1, 2, 17, 8), random(1, 2, 17, 8))
                    .causal()
                    .wants(w));
            agrees(Fused.attend(random(2, 3, 110, 8))
                    .keys(random(2, 3, 90, 8), random(2, 3, 90, 8))
                    .window(20, 20)
                    .keys(random(2, 3, 33, 8), random(2, 3, 33, 8))
                    .wants(w));
        }
    }

    @Test
    void packedSamplesSeeThemselvesOnly() {
        Tensor q = random(1, 4, 331, 16);
        Tensor k = random(1, 2, 402, 16);
        Tensor v = random(1, 2, 402, 24);
        Tensor rows = Tensor.of(new long[] {0, 3, 3, 130, 331}, 5);
        Tensor keys = Tensor.of(new long[] {0, 1, 7, 200, 402}, 5);
        agrees(Fused.attend(q).keys(k, v).packed(rows, keys));
        agrees(Fused.attend(q).keys(k, v).packed(rows, keys).causal());
        agrees(Fused.attend(q).keys(k, v).packed(rows, keys).causal().topLeft());
        agrees(Fused.attend(q).keys(k, v).packed(rows, keys).wants(new Wants(false, Wants.ALL, false, 0)));
    }
}
