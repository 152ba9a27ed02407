package org.layerzoo.core.op.linear;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.op.Primitive.PoolGeometry;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Shapes and ranges of the linear ops. */
public final class LinearCases {
    private static final String SUMS = "F32 sums of up to 1000 products of mixed sign";
    private static final String SOLVE = "substitution on a triangle that is kept diagonally dominant";
    private static final String TIES = "windows overlap so often that near ties occur, where the maximum jumps";
    private static final String FOURIER = "log2(n) roundings, O(sqrt(n)) for primes";

    private LinearCases() {}

    public static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        products(cases);
        solves(cases);
        convolutions(cases);
        adjoints(cases);
        pools(cases);
        spectra(cases);
        return List.copyOf(cases);
    }

    private static void products(List<OpCase> cases) {
        for (int n : new int[] {1, 7, 63, 64, 65}) {
            add(cases, "square " + n, new Primitive.MatMul(false, false), SUMS, x(n, n), x(n, n));
        }
        add(cases, "long", new Primitive.MatMul(false, false), SUMS, x(3, 1000), x(1000, 5));
        large(cases, "more than a tile", new Primitive.MatMul(false, false), SUMS, x(136, 40), x(40, 136));
        large(cases, "more than a tile, transposed a", new Primitive.MatMul(true, false), SUMS, x(40, 136), x(40, 131));
        large(cases, "more than a tile, transposed b", new Primitive.MatMul(false, true), SUMS, x(131, 40), x(136, 40));
        large(
                cases,
                "more than a tile, transposed both",
                new Primitive.MatMul(true, true),
                SUMS,
                x(33, 136),
                x(131, 33));
        add(cases, "transposed a", new Primitive.MatMul(true, false), SUMS, x(2, 7, 5), x(2, 7, 3));
        add(cases, "transposed b", new Primitive.MatMul(false, true), SUMS, x(2, 7, 5), x(2, 3, 5));
        add(cases, "transposed both", new Primitive.MatMul(true, true), SUMS, x(5, 7), x(3, 5));
        add(cases, "shared weight", new Primitive.MatMul(false, false), SUMS, x(2, 3, 5, 7), x(7, 4));
        add(cases, "shared weight transposed", new Primitive.MatMul(false, true), SUMS, x(3, 5, 7), x(4, 7));
        add(cases, "shared left", new Primitive.MatMul(false, false), SUMS, x(4, 7), x(3, 7, 5));
        add(cases, "batch broadcast", new Primitive.MatMul(true, true), SUMS, x(2, 1, 5, 3), x(3, 4, 5));
        add(cases, "empty sum", new Primitive.MatMul(false, false), SUMS, x(3, 0), x(0, 2));
        add(cases, "no rows", new Primitive.MatMul(false, false), SUMS, x(0, 3), x(3, 2));
    }

    private static void solves(List<OpCase> cases) {
        for (int n : new int[] {1, 7, 13}) {
            for (int bits = 0; bits < 4; bits++) {
                Op op = new Primitive.TriangularSolve((bits & 1) == 1, (bits & 2) == 2, true);
                OpCase.Input l = new OpCase.Input(TensorSpec.of(DType.F32, 2, n, n), -0.3, 0.3);
                add(cases, "unit " + n + " " + bits, op, SOLVE, l, x(2, n, 3));
            }
        }
        // All entries in [2, 3): the diagonal leads where the triangle is small.
        for (int bits = 0; bits < 4; bits++) {
            Op op = new Primitive.TriangularSolve((bits & 1) == 1, (bits & 2) == 2, false);
            OpCase.Input l = new OpCase.Input(TensorSpec.of(DType.F32, 3, 3), 2, 3);
            add(cases, "diagonal " + bits, op, SOLVE, l, x(3, 2));
        }
        add(
                cases,
                "unit 65",
                new Primitive.TriangularSolve(true, false, true),
                SOLVE,
                new OpCase.Input(TensorSpec.of(DType.F32, 65, 65), -0.1, 0.1),
                x(65, 7));
    }

    private static void convolutions(List<OpCase> cases) {
        conv(cases, "1d pointwise", geometry(1, a(1), a(0), a(0), a(1)), d(2, 3, 7), d(5, 3, 1));
        conv(cases, "1d causal depthwise", geometry(5, a(1), a(3), a(0), a(1)), d(2, 5, 13), d(5, 1, 4));
        conv(cases, "1d strided uneven", geometry(1, a(3), a(2), a(1), a(2)), d(1, 2, 17), d(3, 2, 3));
        conv(cases, "1d 1000", geometry(1, a(1), a(1), a(1), a(1)), d(1, 2, 1000), d(2, 2, 3));
        conv(cases, "2d same", geometry(1, a(1, 1), a(1, 1), a(1, 1), a(1, 1)), d(2, 3, 7, 5), d(4, 3, 3, 3));
        conv(cases, "2d groups", geometry(2, a(2, 1), a(0, 2), a(1, 0), a(1, 2)), d(1, 4, 7, 6), d(6, 2, 2, 3));
        conv(cases, "2d anisotropic", geometry(1, a(1, 2), a(0, 3), a(0, 3), a(1, 1)), d(1, 1, 5, 11), d(2, 1, 1, 7));
        conv(cases, "2d patches", geometry(1, a(4, 4), a(0, 0), a(0, 0), a(1, 1)), d(1, 3, 8, 9), d(5, 3, 4, 4));
        conv(
                cases,
                "3d",
                geometry(1, a(1, 2, 1), a(1, 0, 1), a(0, 1, 1), a(2, 1, 1)),
                d(1, 2, 5, 4, 3),
                d(2, 2, 2, 3, 3));
        conv(cases, "no batch", geometry(1, a(1), a(0), a(0), a(1)), d(0, 2, 7), d(3, 2, 3));
    }

    private static void adjoints(List<OpCase> cases) {
        ConvGeometry g1 = geometry(1, a(2), a(1), a(1), a(1));
        add(cases, "1d", new Primitive.ConvInput(g1, d(8)), SUMS, x(2, 3, 4), x(3, 2, 4));
        add(cases, "1d output padding", new Primitive.ConvInput(g1, d(9)), SUMS, x(2, 3, 4), x(3, 2, 4));
        add(cases, "1d", new Primitive.ConvWeight(g1, d(4)), SUMS, x(2, 3, 8), x(2, 5, 4));
        ConvGeometry g2 = geometry(2, a(2, 1), a(0, 2), a(1, 0), a(1, 2));
        add(cases, "2d groups", new Primitive.ConvInput(g2, d(7, 6)), SUMS, x(1, 6, 4, 4), x(6, 2, 2, 3));
        add(cases, "2d groups", new Primitive.ConvWeight(g2, d(2, 3)), SUMS, x(1, 4, 7, 6), x(1, 6, 4, 4));
        ConvGeometry g3 = geometry(1, a(1, 2, 1), a(1, 0, 1), a(0, 1, 1), a(2, 1, 1));
        add(cases, "3d", new Primitive.ConvInput(g3, d(5, 4, 3)), SUMS, x(1, 2, 4, 2, 3), x(2, 2, 2, 3, 3));
        add(cases, "3d", new Primitive.ConvWeight(g3, d(2, 3, 3)), SUMS, x(1, 2, 5, 4, 3), x(1, 2, 4, 2, 3));
    }

    private static void pools(List<OpCase> cases) {
        PoolGeometry halves = new PoolGeometry(a(2, 2), a(2, 2), a(0, 0), a(0, 0));
        PoolGeometry padded = new PoolGeometry(a(3, 3), a(2, 2), a(1, 1), a(1, 1));
        PoolGeometry uneven = new PoolGeometry(a(3), a(2), a(2), a(1));
        PoolGeometry cube = new PoolGeometry(a(2, 1, 3), a(1, 1, 2), a(0, 0, 1), a(1, 0, 0));
        add(cases, "halves", new Primitive.MaxPool(halves), SUMS, x(2, 2, 4, 7));
        add(cases, "uneven", new Primitive.MaxPool(uneven), SUMS, x(1, 2, 7));
        cases.add(new OpCase("max_pool 65", new Primitive.MaxPool(padded), List.of(x(2, 3, 65, 63)), 0, false, TIES));
        cases.add(new OpCase("max_pool cube", new Primitive.MaxPool(cube), List.of(x(1, 2, 5, 3, 7)), 0, false, TIES));
        for (boolean count : new boolean[] {true, false}) {
            String how = count ? " padding counted" : " valid counted";
            add(cases, "halves" + how, new Primitive.AvgPool(halves, count), SUMS, x(2, 2, 4, 7));
            add(cases, "padded" + how, new Primitive.AvgPool(padded, count), SUMS, x(1, 2, 65, 7));
            add(cases, "uneven" + how, new Primitive.AvgPool(uneven, count), SUMS, x(1, 2, 7));
            add(cases, "cube" + how, new Primitive.AvgPool(cube, count), SUMS, x(1, 2, 5, 3, 7));
            add(cases, "adjoint" + how, new Primitive.AvgPoolInput(padded, count, d(6, 7)), SUMS, x(1, 2, 3, 4));
            add(
                    cases,
                    "adjoint cube" + how,
                    new Primitive.AvgPoolInput(cube, count, d(3, 2, 5)),
                    SUMS,
                    x(1, 2, 3, 2, 2));
        }
    }

    private static void spectra(List<OpCase> cases) {
        for (int n : new int[] {1, 2, 3, 7, 12, 63, 64, 65, 1000, 1009}) {
            int bins = n / 2 + 1;
            add(cases, "" + n, new Primitive.Fft(1, false), FOURIER, x(2, n, 2));
            add(cases, "" + n, new Primitive.Rfft(1), FOURIER, x(2, n));
            add(cases, "" + n, new Primitive.Irfft(1, n), FOURIER, x(2, bins, 2));
        }
        add(cases, "inner axis", new Primitive.Fft(1, true), FOURIER, x(2, 7, 3, 2));
        add(cases, "inner axis", new Primitive.Rfft(0), FOURIER, x(6, 3));
        add(cases, "inner axis", new Primitive.Irfft(1, 6), FOURIER, x(2, 4, 3, 2));
    }

    private static void conv(List<OpCase> cases, String what, ConvGeometry g, int[] x, int[] w) {
        add(cases, what, new Primitive.Conv(g), SUMS, x(x), x(w));
    }

    private static ConvGeometry geometry(int groups, int[] stride, int[] before, int[] after, int[] dilation) {
        return new ConvGeometry(stride, before, after, dilation, groups);
    }

    /** A case too large for finite differences. */
    private static void large(List<OpCase> to, String what, Op op, String reason, OpCase.Input... in) {
        to.add(new OpCase(op.name() + " " + what, op, List.of(in), 2e-6, false, reason));
    }

    private static void add(List<OpCase> to, String what, Op op, String reason, OpCase.Input... in) {
        to.add(new OpCase(op.name() + " " + what, op, List.of(in), 2e-6, true, reason));
    }

    private static OpCase.Input x(int... dims) {
        return new OpCase.Input(TensorSpec.of(DType.F32, dims), -1, 1);
    }

    private static int[] a(int... perAxis) {
        return perAxis;
    }

    private static int[] d(int... sizes) {
        return sizes;
    }
}
