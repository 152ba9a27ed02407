package org.layerzoo.core.op.shaping;

import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Gradients of the ops that move elements: each is the adjoint of a linear map, itself made of such ops. */
public final class ShapingGradient {
    private ShapingGradient() {}

    public static void backward(Primitive.Shaping op, Backprop b) {
        if (op instanceof Primitive.Concat c) {
            concat(c.axis(), b);
            return;
        }
        Shape s = b.in(0).shape();
        b.add(0, () -> {
            Tensor g = b.grad(0);
            return switch (op) {
                case Primitive.Reshape r -> g.reshape(s);
                case Primitive.Permute p -> g.permute(inverse(p.order()));
                case Primitive.Expand e -> Broadcast.reduceTo(g, s);
                case Primitive.Slice p -> slice(p, g, s);
                case Primitive.Flip f -> Ops.flip(g, f.axes());
                case Primitive.Roll r -> Ops.roll(g, -r.shift(), r.axis());
                case Primitive.Pad p -> pad(p, g, s);
                case Primitive.Unfold u ->
                    Ops.one(new Primitive.Fold(u.axis(), s.dim(u.axis()), u.step(), u.dilation()), g);
                case Primitive.Fold f -> Ops.unfold(g, f.axis(), s.dim(-1), f.step(), f.dilation());
                case Primitive.Concat c -> throw new IllegalStateException("handled above");
            };
        });
    }

    private static void concat(int axis, Backprop b) {
        int at = 0;
        for (int i = 0; i < b.inputs(); i++) {
            int from = at;
            int to = at + b.in(i).dim(axis);
            b.add(i, () -> b.grad(0).slice(axis, from, to));
            at = to;
        }
    }

    private static int[] inverse(int[] order) {
        int[] inverse = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            inverse[order[i]] = i;
        }
        return inverse;
    }

    /** Zeros between the elements that the steps took, then zeros around them. */
    private static Tensor slice(Primitive.Slice op, Tensor g, Shape s) {
        int[] before = op.start().clone();
        int[] after = new int[s.rank()];
        Tensor spread = g;
        for (int a = 0; a < s.rank(); a++) {
            int step = op.step()[a];
            if (step > 1 && spread.dim(a) > 0) {
                int n = spread.dim(a);
                // [.., n, ..] -> [.., n, step, ..] -> [.., n step, ..], of which the last step - 1 zeros may lie
                // outside
                spread = Ops.padZero(spread.unsqueeze(a + 1), a + 1, 0, step - 1)
                        .reshape(spread.shape().with(a, n * step))
                        .slice(a, 0, (n - 1) * step + 1);
            }
            after[a] = s.dim(a) - before[a] - spread.dim(a);
        }
        return Ops.one(new Primitive.Pad(before, after, Primitive.PadMode.CONSTANT, 0), spread);
    }

    /** Axis by axis: padding is a product of maps of single axes, and so is its adjoint. */
    private static Tensor pad(Primitive.Pad op, Tensor g, Shape s) {
        Tensor out = g;
        for (int a = 0; a < s.rank(); a++) {
            int p = op.before()[a];
            int q = op.after()[a];
            if (p > 0 || q > 0) {
                out = padded(op.mode(), out, a, p, s.dim(a), q);
            }
        }
        return out;
    }

    /** The middle n elements of an axis plus what its p and q padded elements send back. */
    private static Tensor padded(Primitive.PadMode mode, Tensor g, int axis, int p, int n, int q) {
        Tensor out = g.slice(axis, p, p + n);
        if (mode == Primitive.PadMode.CONSTANT) {
            return out;
        }
        Tensor left = g.slice(axis, 0, p);
        Tensor right = g.slice(axis, p + n, p + n + q);
        return switch (mode) {
            case CONSTANT -> out;
            case EDGE -> {
                out = p == 0 ? out : out.add(Ops.padZero(left.sumKeep(axis), axis, 0, n - 1));
                yield q == 0 ? out : out.add(Ops.padZero(right.sumKeep(axis), axis, n - 1, 0));
            }
            case REFLECT -> {
                out = p == 0 ? out : out.add(Ops.padZero(Ops.flip(left, axis), axis, 1, n - 1 - p));
                yield q == 0 ? out : out.add(Ops.padZero(Ops.flip(right, axis), axis, n - 1 - q, 1));
            }
            case CIRCULAR -> {
                out = p == 0 ? out : out.add(Ops.padZero(left, axis, n - p, 0));
                yield q == 0 ? out : out.add(Ops.padZero(right, axis, 0, n - q));
            }
        };
    }
}
