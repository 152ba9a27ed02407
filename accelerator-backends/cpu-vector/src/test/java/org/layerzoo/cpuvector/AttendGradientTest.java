package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.Attention;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Gradients of attention at sizes around those of its panels and blocks, against the tape over the dense form in F64. */
class AttendGradientTest {
    private final AttendCheck check = new AttendCheck(31);

    private Tensor random(int... dims) {
        return check.random(dims);
    }

    private Attention attention(int tq, int tk, int d, int dv) {
        return Fused.attend(random(2, 4, tq, d)).keys(random(2, 2, tk, d), random(2, 2, tk, dv));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 63, 65, 96, 97, 130, 193})
    void everyCountOfRowsAndKeysAroundAPanelAndABlock(int n) {
        check.backward(attention(n, n, 8, 8).causal());
        check.backward(attention(n, 97, 8, 8));
        check.backward(attention(97, n, 8, 8).causal().topLeft());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20, 64, 65, 130})
    void everyDepthOfKeysAndValues(int depth) {
        check.backward(attention(70, 110, depth, 24).causal());
        check.backward(attention(70, 110, 24, depth));
    }

    @Test
    void rangesOfKeysOfOneHeadAddUp() {
        Attention a = Fused.attend(random(1, 1, 70, 4)).keys(random(1, 1, 2300, 4), random(1, 1, 2300, 4));
        check.backward(a);
    }

    @Test
    void windowsLengthsAndBiasesHideAndShiftWhatTheyDoForward() {
        check.backward(attention(150, 210, 8, 8).window(40, 9));
        check.backward(attention(150, 210, 8, 8).causal().alibi(random(4), Section.AlibiForm.DISTANCE));
        check.backward(attention(150, 210, 8, 8).bias(random(1, 4, 150, 210)));
        Tensor lengths = Tensor.of(new long[] {0, 131}, 2);
        check.backward(attention(150, 150, 8, 8).causal().lengths(lengths, lengths));
    }

    @Test
    void rowsThatSeeNothingGiveNoGradient() {
        List<Tensor> g = TensorScope.use(() -> {
            Attention a = Fused.attend(random(1, 1, 100, 8))
                    .keys(random(1, 1, 40, 8), random(1, 1, 40, 8))
                    .causal();
            return check.gradient(a).run();
        });
        double[] dq = g.getFirst().toDoubles();
        assertTrue(Arrays.stream(dq, 0, 60 * 8).allMatch(x -> x == 0));
        assertTrue(Arrays.stream(dq, 61 * 8, 100 * 8).anyMatch(x -> x != 0));
    }

    @Test
    void aRowThatSeesOneKeyGivesQueriesAndKeysExactlyNothing() {
        TensorScope.run(() -> {
            List<Tensor> one = outputOnly(attention(1, 1, 13, 17));
            assertTrue(Arrays.stream(one.get(0).toDoubles()).allMatch(x -> x == 0));
            assertTrue(Arrays.stream(one.get(1).toDoubles()).allMatch(x -> x == 0));
            Tensor dq = outputOnly(attention(70, 70, 16, 64).causal()).getFirst();
            for (int c = 0; c < 16; c++) {
                assertEquals(0, dq.get(0, 0, 0, c));
            }
        });
    }

    /** Gradients from o alone: a log-sum-exp moves with its only score. */
    private List<Tensor> outputOnly(Attention a) {
        List<Tensor> out = CaseCheck.run(a.op(), a.inputs());
        List<Tensor> in = new ArrayList<>(a.inputs());
        in.addAll(out);
        in.add(random(out.getFirst().shape().dims()));
        return CaseCheck.run(new GradientOf(a.op(), a.inputs().size(), 2, List.of(0), List.of(0, 1)), in);
    }

    @Test
    void oneAndTwoThreadsGiveEqualBits() {
        TensorScope.run(
                () -> check.gradient(attention(200, 300, 16, 16).causal()).threadsDoNotMatter());
    }
}
