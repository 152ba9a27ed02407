package org.layerzoo.core.op.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.shape;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class LinearTest {
    private static final Tensor A = f64(shape(2, 3), 1, 2, 3, 4, 5, 6);
    private static final Tensor B = f64(shape(3, 2), 7, 8, 9, 10, 11, 12);

    private static Stream<OpCase> all() {
        return LinearCases.all().stream();
    }

    private static Stream<OpCase> differentiable() {
        return all().filter(OpCase::differentiable);
    }

    /** Second derivatives nest three tapes, so the larger half of the table stays out. */
    private static Stream<OpCase> small() {
        return differentiable()
                .filter(c ->
                        c.in().stream().mapToLong(i -> i.spec().shape().size()).sum() <= 160);
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyCaseHasTheInferredTypes(OpCase c) {
        Expect.inferredTypes(c);
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void gradientsEqualFiniteDifferences(OpCase c) {
        Expect.gradientHolds(c);
    }

    @ParameterizedTest
    @MethodSource("small")
    void secondDerivativesEqualFiniteDifferences(OpCase c) {
        Expect.small(GradCheck.second(in -> Exec.apply(c.op(), in), c.draw(5, DType.F64), 7), 1e-6);
    }

    @Test
    void matmulMultipliesPlainAndTransposedStorage() {
        near(onReference(() -> Ops.matmul(A, B)), shape(2, 2), 58, 64, 139, 154);
        Tensor bt = f64(shape(2, 3), 7, 9, 11, 8, 10, 12);
        near(onReference(() -> A.matmulT(bt)), shape(2, 2), 58, 64, 139, 154);
        Tensor at = f64(shape(3, 2), 1, 4, 2, 5, 3, 6);
        near(onReference(() -> at.tMatmul(B)), shape(2, 2), 58, 64, 139, 154);
        near(onReference(() -> Ops.one(new Primitive.MatMul(true, true), at, bt)), shape(2, 2), 58, 64, 139, 154);
    }

    @Test
    void matmulBroadcastsBatchAxes() {
        Tensor two = f64(shape(2, 1, 1, 2), 1, 0, 0, 1);
        Tensor three = f64(shape(3, 2, 1), 1, 2, 3, 4, 5, 6);
        near(onReference(() -> Ops.matmul(two, three)), shape(2, 3, 1, 1), 1, 3, 5, 2, 4, 6);
    }

    @Test
    void matmulOfAnEmptySumIsZero() {
        near(onReference(() -> Ops.matmul(f64(shape(2, 0)), f64(shape(0, 1)))), shape(2, 1), 0, 0);
    }

    @Test
    void triangularSolveReadsOnlyItsTriangle() {
        Tensor l = f64(shape(2, 2), 2, 99, 3, 4);
        Tensor b = f64(shape(2, 1), 4, 14);
        // 2 x0 = 4, 3 x0 + 4 x1 = 14
        near(onReference(() -> solve(true, false, false, l, b)), shape(2, 1), 2, 2);
        // the transpose: 2 x0 + 3 x1 = 4, 4 x1 = 14
        near(onReference(() -> solve(true, true, false, l, b)), shape(2, 1), -3.25, 3.5);
        // upper: 2 x0 + 99 x1 = 4, 4 x1 = 14
        near(onReference(() -> solve(false, false, false, l, b)), shape(2, 1), (4 - 99 * 3.5) / 2, 3.5);
        // upper transposed: 2 x0 = 4, 99 x0 + 4 x1 = 14
        near(onReference(() -> solve(false, true, false, l, b)), shape(2, 1), 2, (14 - 198) / 4.0);
    }

    @Test
    void triangularSolveImpliesAUnitDiagonal() {
        Tensor l = f64(shape(2, 2), 77, 0, 3, 77);
        near(onReference(() -> solve(true, false, true, l, f64(shape(2, 1), 4, 14))), shape(2, 1), 4, 2);
    }

    private static Tensor solve(boolean lower, boolean transpose, boolean unit, Tensor l, Tensor b) {
        return Ops.one(new Primitive.TriangularSolve(lower, transpose, unit), l, b);
    }

    @Test
    void errorsNameBothShapes() {
        assertEquals("mat_mul: inner sizes differ: 3 of a (2, 3) against 2 of b (2, 3)", error(() -> Ops.matmul(A, A)));
        assertEquals(
                "mat_mul: inner sizes differ: 2 of a (2, 3) (transposed) against 3 of b (3, 2)",
                error(() -> A.tMatmul(B)));
        assertEquals(
                "mat_mul: both inputs of one dtype expected, given F64(2, 3) and F32(3, 2) (cast one)",
                error(() -> Ops.matmul(A, Tensor.zeros(DType.F32, 3, 2))));
        assertEquals(
                "mat_mul: a of at least two axes expected, given (3)",
                error(() -> Ops.matmul(Tensor.zeros(DType.F64, 3), B)));
        assertEquals(
                "triangular_solve: L of square matrices expected, given (2, 3)",
                error(() -> solve(true, false, false, A, B)));
    }
}
