package org.layerzoo.core.op.reduction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.GroupGradients;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.tensor.Tensor;

class ReductionGradientTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    static Stream<OpCase> smooth() {
        return GroupGradients.differentiable(ReductionCases.all());
    }

    static Stream<OpCase> small() {
        return smooth().filter(c -> c.in().getFirst().spec().shape().size() <= 24);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void gradientEqualsFiniteDifferences(OpCase c) {
        GroupGradients.assertFirst(c);
    }

    @ParameterizedTest
    @MethodSource("small")
    void secondDerivativeEqualsFiniteDifferences(OpCase c) {
        GroupGradients.assertSecond(c);
    }

    private static double[] gradient(Function<Tensor, Tensor> f, double... x) {
        return Exec.with(Reference.INSTANCE, () -> {
            Tensor in = Tensor.of(x, x.length);
            Tape tape = new Tape().watch(in);
            Tensor y = tape.record(() -> f.apply(in));
            return tape.gradient(y, List.of(in)).getFirst().toDoubles();
        });
    }

    @Test
    void maximumAndMinimumGiveTheirGradientToTheFirstOfEqualElements() {
        assertArrayEquals(new double[] {0, 1, 0, 0}, gradient(Tensor::max, 1, 3, 3, 2));
        assertArrayEquals(new double[] {1, 0, 0, 0}, gradient(Tensor::min, 1, 3, 1, 2));
        Tensor ids = Tensor.of(new long[] {1, 0, 1, 1}, 4);
        assertArrayEquals(
                new double[] {1, 1, 0, 0}, gradient(x -> Ops.segment(SegmentKind.MAX, x, ids, 2), 3, 3, 3, 2));
        // Running maxima 1 3 3 3: the second element is three of them, its equal none.
        assertArrayEquals(
                new double[] {1, 3, 0, 0}, gradient(x -> Ops.scan(ScanKind.MAX, x, 0, false, false), 1, 3, 3, 2));
    }

    @Test
    void productHasItsGradientThroughOneAndTwoZeros() {
        assertArrayEquals(new double[] {0, 8, 0}, gradient(x -> Ops.reduce(ReduceKind.PROD, x, false), 2, 0, 4));
        assertArrayEquals(new double[] {0, 0, 0}, gradient(x -> Ops.reduce(ReduceKind.PROD, x, false), 0, 0, 4));
        // y = (2, 0, 0): dy0/dx0 = 1; dy1/dx1 = 2, dy2/dx1 = 8; dy2/dx2 = 0
        assertArrayEquals(new double[] {1, 10, 0}, gradient(x -> Ops.scan(ScanKind.PROD, x, 0, false, false), 2, 0, 4));
    }

    @Test
    void firstAndSecondDerivativesOfProductsHoldWithZerosInside() {
        Op[] ops = {
            new Primitive.Reduce(ReduceKind.PROD, new int[] {0}, false),
            new Primitive.Scan(ScanKind.PROD, 0, false, false),
            new Primitive.Scan(ScanKind.PROD, 0, true, false),
            new Primitive.Scan(ScanKind.PROD, 0, false, true),
            new Primitive.Scan(ScanKind.PROD, 0, true, true)
        };
        List<Tensor> in = List.of(Tensor.of(new double[] {1.5, 0, -2, 0.5, 0, 3}, 6));
        for (Op op : ops) {
            double[] first = GradCheck.check(x -> Exec.apply(op, x), in, 1);
            double[] second = GradCheck.second(x -> Exec.apply(op, x), in, 2);
            assertTrue(
                    first[0] <= 1e-6 && second[0] <= 1e-6,
                    () -> op + " " + Arrays.toString(first) + Arrays.toString(second));
        }
    }

    @Test
    void logSumExpOfMaskedElementsHasNoGradientThere() {
        assertArrayEquals(new double[] {0, 0.5, 0.5}, gradient(x -> Ops.logSumExp(x, false), -INF, 2, 2), 1e-15);
        assertArrayEquals(new double[] {0, 0}, gradient(x -> Ops.logSumExp(x, false), -INF, -INF));
        // y = (-inf, 0, log 2): dx1 = 1 + 1/2, dx2 = 1/2
        assertArrayEquals(
                new double[] {0, 1.5, 0.5},
                gradient(x -> Ops.scan(ScanKind.LOGSUMEXP, x, 0, false, false), -INF, 0, 0),
                1e-15);
    }

    @Test
    void largeLogSumExpScansDoNotOverflow() {
        double[] g = gradient(x -> Ops.scan(ScanKind.LOGSUMEXP, x, 0, false, false), 2000, -2000, 2000);
        assertArrayEquals(new double[] {2.5, 0, 0.5}, g, 1e-12);
    }
}
