package org.layerzoo.core.op.reduction;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Types and shapes of reductions and scans. */
public final class ReductionRules {
    private ReductionRules() {}

    public static List<TensorSpec> infer(Primitive.Reduction op, List<TensorSpec> in) {
        return List.of(
                switch (op) {
                    case Primitive.Reduce r -> reduce(r, in);
                    case Primitive.ArgReduce a -> argReduce(a, in);
                    case Primitive.Scan s -> scan(s, in);
                    case Primitive.FirstOrder f -> firstOrder(f, in);
                    case Primitive.Segment s -> segment(s, in);
                });
    }

    private static TensorSpec reduce(Primitive.Reduce op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        switch (op.kind()) {
            case SUM, PROD, MAX, MIN -> number(op, x);
            case MEAN, LOGSUMEXP -> Rules.floating(op, "x", x);
            case ANY, ALL -> Rules.dtype(op, "x", x, DType.BOOL);
        }
        Arrays.stream(op.axes()).forEach(a -> axis(op, a, x.shape()));
        Rules.require(
                op,
                Arrays.stream(op.axes()).distinct().count() == op.axes().length,
                "distinct axes expected, given " + Arrays.toString(op.axes()));
        Shape keep = kept(x.shape(), op.axes());
        return x.withShape(op.keepDims() ? keep : dropped(x.shape(), op.axes()));
    }

    /** The shape with size 1 at the axes. */
    static Shape kept(Shape s, int... axes) {
        int[] dims = s.dims();
        for (int a : axes) {
            dims[a] = 1;
        }
        return Shape.of(dims);
    }

    private static Shape dropped(Shape s, int... axes) {
        return Shape.of(IntStream.range(0, s.rank())
                .filter(i -> Arrays.stream(axes).noneMatch(a -> a == i))
                .map(s::dim)
                .toArray());
    }

    private static TensorSpec argReduce(Primitive.ArgReduce op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        number(op, x);
        axis(op, op.axis(), x.shape());
        Shape out = op.keepDims() ? kept(x.shape(), op.axis()) : x.shape().without(op.axis());
        Rules.require(
                op,
                x.shape().dim(op.axis()) > 0 || out.size() == 0,
                "at least one element expected at axis " + op.axis() + ", given x" + x.shape());
        return new TensorSpec(DType.I64, out);
    }

    private static TensorSpec scan(Primitive.Scan op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        if (op.kind() == ScanKind.LOGSUMEXP) {
            Rules.floating(op, "x", x);
        } else {
            number(op, x);
        }
        axis(op, op.axis(), x.shape());
        return x;
    }

    private static TensorSpec firstOrder(Primitive.FirstOrder op, List<TensorSpec> in) {
        Rules.inputs(op, in, 3);
        TensorSpec a = in.getFirst();
        TensorSpec b = in.get(1);
        TensorSpec h0 = in.get(2);
        Rules.floating(op, "a", a);
        Rules.sameDType(op, a, b);
        Rules.sameDType(op, b, h0);
        axis(op, op.axis(), b.shape());
        Rules.require(
                op,
                a.shape().equals(b.shape()),
                "a and b of one shape expected, given " + a.shape() + " and " + b.shape());
        Shape state = b.shape().without(op.axis());
        Rules.require(
                op,
                h0.shape().equals(state),
                "h0 of shape " + state + " expected for b" + b.shape() + " at axis " + op.axis() + ", given "
                        + h0.shape());
        return b;
    }

    private static TensorSpec segment(Primitive.Segment op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec x = in.getFirst();
        TensorSpec ids = in.get(1);
        switch (op.kind()) {
            case SUM, MAX, MIN -> number(op, x);
            case MEAN -> Rules.floating(op, "x", x);
            case COUNT -> {}
        }
        Rules.dtype(op, "ids", ids, DType.I64);
        Rules.rank(op, "ids", ids, 1);
        Rules.require(
                op,
                x.shape().rank() >= 1 && x.shape().dim(0) == ids.shape().dim(0),
                "one id for each row of x expected, given x" + x.shape() + " and ids" + ids.shape());
        if (op.segments() < 0) {
            throw ZooException.badArgument(op.name() + ": segments >= 0 expected, given " + op.segments());
        }
        return new TensorSpec(
                op.kind() == SegmentKind.COUNT ? DType.I64 : x.dtype(),
                x.shape().with(0, op.segments()));
    }

    private static void axis(Op op, int axis, Shape s) {
        Rules.require(op, 0 <= axis && axis < s.rank(), "an axis of x" + s + " expected, given " + axis);
    }

    private static void number(Op op, TensorSpec t) {
        if (t.dtype() == DType.BOOL) {
            throw new ZooException(
                    ErrorCode.BAD_DTYPE,
                    op.name() + ": x of a floating or integer dtype expected, given " + t + " (cast it)");
        }
    }
}
