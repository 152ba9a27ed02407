package org.layerzoo.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

class MetricsTest {
    private static final Tensors LOGITS =
            Tensors.of("y", Tensor.of(new float[] {0, 2, 1, /**/ 3, 3, 0, /**/ 0, 0, 1, /**/ 5, 0, 0}, 2, 2, 3));

    private static Tensors targets(long... ids) {
        return Tensors.of("target", Tensor.of(ids, 2, 2));
    }

    @Test
    void ignoredPlacesDoNotCountAndTiesGoToTheLowestClass() {
        Metric.Sum s = Accuracy.ofTokens("target").of(LOGITS, targets(1, 0, Targets.IGNORED, 1));
        assertEquals(new Metric.Sum(2, 3), s);
        assertEquals(
                1, Accuracy.ofTokens("target").of(LOGITS, targets(1, 1, 2, 0)).total() - 2, 1e-12);
    }

    @Test
    void exactMatchNeedsEveryScoredTokenOfASequence() {
        assertEquals(new Metric.Sum(1, 2), new ExactMatch("target").of(LOGITS, targets(1, 2, Targets.IGNORED, 0)));
        assertEquals(
                new Metric.Sum(1, 1),
                new ExactMatch("target").of(LOGITS, targets(1, 0, Targets.IGNORED, Targets.IGNORED)));
    }

    @Test
    void crossEntropyIsTheMeanOverWhatCounts() {
        double first = Math.log(1 + Math.exp(2) + Math.exp(1)) - 2;
        double last = Math.log(Math.exp(5) + 2);
        Metric.Sum s = new CrossEntropy("target").of(LOGITS, targets(1, Targets.IGNORED, Targets.IGNORED, 1));
        assertEquals((first + last) / 2, s.value(), 1e-9);
        assertEquals(Math.exp((first + last) / 2), Perplexity.value(s), 1e-9);
        assertEquals(
                0,
                new CrossEntropy("target")
                        .of(LOGITS, targets(Targets.IGNORED, Targets.IGNORED, Targets.IGNORED, Targets.IGNORED))
                        .weight());
    }

    @Test
    void batchesAddUpByTheirWeight() {
        Metric m = Accuracy.ofTokens("target");
        Metric.Sum both = m.of(LOGITS, targets(1, 0, Targets.IGNORED, 1)).plus(m.of(LOGITS, targets(1, 0, 2, 0)));
        assertEquals(6.0 / 7, both.value(), 1e-12);
    }

    @Test
    void errorsOfRealValues() {
        Tensors y = Tensors.of("y", Tensor.of(new float[] {1, 2, 4}, 3));
        Tensors t = Tensors.of("target", Tensor.of(new float[] {1, 0, 1}, 3));
        assertEquals((4.0 + 9) / 3, new SquaredError("target").of(y, t).value(), 1e-9);
        assertEquals(5.0 / 3, new AbsoluteError("target").of(y, t).value(), 1e-9);
        ZooException e = assertThrows(ZooException.class, () -> new SquaredError("target")
                .of(y, Tensors.of("target", Tensor.of(new float[] {1}, 1))));
        assertTrue(e.getMessage().contains("differ in shape"), e.getMessage());
    }

    @Test
    void targetsThatDoNotFitAreRefused() {
        Tensors wrong = Tensors.of("target", Tensor.of(new long[] {1, 2}, 2));
        ZooException e =
                assertThrows(ZooException.class, () -> Accuracy.of("target").of(LOGITS, wrong));
        assertTrue(e.getMessage().contains("the last axis of logits is the classes"), e.getMessage());
    }
}
