package org.layerzoo.core.op.linear;

import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.op.Primitive.PoolGeometry;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Result types of what slides a window over 1 to 3 spatial axes. */
final class WindowRules {
    private WindowRules() {}

    static List<TensorSpec> conv(Primitive.Conv op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec x = in.get(0);
        TensorSpec w = in.get(1);
        geometry(op, op.g());
        image(op, "x", x, op.g().dims());
        image(op, "w", w, op.g().dims());
        Rules.sameDType(op, x, w);
        return List.of(x.withShape(output(op, op.g(), x.shape(), w.shape())));
    }

    static List<TensorSpec> convInput(Primitive.ConvInput op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec dy = in.get(0);
        TensorSpec w = in.get(1);
        geometry(op, op.g());
        image(op, "dy", dy, op.g().dims());
        image(op, "w", w, op.g().dims());
        Rules.sameDType(op, dy, w);
        sizes(op, "spatial", op.spatial(), op.g().dims());
        Shape x =
                Shape.of(dy.shape().dim(0), w.shape().dim(1) * op.g().groups()).append(op.spatial());
        adjoint(op, output(op, op.g(), x, w.shape()), dy);
        return List.of(dy.withShape(x));
    }

    static List<TensorSpec> convWeight(Primitive.ConvWeight op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec x = in.get(0);
        TensorSpec dy = in.get(1);
        geometry(op, op.g());
        image(op, "x", x, op.g().dims());
        image(op, "dy", dy, op.g().dims());
        Rules.sameDType(op, x, dy);
        sizes(op, "kernel", op.kernel(), op.g().dims());
        int channels = x.shape().dim(1);
        Rules.require(
                op,
                channels % op.g().groups() == 0,
                "x channels that divide into " + op.g().groups() + " groups expected, given " + x.shape());
        Shape w = Shape.of(dy.shape().dim(1), channels / op.g().groups()).append(op.kernel());
        adjoint(op, output(op, op.g(), x.shape(), w), dy);
        return List.of(x.withShape(w));
    }

    private static void adjoint(Primitive.Linear op, Shape expected, TensorSpec dy) {
        Rules.require(op, expected.equals(dy.shape()), "dy of shape " + expected + " expected, given " + dy.shape());
    }

    /** [B, O, spatial'..] of a convolution. */
    private static Shape output(Primitive.Linear op, ConvGeometry g, Shape x, Shape w) {
        int groups = g.groups();
        Rules.require(
                op,
                x.dim(1) == w.dim(1) * groups,
                "x of " + w.dim(1) * groups + " channels (" + groups + " groups of " + w.dim(1) + ") expected for w "
                        + w + ", given x " + x);
        Rules.require(
                op, w.dim(0) % groups == 0, "w outputs that divide into " + groups + " groups expected, given w " + w);
        int[] out = new int[g.dims()];
        for (int i = 0; i < out.length; i++) {
            int padded = x.dim(2 + i) + g.before()[i] + g.after()[i];
            int reach = w.dim(2 + i) < 1 ? 0 : g.dilation()[i] * (w.dim(2 + i) - 1) + 1;
            out[i] = windows(op, x, i, padded, reach, g.stride()[i]);
        }
        return Shape.of(x.dim(0), w.dim(0)).append(out);
    }

    private static int windows(Primitive.Linear op, Shape x, int axis, int padded, int reach, int stride) {
        Rules.require(
                op,
                reach >= 1 && reach <= padded,
                "a window of 1.." + padded + " elements expected on spatial axis " + axis + " of x " + x
                        + " with its padding, given " + reach);
        return (padded - reach) / stride + 1;
    }

    static List<TensorSpec> maxPool(Primitive.MaxPool op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        image(op, "x", x, op.g().dims());
        Shape out = pooled(op, op.g(), x.shape(), true);
        return List.of(x.withShape(out), new TensorSpec(DType.I64, out));
    }

    static List<TensorSpec> avgPool(Primitive.AvgPool op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        image(op, "x", x, op.g().dims());
        return List.of(x.withShape(pooled(op, op.g(), x.shape(), !op.countPadding())));
    }

    static List<TensorSpec> avgPoolInput(Primitive.AvgPoolInput op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec dy = in.getFirst();
        image(op, "dy", dy, op.g().dims());
        sizes(op, "spatial", op.spatial(), op.g().dims());
        Shape x = dy.shape().sub(0, 2).append(op.spatial());
        adjoint(op, pooled(op, op.g(), x, !op.countPadding()), dy);
        return List.of(dy.withShape(x));
    }

    /** @param filled whether each window must hold an element that is no padding */
    private static Shape pooled(Primitive.Linear op, PoolGeometry g, Shape x, boolean filled) {
        lists(op, g.dims(), g.stride(), g.before(), g.after());
        positive(op, "stride", g.stride(), 1);
        positive(op, "padding", g.before(), 0);
        positive(op, "padding", g.after(), 0);
        int[] out = new int[g.dims()];
        for (int i = 0; i < out.length; i++) {
            int pad = Math.max(g.before()[i], g.after()[i]);
            Rules.require(
                    op,
                    !filled || pad < g.kernel()[i] && x.dim(2 + i) > 0,
                    "padding below the kernel's size " + g.kernel()[i]
                            + " and elements to pool expected on spatial axis " + i + ", given padding " + pad
                            + " of x " + x);
            int padded = x.dim(2 + i) + g.before()[i] + g.after()[i];
            out[i] = windows(op, x, i, padded, g.kernel()[i], g.stride()[i]);
        }
        return x.sub(0, 2).append(out);
    }

    private static void geometry(Primitive.Linear op, ConvGeometry g) {
        lists(op, g.dims(), g.before(), g.after(), g.dilation());
        positive(op, "stride", g.stride(), 1);
        positive(op, "dilation", g.dilation(), 1);
        positive(op, "padding", g.before(), 0);
        positive(op, "padding", g.after(), 0);
        Rules.require(op, g.groups() >= 1, "at least one group expected, given " + g.groups());
    }

    private static void lists(Primitive.Linear op, int dims, int[]... lists) {
        Rules.require(op, dims >= 1 && dims <= 3, "1 to 3 spatial axes expected, given " + dims);
        for (int[] l : lists) {
            Rules.require(
                    op,
                    l.length == dims,
                    "one number for each of " + dims + " axes expected, given " + Arrays.toString(l));
        }
    }

    private static void positive(Primitive.Linear op, String what, int[] values, int least) {
        for (int v : values) {
            Rules.require(
                    op, v >= least, what + " of at least " + least + " expected, given " + Arrays.toString(values));
        }
    }

    private static void sizes(Primitive.Linear op, String what, int[] sizes, int dims) {
        Rules.require(
                op, sizes.length == dims, what + " of " + dims + " sizes expected, given " + Arrays.toString(sizes));
        positive(op, what, sizes, 0);
    }

    private static void image(Primitive.Linear op, String name, TensorSpec t, int dims) {
        Rules.floating(op, name, t);
        Rules.rank(op, name, t, 2 + dims);
    }
}
