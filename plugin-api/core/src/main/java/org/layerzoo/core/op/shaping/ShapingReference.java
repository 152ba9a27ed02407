package org.layerzoo.core.op.shaping;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The meaning of the ops that move elements: each is a table of source offsets per axis of the result. */
public final class ShapingReference {
    private ShapingReference() {}

    public static List<Tensor> run(Primitive.Shaping op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Shape s = x.shape();
        return List.of(
                switch (op) {
                    case Primitive.Reshape r -> x.view(r.to());
                    case Primitive.Permute p -> move(x, permute(p, s));
                    case Primitive.Expand e -> move(x, expand(s, e.to()));
                    case Primitive.Slice p -> move(x, slice(p, s));
                    case Primitive.Flip f -> move(x, flip(f, s));
                    case Primitive.Roll r -> move(x, roll(r, s));
                    case Primitive.Pad p -> pick(x, pad(p, s), p.mode() == Primitive.PadMode.CONSTANT ? p.value() : 0);
                    case Primitive.Unfold u -> move(x, unfold(s, u.axis(), u.size(), u.step(), u.dilation()));
                    case Primitive.Fold f -> fold(f, x);
                    case Primitive.Concat c -> concat(c, in);
                });
    }

    private static int[][] permute(Primitive.Permute op, Shape s) {
        long[] strides = s.strides();
        return IntStream.range(0, s.rank())
                .mapToObj(i -> steps(s.dim(op.order()[i]), 0, strides[op.order()[i]]))
                .toArray(int[][]::new);
    }

    private static int[][] expand(Shape from, Shape to) {
        int lead = to.rank() - from.rank();
        long[] strides = from.strides();
        return IntStream.range(0, to.rank())
                .mapToObj(i -> steps(to.dim(i), 0, i < lead || from.dim(i - lead) == 1 ? 0 : strides[i - lead]))
                .toArray(int[][]::new);
    }

    private static int[][] slice(Primitive.Slice op, Shape s) {
        long[] strides = s.strides();
        return IntStream.range(0, s.rank())
                .mapToObj(a -> {
                    int n = (op.stop()[a] - op.start()[a] + op.step()[a] - 1) / op.step()[a];
                    return steps(n, op.start()[a] * strides[a], op.step()[a] * strides[a]);
                })
                .toArray(int[][]::new);
    }

    private static int[][] flip(Primitive.Flip op, Shape s) {
        int[][] t = identity(s);
        for (int a : op.axes()) {
            long stride = s.strides()[a];
            t[a] = steps(s.dim(a), (s.dim(a) - 1) * stride, -stride);
        }
        return t;
    }

    private static int[][] roll(Primitive.Roll op, Shape s) {
        int[][] t = identity(s);
        int n = s.dim(op.axis());
        long stride = s.strides()[op.axis()];
        for (int i = 0; i < n; i++) {
            t[op.axis()][i] = (int) (Math.floorMod((long) i - op.shift(), (long) n) * stride);
        }
        return t;
    }

    private static int[][] pad(Primitive.Pad op, Shape s) {
        int[][] t = new int[s.rank()][];
        long[] strides = s.strides();
        for (int a = 0; a < t.length; a++) {
            int n = s.dim(a);
            t[a] = new int[op.before()[a] + n + op.after()[a]];
            for (int i = 0; i < t[a].length; i++) {
                int at = i - op.before()[a];
                int from = at >= 0 && at < n
                        ? at
                        : switch (op.mode()) {
                            case CONSTANT -> -1;
                            case EDGE -> at < 0 ? 0 : n - 1;
                            case REFLECT -> at < 0 ? -at : 2 * (n - 1) - at;
                            case CIRCULAR -> Math.floorMod(at, n);
                        };
                t[a][i] = from < 0 ? -1 : (int) (from * strides[a]);
            }
        }
        return t;
    }

    /** The tables of windows over an axis of a tensor of shape {@code s}; the window's elements are the last axis. */
    private static int[][] unfold(Shape s, int axis, int size, int step, int dilation) {
        int[][] t = Arrays.copyOf(identity(s), s.rank() + 1);
        long stride = s.strides()[axis];
        int windows = (s.dim(axis) - dilation * (size - 1) - 1) / step + 1;
        t[axis] = steps(windows, 0, step * stride);
        t[s.rank()] = steps(size, 0, dilation * stride);
        return t;
    }

    private static Tensor fold(Primitive.Fold op, Tensor x) {
        Shape to = x.shape().sub(0, x.rank() - 1).with(op.axis(), op.length());
        int[] index = index(unfold(to, op.axis(), x.dim(-1), op.step(), op.dilation()));
        double[] v = x.toDoubles();
        double[] out = new double[Math.toIntExact(to.size())];
        for (int i = 0; i < v.length; i++) {
            out[index[i]] += v[i];
        }
        return Tensor.of(x.dtype(), out, to.dims());
    }

    private static Tensor concat(Primitive.Concat op, List<Tensor> in) {
        int axis = op.axis();
        Shape first = in.getFirst().shape();
        int total = in.stream().mapToInt(t -> t.dim(axis)).sum();
        int outer = Math.toIntExact(first.product(0, axis));
        long inner =
                first.product(axis + 1, first.rank()) * in.getFirst().dtype().bytes();
        Tensor out =
                Tensor.allocate(in.getFirst().dtype(), first.with(axis, total).dims());
        long at = 0;
        for (Tensor t : in) {
            long row = t.dim(axis) * inner;
            for (int o = 0; o < outer; o++) {
                out.segment()
                        .asSlice(o * total * inner + at, row)
                        .copyFrom(t.segment().asSlice(o * row, row));
            }
            at += row;
        }
        return out;
    }

    private static int[][] identity(Shape s) {
        long[] strides = s.strides();
        return IntStream.range(0, s.rank())
                .mapToObj(a -> steps(s.dim(a), 0, strides[a]))
                .toArray(int[][]::new);
    }

    private static int[] steps(int n, long start, long step) {
        int[] t = new int[n];
        for (int i = 0; i < n; i++) {
            t[i] = (int) (start + i * step);
        }
        return t;
    }

    /** The flat source index of every element of the result, -1 where there is none: the sum of its axes' offsets. */
    private static int[] index(int[][] tables) {
        int[] flat = {0};
        for (int[] t : tables) {
            int[] next = new int[Math.multiplyExact(flat.length, t.length)];
            int n = 0;
            for (int base : flat) {
                for (int offset : t) {
                    next[n++] = base < 0 || offset < 0 ? -1 : base + offset;
                }
            }
            flat = next;
        }
        return flat;
    }

    private static Tensor move(Tensor x, int[][] tables) {
        return pick(x, tables, 0);
    }

    private static Tensor pick(Tensor x, int[][] tables, double fill) {
        int[] dims = Arrays.stream(tables).mapToInt(t -> t.length).toArray();
        int[] index = index(tables);
        if (x.dtype() == DType.I64) {
            long[] v = x.toLongs();
            return Tensor.of(
                    Arrays.stream(index)
                            .mapToLong(i -> i < 0 ? (long) fill : v[i])
                            .toArray(),
                    dims);
        }
        double[] v = x.toDoubles();
        double[] out = new double[index.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = index[i] < 0 ? fill : v[index[i]];
        }
        return Tensor.of(x.dtype(), out, dims);
    }
}
