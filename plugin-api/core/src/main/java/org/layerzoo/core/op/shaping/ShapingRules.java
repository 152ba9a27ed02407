package org.layerzoo.core.op.shaping;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.PadMode;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Types and shapes of the ops that move elements. */
public final class ShapingRules {
    private ShapingRules() {}

    public static List<TensorSpec> infer(Primitive.Shaping op, List<TensorSpec> in) {
        if (op instanceof Primitive.Concat c) {
            return List.of(concat(c, in));
        }
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        Shape s = x.shape();
        return List.of(x.withShape(
                switch (op) {
                    case Primitive.Reshape r -> reshape(r, s);
                    case Primitive.Permute p -> permute(p, s);
                    case Primitive.Expand e -> {
                        Rules.require(op, expands(s, e.to()), "x" + s + " does not broadcast to " + e.to());
                        yield e.to();
                    }
                    case Primitive.Slice p -> slice(p, s);
                    case Primitive.Flip f -> flip(f, s);
                    case Primitive.Roll r -> {
                        axis(op, r.axis(), s);
                        yield s;
                    }
                    case Primitive.Pad p -> pad(p, x);
                    case Primitive.Unfold u -> unfold(u, s);
                    case Primitive.Fold f -> {
                        Rules.floating(op, "x", x);
                        yield fold(f, s);
                    }
                    case Primitive.Concat c -> throw new IllegalStateException("handled above");
                }));
    }

    private static Shape reshape(Primitive.Reshape op, Shape s) {
        Rules.require(
                op, op.to().size() == s.size(), "x" + s + " of " + s.size() + " elements does not fit into " + op.to());
        return op.to();
    }

    private static Shape flip(Primitive.Flip op, Shape s) {
        Arrays.stream(op.axes()).forEach(a -> axis(op, a, s));
        boolean distinct = Arrays.stream(op.axes()).distinct().count() == op.axes().length;
        argument(op, distinct, "distinct axes", Arrays.toString(op.axes()));
        return s;
    }

    private static TensorSpec concat(Primitive.Concat op, List<TensorSpec> in) {
        if (in.isEmpty()) {
            throw ZooException.badArgument("concat: at least one input expected, given none");
        }
        TensorSpec first = in.getFirst();
        axis(op, op.axis(), first.shape());
        int total = 0;
        for (TensorSpec t : in) {
            Rules.sameDType(op, first, t);
            boolean fits = t.shape().rank() == first.shape().rank()
                    && t.shape().with(op.axis(), 0).equals(first.shape().with(op.axis(), 0));
            Rules.require(
                    op, fits, "shapes " + first.shape() + " and " + t.shape() + " differ outside axis " + op.axis());
            total = Math.addExact(total, t.shape().dim(op.axis()));
        }
        return first.withShape(first.shape().with(op.axis(), total));
    }

    private static Shape permute(Primitive.Permute op, Shape s) {
        int[] sorted = op.order().clone();
        Arrays.sort(sorted);
        Rules.require(
                op,
                Arrays.equals(sorted, IntStream.range(0, s.rank()).toArray()),
                "an order of the " + s.rank() + " axes of x" + s + " expected, given " + Arrays.toString(op.order()));
        return Shape.of(Arrays.stream(op.order()).map(s::dim).toArray());
    }

    private static boolean expands(Shape from, Shape to) {
        int lead = to.rank() - from.rank();
        return lead >= 0
                && IntStream.range(0, from.rank()).allMatch(i -> from.dim(i) == 1 || from.dim(i) == to.dim(lead + i));
    }

