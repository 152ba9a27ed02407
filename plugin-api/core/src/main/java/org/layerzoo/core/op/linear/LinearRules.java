package org.layerzoo.core.op.linear;

import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Result types of products, solves, convolutions, pools and Fourier transforms. */
public final class LinearRules {
    private LinearRules() {}

    public static List<TensorSpec> infer(Primitive.Linear op, List<TensorSpec> in) {
        return switch (op) {
            case Primitive.MatMul m -> matmul(m, in);
            case Primitive.TriangularSolve t -> solve(t, in);
            case Primitive.Conv c -> WindowRules.conv(c, in);
            case Primitive.ConvInput c -> WindowRules.convInput(c, in);
            case Primitive.ConvWeight c -> WindowRules.convWeight(c, in);
            case Primitive.MaxPool p -> WindowRules.maxPool(p, in);
            case Primitive.AvgPool p -> WindowRules.avgPool(p, in);
            case Primitive.AvgPoolInput p -> WindowRules.avgPoolInput(p, in);
            case Primitive.Fft f -> fft(f, in);
            case Primitive.Rfft f -> rfft(f, in);
            case Primitive.Irfft f -> irfft(f, in);
        };
    }

    private static List<TensorSpec> matmul(Primitive.MatMul op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec a = in.get(0);
        TensorSpec b = in.get(1);
        matrix(op, "a", a);
        matrix(op, "b", b);
        Rules.sameDType(op, a, b);
        int inner = a.shape().dim(op.transposeA() ? -2 : -1);
        int other = b.shape().dim(op.transposeB() ? -1 : -2);
        Rules.require(
                op,
                inner == other,
                "inner sizes differ: " + inner + " of a " + a.shape() + (op.transposeA() ? " (transposed)" : "")
                        + " against " + other + " of b " + b.shape() + (op.transposeB() ? " (transposed)" : ""));
        Shape batch = Shape.broadcast(op.name(), batch(a.shape()), batch(b.shape()));
        int m = a.shape().dim(op.transposeA() ? -1 : -2);
        int n = b.shape().dim(op.transposeB() ? -2 : -1);
        return List.of(a.withShape(batch.append(m, n)));
    }

    private static List<TensorSpec> solve(Primitive.TriangularSolve op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec l = in.get(0);
        TensorSpec b = in.get(1);
        matrix(op, "L", l);
        matrix(op, "b", b);
        Rules.sameDType(op, l, b);
        Rules.require(op, l.shape().dim(-1) == l.shape().dim(-2), "L of square matrices expected, given " + l.shape());
        Rules.require(
                op,
                batch(l.shape()).equals(batch(b.shape()))
                        && l.shape().dim(-1) == b.shape().dim(-2),
                "b of shape " + batch(l.shape()).append(l.shape().dim(-1)) + " and a column axis expected for L "
                        + l.shape() + ", given " + b.shape());
        return List.of(b);
    }

    private static void matrix(Primitive.Linear op, String name, TensorSpec t) {
        Rules.floating(op, name, t);
        Rules.require(op, t.shape().rank() >= 2, name + " of at least two axes expected, given " + t.shape());
    }

    /** All axes but the last two. */
    static Shape batch(Shape s) {
        return s.sub(0, s.rank() - 2);
    }

    private static List<TensorSpec> fft(Primitive.Fft op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        pairs(op, x);
        axis(op, op.axis(), x, x.shape().rank() - 1);
        return List.of(x);
    }

    private static List<TensorSpec> rfft(Primitive.Rfft op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        Rules.floating(op, "x", x);
        axis(op, op.axis(), x, x.shape().rank());
        int bins = x.shape().dim(op.axis()) / 2 + 1;
        return List.of(x.withShape(x.shape().with(op.axis(), bins).append(2)));
    }

    private static List<TensorSpec> irfft(Primitive.Irfft op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        pairs(op, x);
        axis(op, op.axis(), x, x.shape().rank() - 1);
        Rules.require(op, op.n() >= 1, "an output size n of at least 1 expected, given " + op.n());
        Rules.require(
                op,
                x.shape().dim(op.axis()) == op.n() / 2 + 1,
                (op.n() / 2 + 1) + " bins on axis " + op.axis() + " expected for an output size of " + op.n()
                        + ", given " + x.shape());
        return List.of(x.withShape(x.shape().without(-1).with(op.axis(), op.n())));
    }

    private static void pairs(Primitive.Linear op, TensorSpec x) {
        Rules.floating(op, "x", x);
        Rules.require(
                op,
                x.shape().rank() >= 2 && x.shape().dim(-1) == 2,
                "x of complex pairs (last axis of size 2) expected, given " + x.shape());
    }

    private static void axis(Primitive.Linear op, int axis, TensorSpec x, int axes) {
        Rules.require(
                op,
                axis >= 0 && axis < axes,
                "a transform axis of 0.." + (axes - 1) + " expected for x " + x + ", given " + axis);
        Rules.require(op, x.shape().dim(axis) >= 1, "at least one element on axis " + axis + " expected, given " + x);
    }
}
