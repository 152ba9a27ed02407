package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.op.loss.CrossEntropy.Targets;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/** Cross entropy where an online log-sum-exp could go wrong: vocabularies beyond a block, large logits, hidden classes, ignored rows. */
class LossEdgeTest {
    private static Tensor logits(double size, int rows, int classes) {
        double[] v = new SplittableRandom(3)
                .doubles((long) rows * classes, -size, size)
                .toArray();
        return Tensor.of(DType.F32, v, rows, classes);
    }

    private static void agrees(CrossEntropy op, Tensor x, Tensor targets) {
        TensorScope.run(() -> {
            List<Tensor> in = List.of(x, targets);
            List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
            CaseCheck.compare("loss", CaseCheck.run(op, in), Reference.INSTANCE.apply(op, wide), 1e-6);
            GradientCheck g = GradientCheck.of(op, in, 9);
            g.agrees("gradient of loss", 1e-6);
            g.threadsDoNotMatter();
        });
    }

    @ParameterizedTest
    @EnumSource(Reduction.class)
    void everyTailAndMoreThanABlockOfClasses(Reduction r) {
        for (int classes : new int[] {1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 65, 70, 4095, 4096, 4097, 9001}) {
            Tensor ids = Tensor.of(new long[] {0, classes - 1, classes / 2, -100, classes / 3}, 5);
            agrees(new CrossEntropy(Targets.IDS, -100, 0, r), logits(4, 5, classes), ids);
            agrees(new CrossEntropy(Targets.IDS, -100, 0.1, r), logits(4, 5, classes), ids);
        }
    }

    @Test
    void largeLogitsLoseNothing() {
        Tensor ids = Tensor.of(new long[] {1, 9000, 7}, 3);
        for (double size : new double[] {100, 1e4, 1e30}) {
            agrees(new CrossEntropy(Targets.IDS, -100, 0, Reduction.SUM), logits(size, 3, 9001), ids);
        }
    }

    @Test
    void hiddenClassesHaveNoShareAndNoGradient() {
        double[] v = logits(3, 4, 70).toDoubles();
        for (int i = 0; i < v.length; i += 3) {
            v[i] = Double.NEGATIVE_INFINITY;
        }
        Tensor x = Tensor.of(DType.F32, v, 4, 70);
        double[] w = new SplittableRandom(5).doubles(4 * 70, 0, 1).toArray();
        Arrays.setAll(w, i -> i % 3 == 0 ? 0 : w[i]);
        agrees(new CrossEntropy(Targets.WEIGHTS, 0, 0, Reduction.NONE), x, Tensor.of(DType.F32, w, 4, 70));
        agrees(new CrossEntropy(Targets.IDS, -100, 0, Reduction.NONE), x, Tensor.of(new long[] {1, 4, 8, 10}, 4));
    }

    @Test
    void ignoredRowsCountNothingEvenIfAllAre() {
        CrossEntropy op = new CrossEntropy(Targets.IDS, 3, 0.2, Reduction.MEAN);
        Tensor all = Tensor.of(new long[] {3, 3}, 2);
        assertEquals(
                0, CaseCheck.run(op, List.of(logits(2, 2, 9), all)).getFirst().item());
        agrees(op, logits(2, 2, 9), all);
    }

    @Test
    void aNanReachesItsRowOnly() {
        double[] v = logits(3, 2, 40).toDoubles();
        v[45] = Double.NaN;
        CrossEntropy op = new CrossEntropy(Targets.IDS, -100, 0, Reduction.NONE);
        Tensor loss = CaseCheck.run(op, List.of(Tensor.of(DType.F32, v, 2, 40), Tensor.of(new long[] {0, 1}, 2)))
                .getFirst();
        assertTrue(Double.isFinite(loss.get(0)) && Double.isNaN(loss.get(1)));
    }

    @Test
    void aTargetOutsideTheClassesIsNamed() {
        CrossEntropy op = new CrossEntropy(Targets.IDS, -100, 0, Reduction.MEAN);
        ZooException e = assertThrows(
                ZooException.class, () -> CaseCheck.run(op, List.of(logits(1, 2, 5), Tensor.of(new long[] {4, 5}, 2))));
        assertTrue(e.getMessage().contains("given 5 at row 1"), e.getMessage());
    }
}
