package org.layerzoo.core.op.linear;

import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Gradients of the linear ops, each through its adjoint op, so that orders above the first exist. */
public final class LinearGradient {
    private LinearGradient() {}

    public static void backward(Primitive.Linear op, Backprop b) {
        switch (op) {
            case Primitive.MatMul m -> matmul(m, b);
            case Primitive.TriangularSolve t -> solve(t, b);
            case Primitive.Conv c -> {
                b.add(0, () -> convInput(c.g(), spatial(b.in(0)), b.grad(0), b.in(1)));
                b.add(1, () -> convWeight(c.g(), spatial(b.in(1)), b.in(0), b.grad(0)));
            }
            case Primitive.ConvInput c -> {
                b.add(0, () -> Ops.one(new Primitive.Conv(c.g()), b.grad(0), b.in(1)));
                b.add(1, () -> convWeight(c.g(), spatial(b.in(1)), b.grad(0), b.in(0)));
            }
            case Primitive.ConvWeight c -> {
                b.add(0, () -> convInput(c.g(), spatial(b.in(0)), b.in(1), b.grad(0)));
                b.add(1, () -> Ops.one(new Primitive.Conv(c.g()), b.in(0), b.grad(0)));
            }
            case Primitive.MaxPool p -> {
                if (b.hasGrad(0)) {
                    b.add(0, () -> unpool(b.grad(0), b.out(1), b.in(0).shape()));
                }
            }
            case Primitive.AvgPool p ->
                b.add(
                        0,
                        () -> Ops.one(
                                new Primitive.AvgPoolInput(p.g(), p.countPadding(), spatial(b.in(0))), b.grad(0)));
            case Primitive.AvgPoolInput p ->
                b.add(0, () -> Ops.one(new Primitive.AvgPool(p.g(), p.countPadding()), b.grad(0)));
            case Primitive.Fft f -> b.add(0, () -> Ops.one(new Primitive.Fft(f.axis(), !f.inverse()), b.grad(0)));
            case Primitive.Rfft f -> b.add(0, () -> rfft(f, b));
            case Primitive.Irfft f -> b.add(0, () -> irfft(f, b));
        }
    }

    private static Tensor convInput(Primitive.ConvGeometry g, int[] spatial, Tensor dy, Tensor w) {
        return Ops.one(new Primitive.ConvInput(g, spatial), dy, w);
    }

    private static Tensor convWeight(Primitive.ConvGeometry g, int[] kernel, Tensor x, Tensor dy) {
        return Ops.one(new Primitive.ConvWeight(g, kernel), x, dy);
    }

    private static int[] spatial(Tensor x) {
        return x.shape().sub(2, x.rank()).dims();
    }

    /** c = A B with A = op(a), B = op(b): dA = dc B^T, dB = A^T dc, transposed back where the operand was. */
    private static void matmul(Primitive.MatMul op, Backprop b) {
        boolean ta = op.transposeA();
        boolean tb = op.transposeB();
        b.add(0, () -> {
            Tensor g = b.grad(0);
            return ta
                    ? product(tb, true, b.in(1), g, b.in(0).shape())
                    : product(false, !tb, g, b.in(1), b.in(0).shape());
        });
        b.add(1, () -> {
            Tensor g = b.grad(0);
            return tb
                    ? product(true, ta, g, b.in(0), b.in(1).shape())
                    : product(!ta, false, b.in(0), g, b.in(1).shape());
        });
    }

    private static Tensor product(boolean ta, boolean tb, Tensor x, Tensor y, Shape to) {
        if (ta && !tb && to.rank() == 2 && sharesBatch(x, y)) {
            // A weight used by all batch entries: their sum is one product over all rows.
            return flat(x).tMatmul(flat(y));
        }
        return Broadcast.reduceTo(Ops.one(new Primitive.MatMul(ta, tb), x, y), to);
    }

    private static boolean sharesBatch(Tensor x, Tensor y) {
        return x.rank() > 2 && LinearRules.batch(x.shape()).equals(LinearRules.batch(y.shape()));
    }

    private static Tensor flat(Tensor x) {
        return x.reshape(Shape.of(Math.toIntExact(x.shape().product(0, x.rank() - 1)), x.dim(-1)));
    }

    /** op(L) x = b: db solves with the other transpose, d op(L) = -db x^T on the named triangle. */
    private static void solve(Primitive.TriangularSolve op, Backprop b) {
        Tensor db = Ops.one(new Primitive.TriangularSolve(op.lower(), !op.transpose(), op.unit()), b.in(0), b.grad(0));
        b.add(1, () -> db);
        b.add(0, () -> {
            Tensor full = op.transpose() ? b.out(0).matmulT(db) : db.matmulT(b.out(0));
            return triangle(op, full.neg());
        });
    }

    private static Tensor triangle(Primitive.TriangularSolve op, Tensor x) {
        int n = x.dim(-1);
        Tensor row = Ops.iota(DType.I64, n).reshape(n, 1);
        Tensor column = Ops.iota(DType.I64, n).reshape(1, n);
        Tensor low = op.lower() ? row : column;
        Tensor high = op.lower() ? column : row;
        return Ops.where(op.unit() ? low.gt(high) : low.ge(high), x, Tensor.scalar(x.dtype(), 0));
    }

    /** Values go back to where they were taken from. */
    private static Tensor unpool(Tensor dy, Tensor index, Shape x) {
        int[] planes = {x.dim(0), x.dim(1), (int) x.product(2, x.rank())};
        int[] windows = {x.dim(0), x.dim(1), (int) dy.shape().product(2, dy.rank())};
        Tensor zero = Ops.fill(0, dy.spec().withShape(Shape.of(planes)));
        return Ops.scatterAdd(zero, 2, index.reshape(Shape.of(windows)), dy.reshape(Shape.of(windows)))
                .reshape(x);
    }

    /** Irfft counts bins 1..ceil(n/2)-1 twice, Rfft has each once: half of them undoes that. */
    private static Tensor rfft(Primitive.Rfft op, Backprop b) {
        int n = b.in(0).dim(op.axis());
        Tensor g = b.grad(0);
        return Ops.one(new Primitive.Irfft(op.axis(), n), g.mul(bins(g, op.axis(), n, 0.5)));
    }

    private static Tensor irfft(Primitive.Irfft op, Backprop b) {
        Tensor g = Ops.one(new Primitive.Rfft(op.axis()), b.grad(0));
        return g.mul(bins(g, op.axis(), op.n(), 2));
    }

    /** Weights [bins, 1.., 2]: {@code twice} for bins that stand for two; the imaginary parts of the others do not exist. */
    private static Tensor bins(Tensor g, int axis, int n, double twice) {
        int count = n / 2 + 1;
        double[] w = new double[2 * count];
        for (int k = 0; k < count; k++) {
            boolean own = k == 0 || 2 * k == n;
            w[2 * k] = own ? 1 : twice;
            w[2 * k + 1] = own ? 0 : twice;
        }
        int[] dims = new int[g.rank() - axis];
        java.util.Arrays.fill(dims, 1);
        dims[0] = count;
        dims[dims.length - 1] = 2;
        return Tensor.of(g.dtype(), w, dims);
    }
}
