package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;

/** Biases with gradients, soft caps, several sections, dropout and other normalisers, beyond a panel of rows and a block of keys. */
class AttendVariantsTest {
    private static final int ROWS = 150;
    private static final int KEYS = 210;

    private final AttendCheck check = new AttendCheck(53);

    private Tensor random(int... dims) {
        return check.random(dims);
    }

    private Attention attention() {
        return Fused.attend(random(2, 4, ROWS, 8)).keys(random(2, 2, KEYS, 8), random(2, 2, KEYS, 12));
    }

    /** Forward, and gradients to every floating input. */
    private void agrees(Attention a) {
        check.forward(a);
        TensorScope.run(() -> {
            GradientCheck g = GradientCheck.of(a.op(), a.inputs(), 7);
            g.agrees("gradient of attend", 3e-5);
            g.threadsDoNotMatter();
        });
    }

    @Test
    void denseBiasesOfEveryBroadcastHaveTheirGradients() {
        for (int[] dims :
                new int[][] {{2, 4, ROWS, KEYS}, {1, 4, ROWS, KEYS}, {2, 1, 1, KEYS}, {1, 1, ROWS, 1}, {1, 1, 1, 1}}) {
            agrees(attention().causal().bias(random(dims)));
        }
        agrees(attention().keyBias(random(2, KEYS)));
        agrees(attention().keyBias(random(2, 4, KEYS)));
    }

    @Test
    void aBiasTooLargeForASlotAHeadIsSummedByOneTask() {
        Attention a = Fused.attend(random(3, 2, 450, 4))
                .keys(random(3, 2, 450, 4), random(3, 2, 450, 4))
                .bias(random(1, 1, 450, 450));
        agrees(a);
    }

    @Test
    void tablesAndSlopesHaveTheirGradients() {
        agrees(attention().causal().alibi(random(4), Section.AlibiForm.DISTANCE));
        agrees(attention().alibi(random(2, 4), Section.AlibiForm.FROM_LAST_KEY));
        agrees(attention().window(40, 9).offsets(random(4, 61), 30));
        agrees(attention().offsets(random(1, 9), 4).causal());
        agrees(attention().gridOffsets(random(4, 7, 9), 15, 14, 3, 4));
        SplittableRandom r = new SplittableRandom(3);
        Tensor index = Tensor.of(r.longs((long) ROWS * KEYS, 0, 11).toArray(), ROWS, KEYS);
        agrees(attention().indexed(index, random(4, 11)));
    }

    @Test
    void aSoftCapBendsScoresBeforeBiasesAndItsSlopeComesBehindThem() {
        agrees(attention().causal().softcap(0.7).bias(random(1, 4, ROWS, KEYS)));
    }

    @Test
    void sectionsShareOneNormaliser() {
        agrees(attention()
                .window(30, 30)
                .keys(random(2, 2, 33, 8), random(2, 2, 33, 12))
                .keyBias(random(2, 33))
                .softcap(2));
    }

    @Test
    void dropoutByDrawsAndByMaskIsTheSameForwardAndBackward() {
        agrees(attention().causal().dropout(0.3, 5, 2));
        SplittableRandom r = new SplittableRandom(5);
        Tensor keep = Tensor.of(
                DType.BOOL,
                r.doubles(2L * 4 * ROWS * KEYS).map(x -> x < 0.8 ? 1 : 0).toArray(),
                2,
                4,
                ROWS,
                KEYS);
        agrees(attention().dropout(0.2, keep).bias(random(4, ROWS, KEYS)));
        agrees(attention().keys(random(2, 2, 33, 8), random(2, 2, 33, 12)).dropout(0.5, 9, 1));
    }

    static List<Normaliser> pointwise() {
        return List.of(
                new Normaliser.Sigmoid(-2),
                new Normaliser.Relu2(),
                new Normaliser.Laplace(0.7071, 0.2821),
                new Normaliser.None());
    }

    @ParameterizedTest
    @MethodSource("pointwise")
    void normalisersOfSingleScores(Normaliser n) {
        agrees(attention().causal().norm(n));
        agrees(attention().window(20, 3).norm(n).softcap(1.5).bias(random(2, 4, ROWS, KEYS)));
        agrees(attention()
                .keys(random(2, 2, 33, 8), random(2, 2, 33, 12))
                .norm(n)
                .dropout(0.25, 3, 4));
        agrees(Fused.attend(random(1, 4, 1, 8))
                .keys(random(1, 1, 3000, 8), random(1, 1, 3000, 8))
                .norm(n));
    }

    @Test
    void clippedWeightsComeOfWholeRowsForwardAndBackward() {
        Normaliser low = new Normaliser.Clip(1, -0.004);
        agrees(attention().causal().norm(low));
        agrees(attention()
                .window(20, 3)
                .norm(new Normaliser.Clip(1.4, -0.1))
                .softcap(1.5)
                .bias(random(2, 4, ROWS, KEYS)));
        agrees(attention()
                .keys(random(2, 2, 33, 8), random(2, 2, 33, 12))
                .norm(low)
                .dropout(0.25, 3, 4));
        agrees(Fused.attend(random(1, 4, 1, 8))
                .keys(random(1, 1, 3000, 8), random(1, 1, 3000, 8))
                .norm(low));
        agrees(Fused.attend(random(1, 2, 40, 8))
                .keys(random(1, 2, 17, 8), random(1, 2, 17, 8))
                .causal()
                .norm(low));
    }

    @Test
    void clippedWeightsOfLargeScoresAreThoseOfTheDenseForm() {
        check.forward(Fused.attend(random(1, 2, 70, 16).mul(40))
                .keys(random(1, 2, 130, 16).mul(40), random(1, 2, 130, 16))
                .causal()
                .norm(new Normaliser.Clip(1.03, -0.03)));
    }

    @Test
    void aClipThatLiftsWeightsAndRowsOfUnitSpreadAreLeftToTheDenseForm() {
        CpuVectorBackend backend = new CpuVectorBackend();
        Attention lifted = attention().norm(new Normaliser.Clip(1, 0.1));
        Attention spread = attention().meanStd(1e-3, random(4), random(4));
        for (Attention a : List.of(lifted, spread)) {
            List<TensorSpec> in = a.inputs().stream().map(Tensor::spec).toList();
            assertTrue(backend.refusal(a.op(), in).orElseThrow().startsWith("normaliser "));
        }
    }
}
