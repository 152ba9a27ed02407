package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Few rows against many keys: heads that share keys share a panel, and keys are cut into parts. */
class AttendDecodeTest {
    private final AttendCheck check = new AttendCheck(43);

    private Attention attention(int batch, int heads, int keyHeads, int tq, int tk) {
        return Fused.attend(check.random(batch, heads, tq, 12))
                .keys(check.random(batch, keyHeads, tk, 12), check.random(batch, keyHeads, tk, 20));
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "1,4,1", "2,6,2", "1,40,1", "3,2,2"})
    void fewRowsOfAnyGroupingOfHeadsSeeAllTheirKeys(int batch, int heads, int keyHeads) {
        for (int tq : new int[] {1, 2, 5, 8, 31}) {
            check.forward(attention(batch, heads, keyHeads, tq, 3001).causal());
            check.forward(attention(batch, heads, keyHeads, tq, 130));
        }
    }

    @Test
    void rulesAndBiasesKeepToTheirHeadAndRow() {
        Tensor slopes = Tensor.of(DType.F32, new double[] {0.25, 0.1, 0.05, 0.02, 0.01, 0.002}, 6);
        check.forward(attention(2, 6, 2, 3, 2500).causal().alibi(slopes, Section.AlibiForm.DISTANCE));
        check.forward(attention(2, 6, 2, 3, 2500).window(700, 0).offsets(check.random(6, 33), 16));
        check.forward(attention(1, 6, 3, 2, 2100).bias(check.random(1, 6, 2, 2100)));
        Tensor lengths = Tensor.of(new long[] {0, 1, 2999}, 3);
        check.forward(attention(3, 4, 1, 2, 3000).causal().keyLengths(lengths));
        Tensor bounds = Tensor.of(new long[] {0, 1, 1, 3, 4, 5, 6}, 7);
        Tensor ranges = Tensor.of(new long[] {5, 90, 0, 2100, 1500, 1600, 7, 8, 0, 1, 9, 200}, 6, 2);
        check.forward(attention(1, 6, 2, 3, 2100).tiles(64, Section.Scope.HEAD, bounds, ranges));
    }

    @Test
    void thePartsOfKeysDoNotDependOnTheThreads() {
        int before = Workers.threads();
        try {
            TensorScope.run(() -> {
                Attention a = attention(1, 4, 1, 1, 9000).causal();
                Workers.threads(1);
                double[] one = CaseCheck.run(a.op(), a.inputs()).getFirst().toDoubles();
                Workers.threads(3);
                assertArrayEquals(
                        one, CaseCheck.run(a.op(), a.inputs()).getFirst().toDoubles());
            });
        } finally {
            Workers.threads(before);
        }
    }
}
