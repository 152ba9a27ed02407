package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Attention at sizes around those of its panels and blocks, against the dense form in F64. */
class AttendPanelsTest {
    private final SplittableRandom random = new SplittableRandom(29);

    private Tensor random(double size, int... dims) {
        double[] v = new double[Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        Arrays.setAll(v, i -> random.nextDouble(-size, size));
        return Tensor.of(DType.F32, v, dims);
    }

    private static void agrees(Attention a, double bound) {
        TensorScope.run(() -> {
            List<Tensor> wide = a.inputs().stream().map(CaseCheck::widened).toList();
            List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(a.op(), wide));
            CaseCheck.compare("attend", CaseCheck.run(a.op(), a.inputs()), expected, bound);
        });
    }

    private Attention attention(int tq, int tk, int d, int dv) {
        return Fused.attend(random(1, 1, 2, tq, d)).keys(random(1, 1, 1, tk, d), random(1, 1, 1, tk, dv));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 31, 63, 64, 65, 95, 96, 97, 128, 191, 193, 300})
    void everyCountOfRowsAndKeysAroundAPanelAndABlock(int n) {
        for (int keys : new int[] {n, n + 1, 3, 97}) {
            agrees(attention(n, keys, 16, 16), 1e-5);
            agrees(attention(n, keys, 16, 16).causal(), 1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 20, 33, 64, 96, 130})
    void everyDepthOfKeysAndValues(int depth) {
        agrees(attention(70, 110, depth, 24).causal(), 1e-5);
        agrees(attention(70, 110, 24, depth).causal(), 1e-5);
    }

    @Test
    void windowsThatBeginAndEndInsideABlock() {
        for (int left : new int[] {0, 1, 40, 95, 96, 97, 200}) {
            for (int right : new int[] {0, 1, 63, 130}) {
                agrees(attention(230, 230, 8, 8).window(left, right), 1e-5);
                agrees(attention(230, 250, 8, 8).window(left, -1), 1e-5);
                agrees(attention(130, 300, 8, 8).window(left, right).topLeft(), 1e-5);
            }
        }
    }

    @Test
    void lengthsThatDifferBySampleAndOneOfNothing() {
        Tensor lengths = Tensor.of(new long[] {0, 1, 97, 201}, 4);
        UnaryOperator<Attention> at = a -> a.lengths(lengths, lengths);
        Tensor q = random(1, 4, 2, 201, 8);
        Tensor k = random(1, 4, 2, 201, 8);
        agrees(at.apply(Fused.attend(q).keys(k, k)), 1e-5);
        agrees(at.apply(Fused.attend(q).keys(k, k)).causal(), 1e-5);
        agrees(at.apply(Fused.attend(q).keys(k, k)).window(33, 5), 1e-5);
    }

    @Test
    void biasesMeetTheirKeysInEveryBlock() {
        Tensor slopes = random(0.2, 2);
        agrees(attention(150, 210, 8, 8).alibi(slopes, Section.AlibiForm.DISTANCE), 1e-5);
        agrees(attention(150, 210, 8, 8).causal().alibi(slopes, Section.AlibiForm.FROM_LAST_KEY), 1e-5);
        agrees(attention(150, 210, 8, 8).bias(random(2, 1, 2, 150, 210)).window(100, 7), 1e-5);
        agrees(attention(150, 210, 8, 8).softcap(3).causal(), 1e-5);
    }

    @Test
    void logitsOfTenThousandStillGiveTheWeightsOfTheirDifferences() {
        Tensor q = random(100, 1, 1, 130, 4);
        Tensor k = random(100, 1, 1, 130, 4);
        // weights hang on differences of products near 10^4, which F32 holds to 10^-3
        agrees(Fused.attend(q).keys(k, random(1, 1, 1, 130, 4)).causal(), 3e-3);
    }

    @Test
    void rowsThatSeeNothingGiveZeroAndMinusInfinity() {
        List<Tensor> out = TensorScope.use(() -> {
            Attention a = attention(100, 40, 8, 8).causal();
            return CaseCheck.run(a.op(), a.inputs());
        });
        double[] o = out.get(0).toDoubles();
        double[] lse = out.get(1).toDoubles();
        for (int i = 0; i < 60; i++) {
            assertEquals(Double.NEGATIVE_INFINITY, lse[i]);
            assertTrue(Arrays.stream(o, i * 8, i * 8 + 8).allMatch(x -> x == 0), "row " + i);
        }
        assertTrue(Double.isFinite(lse[60]));
    }

    @Test
    void aKeyThatIsNoNumberSpoilsTheRowsThatSeeItAndNoOthers() {
        Tensor k = random(1, 1, 1, 150, 8);
        double[] v = k.toDoubles();
        v[120 * 8 + 3] = Double.NaN;
        List<Tensor> out = TensorScope.use(() -> {
            Attention a = Fused.attend(random(1, 1, 1, 150, 8))
                    .keys(Tensor.of(DType.F32, v, 1, 1, 150, 8), random(1, 1, 1, 150, 8))
                    .causal();
            return CaseCheck.run(a.op(), a.inputs());
        });
        double[] o = out.get(0).toDoubles();
        for (int i = 0; i < 150; i++) {
            assertEquals(i >= 120, Double.isNaN(o[i * 8]), "row " + i);
        }
    }
}
