package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;

class FusedCasesTest {
    private static final CpuVectorBackend BACKEND = new CpuVectorBackend();
    /** Gradients add one more chain of F32 sums to the forward pass. */
    private static final double GRADIENT = 3e-5;

    static Stream<OpCase> covered() {
        return AllCases.fused().stream();
    }

    static Stream<OpCase> gradients() {
        return FusedCases.all().stream()
                .filter(OpCase::differentiable)
                .filter(c -> c.op() instanceof WholeGradient)
                .filter(c -> TensorScope.use(() -> BACKEND.refusal(
                                gradient(c),
                                gradientInputs(c, 1).stream().map(Tensor::spec).toList()))
                        .isEmpty());
    }

    private static List<TensorSpec> specs(List<Tensor> in) {
        return in.stream().map(Tensor::spec).toList();
    }

    @ParameterizedTest
    @MethodSource("covered")
    void resultsStayWithinTheCasesBoundOfTheDecompositionInDoublePrecision(OpCase c) {
        CaseCheck.check(c);
    }

    @ParameterizedTest
    @MethodSource("covered")
    void oneAndTwoThreadsGiveEqualBits(OpCase c) {
        CaseCheck.threadsDoNotMatter(c);
    }

    @ParameterizedTest
    @MethodSource("gradients")
    void gradientKernelsAgreeWithTheTapeOverTheDecomposition(OpCase c) {
        TensorScope.run(() -> {
            List<Tensor> in = gradientInputs(c, 5);
            GradientOf op = gradient(c);
            List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
            List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, wide));
            CaseCheck.compare(c.toString(), CaseCheck.run(op, in), expected, GRADIENT);
        });
    }

    /** Every wanted gradient that the op's case allows, from cotangents of all its floating results. */
    private static GradientOf gradient(OpCase c) {
        List<TensorSpec> in = specs(c.draw(1));
        List<TensorSpec> out = c.op().infer(in);
        List<Integer> given = IntStream.range(0, out.size())
                .filter(i -> out.get(i).dtype().isFloating())
                .boxed()
                .toList();
        List<Integer> wanted = IntStream.range(0, in.size())
                .filter(i -> in.get(i).dtype().isFloating())
                .boxed()
                .toList();
        return new GradientOf((WholeGradient) c.op(), in.size(), out.size(), given, wanted);
    }

    private static List<Tensor> gradientInputs(OpCase c, long seed) {
        List<Tensor> in = c.draw(seed);
        List<Tensor> all = new ArrayList<>(in);
        List<Tensor> wide = in.stream().map(CaseCheck::widened).toList();
        List<Tensor> out = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(c.op(), wide));
        out.forEach(t -> all.add(
                t.dtype() == DType.F64
                        ? Tensor.of(DType.F32, t.toDoubles(), t.shape().dims())
                        : t));
        java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
        out.forEach(t -> {
            double[] v = random.doubles(t.size(), -1, 1).toArray();
            all.add(Tensor.of(DType.F32, v, t.shape().dims()));
        });
        return all;
    }

    @Test
    void mostCasesHaveAKernel() {
        assertTrue(
                covered().count() >= FusedCases.all().size() / 2,
                covered().count() + " of " + FusedCases.all().size());
    }
}
