package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.tensor.TensorScope;

class FusedCasesTest {
    /** Gradients add one more chain of F32 sums to the forward pass. */
    static final double GRADIENT = 3e-5;

    private static final List<Long> SEEDS = List.of(5L, 11L, 2026L);

    static Stream<OpCase> covered() {
        return AllCases.fused().stream();
    }

    static Stream<OpCase> gradients() {
        return FusedCases.all().stream()
                .filter(OpCase::differentiable)
                .filter(c -> c.op() instanceof WholeGradient)
                .filter(c -> TensorScope.use(() -> gradient(c, 1).refusal().isEmpty()));
    }

    static GradientCheck gradient(OpCase c, long seed) {
        return GradientCheck.of((WholeGradient) c.op(), c.draw(seed), seed);
    }

    @ParameterizedTest
    @MethodSource("covered")
    void resultsStayWithinTheCasesBoundOfTheDecompositionInDoublePrecision(OpCase c) {
        SEEDS.forEach(seed -> CaseCheck.check(c, seed));
    }

    @ParameterizedTest
    @MethodSource("covered")
    void oneAndTwoThreadsGiveEqualBits(OpCase c) {
        CaseCheck.threadsDoNotMatter(c);
    }

    @ParameterizedTest
    @MethodSource("gradients")
    void gradientKernelsAgreeWithTheTapeOverTheDecomposition(OpCase c) {
        SEEDS.forEach(seed -> TensorScope.run(() -> gradient(c, seed).agrees(c + ", seed " + seed, GRADIENT)));
    }

    @ParameterizedTest
    @MethodSource("gradients")
    void oneAndTwoThreadsGiveEqualBitsOfGradients(OpCase c) {
        TensorScope.run(() -> gradient(c, 3).threadsDoNotMatter());
    }

    @Test
    void mostCasesHaveAKernel() {
        assertTrue(
                covered().count() >= FusedCases.all().size() / 2,
                covered().count() + " of " + FusedCases.all().size());
    }
}