    private static Shape slice(Primitive.Slice op, Shape s) {
        int n = s.rank();
        Rules.require(
                op,
                op.start().length == n && op.stop().length == n && op.step().length == n,
                "start, stop and step for " + n + " axes of x" + s + " expected, given " + op.start().length + ", "
                        + op.stop().length + " and " + op.step().length);
        int[] dims = new int[n];
        for (int a = 0; a < n; a++) {
            int from = op.start()[a];
            int to = op.stop()[a];
            int step = op.step()[a];
            Rules.require(
                    op,
                    0 <= from && from <= to && to <= s.dim(a),
                    "0 <= start <= stop <= " + s.dim(a) + " expected at axis " + a + " of x" + s + ", given " + from
                            + " to " + to);
            argument(op, step > 0, "step > 0 at axis " + a, step);
            dims[a] = (int) (((long) to - from + step - 1) / step);
        }
        return Shape.of(dims);
    }

    private static Shape pad(Primitive.Pad op, TensorSpec x) {
        Shape s = x.shape();
        Rules.require(
                op,
                op.before().length == s.rank() && op.after().length == s.rank(),
                "sizes for " + s.rank() + " axes of x" + s + " expected, given " + op.before().length + " before and "
                        + op.after().length + " after");
        argument(
                op,
                op.mode() != PadMode.CONSTANT || x.dtype().isFloating() || op.value() == Math.rint(op.value()),
                "a whole value for " + x.dtype(),
                op.value());
        int[] dims = s.dims();
        for (int a = 0; a < dims.length; a++) {
            int p = op.before()[a];
            int q = op.after()[a];
            argument(op, p >= 0 && q >= 0, "sizes >= 0 at axis " + a, p + " and " + q);
            int most =
                    switch (op.mode()) {
                        case CONSTANT -> Integer.MAX_VALUE;
                        case REFLECT -> Math.max(dims[a] - 1, 0);
                        case EDGE -> dims[a] == 0 ? 0 : Integer.MAX_VALUE;
                        case CIRCULAR -> dims[a];
                    };
            Rules.require(
                    op,
                    Math.max(p, q) <= most,
                    op.mode() + " sizes of at most " + most + " expected at axis " + a + " of x" + s + ", given " + p
                            + " and " + q);
            dims[a] = Math.addExact(dims[a], Math.addExact(p, q));
        }
        return Shape.of(dims);
    }

    private static Shape unfold(Primitive.Unfold op, Shape s) {
        axis(op, op.axis(), s);
        window(op, op.size(), op.step(), op.dilation());
        int n = s.dim(op.axis());
        long reach = reach(op.size(), op.dilation());
        Rules.require(
                op,
                n >= reach,
                "axis " + op.axis() + " of x" + s + " of at least " + reach + " elements expected (size " + op.size()
                        + ", dilation " + op.dilation() + "), given " + n);
        return s.with(op.axis(), (int) ((n - reach) / op.step()) + 1).append(op.size());
    }

    private static Shape fold(Primitive.Fold op, Shape s) {
        Rules.require(op, s.rank() >= 2, "x [.., windows, .., size] expected, given " + s);
        Shape rest = s.sub(0, s.rank() - 1);
        axis(op, op.axis(), rest);
        int size = s.dim(-1);
        window(op, size, op.step(), op.dilation());
        long reach = reach(size, op.dilation());
        long windows = op.length() < reach ? 0 : (op.length() - reach) / op.step() + 1;
        Rules.require(
                op,
                windows > 0 && rest.dim(op.axis()) == windows,
                windows + " windows at axis " + op.axis() + " expected for length " + op.length() + " and size " + size
                        + ", given x" + s);
        return rest.with(op.axis(), op.length());
    }

    private static long reach(int size, int dilation) {
        return (long) dilation * (size - 1) + 1;
    }

    private static void window(Op op, int size, int step, int dilation) {
        argument(
                op,
                size >= 1 && step >= 1 && dilation >= 1,
                "size, step and dilation >= 1",
                size + ", " + step + " and " + dilation);
    }

    private static void axis(Op op, int axis, Shape s) {
        Rules.require(op, 0 <= axis && axis < s.rank(), "an axis of x" + s + " expected, given " + axis);
    }

    private static void argument(Op op, boolean condition, String expected, Object given) {
        if (!condition) {
            throw ZooException.badArgument(op.name() + ": " + expected + " expected, given " + given);
        }
    }
}
