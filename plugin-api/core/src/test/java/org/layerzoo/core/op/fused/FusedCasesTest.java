package org.layerzoo.core.op.fused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.FusedCases;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.GroupGradients;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** What holds for every fused op, over its case table. */
class FusedCasesTest {
    static Stream<OpCase> all() {
        return FusedCases.all().stream();
    }

    static Stream<OpCase> differentiable() {
        return GroupGradients.differentiable(FusedCases.all());
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void gradientEqualsFiniteDifferences(OpCase c) {
        GroupGradients.assertFirst(c);
    }

    @ParameterizedTest
    @MethodSource("all")
    void inferredShapesAreThoseOfTheDecomposition(OpCase c) {
        List<TensorSpec> in = c.in().stream().map(OpCase.Input::spec).toList();
        assertEquals(ShapesOnly.infer((FusedOp) c.op(), in), c.op().infer(in));
    }

    @ParameterizedTest
    @MethodSource("all")
    void reducedPrecisionRunsAndStaysNearF64(OpCase c) {
        List<Tensor> wide = Expect.onReference(() -> Exec.apply(c.op(), c.draw(3, DType.F64)));
        List<Tensor> plain = Expect.onReference(() -> Exec.apply(c.op(), c.draw(3)));
        for (int i = 0; i < wide.size(); i++) {
            double error = distance(plain.get(i).toDoubles(), wide.get(i).toDoubles());
            assertTrue(error <= 10 * c.bound(), c.name() + ": F32 differs from F64 by " + error);
        }
    }

    /** Relative, infinities counting as equal where both agree. */
    private static double distance(double[] a, double[] b) {
        double diff = 0;
        double norm = 0;
        for (int i = 0; i < a.length; i++) {
            if (a[i] != b[i]) {
                diff += (a[i] - b[i]) * (a[i] - b[i]);
            }
            norm += Double.isFinite(b[i]) ? b[i] * b[i] : 0;
        }
        return norm == 0 ? Math.sqrt(diff) : Math.sqrt(diff / norm);
    }

    @Test
    void casesHaveDistinctNames() {
        String[] names = all().map(OpCase::name).toArray(String[]::new);
        assertEquals(names.length, Arrays.stream(names).distinct().count());
    }

    @ParameterizedTest
    @MethodSource("all")
    void flopsArePositive(OpCase c) {
        List<TensorSpec> in = c.in().stream().map(OpCase.Input::spec).toList();
        assertTrue(((FusedOp) c.op()).flops(in) > 0);
    }
}
