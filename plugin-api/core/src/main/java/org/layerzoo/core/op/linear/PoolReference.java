package org.layerzoo.core.op.linear;

import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.PoolGeometry;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Pooling: one walk over the windows, each clipped to what is no padding. */
final class PoolReference {
    private PoolReference() {}

    /** The part of a window inside plane {@code x}, from (inclusive) to (exclusive) per axis, and its flat output. */
    @FunctionalInterface
    private interface Window {
        void on(int plane, int[] from, int[] to, int y);
    }

    static List<Tensor> maxPool(Primitive.MaxPool op, Tensor input) {
        Shape shape = op.infer(List.of(input.spec())).getFirst().shape();
        int[] xs = ConvReference.spatial(input.shape());
        double[] x = input.toDoubles();
        double[] y = new double[Math.toIntExact(shape.size())];
        long[] index = new long[y.length];
        walk(op.g(), input.shape(), shape, (plane, from, to, at) -> {
            int best = -1;
            for (int z = from[0]; z < to[0]; z++) {
                for (int r = from[1]; r < to[1]; r++) {
                    for (int c = from[2]; c < to[2]; c++) {
                        int i = (z * xs[1] + r) * xs[2] + c;
                        if (best < 0 || above(x[plane + i], x[plane + best])) {
                            best = i;
                        }
                    }
                }
            }
            y[at] = x[plane + best];
            index[at] = best;
        });
        return List.of(Tensor.of(input.dtype(), y, shape.dims()), Tensor.of(index, shape.dims()));
    }

    /** The first NaN of a window wins. */
    private static boolean above(double a, double best) {
        return a > best || Double.isNaN(a) && !Double.isNaN(best);
    }

    static Tensor avgPool(Primitive.AvgPool op, Tensor input) {
        Shape shape = op.infer(List.of(input.spec())).getFirst().shape();
        int[] xs = ConvReference.spatial(input.shape());
        double[] x = input.toDoubles();
        double[] y = new double[Math.toIntExact(shape.size())];
        walk(op.g(), input.shape(), shape, (plane, from, to, at) -> {
            double s = 0;
            for (int z = from[0]; z < to[0]; z++) {
                for (int r = from[1]; r < to[1]; r++) {
                    int row = plane + (z * xs[1] + r) * xs[2];
                    for (int c = from[2]; c < to[2]; c++) {
                        s += x[row + c];
                    }
                }
            }
            y[at] = s / count(op.g(), op.countPadding(), from, to);
        });
        return Tensor.of(input.dtype(), y, shape.dims());
    }

    static Tensor avgPoolInput(Primitive.AvgPoolInput op, Tensor cotangent) {
        Shape shape = cotangent.shape().sub(0, 2).append(op.spatial());
        int[] xs = ConvReference.spatial(shape);
        double[] dy = cotangent.toDoubles();
        double[] dx = new double[Math.toIntExact(shape.size())];
        walk(op.g(), shape, cotangent.shape(), (plane, from, to, at) -> {
            double share = dy[at] / count(op.g(), op.countPadding(), from, to);
            for (int z = from[0]; z < to[0]; z++) {
                for (int r = from[1]; r < to[1]; r++) {
                    int row = plane + (z * xs[1] + r) * xs[2];
                    for (int c = from[2]; c < to[2]; c++) {
                        dx[row + c] += share;
                    }
                }
            }
        });
        return Tensor.of(cotangent.dtype(), dx, shape.dims());
    }

    private static double count(PoolGeometry g, boolean padding, int[] from, int[] to) {
        int n = 1;
        int[] kernel = Axis.leading(g.kernel(), 1);
        for (int a = 0; a < 3; a++) {
            n *= padding ? kernel[a] : to[a] - from[a];
        }
        return n;
    }

    private static void walk(PoolGeometry g, Shape x, Shape y, Window window) {
        int[] xs = ConvReference.spatial(x);
        int[] ys = ConvReference.spatial(y);
        int[] kernel = Axis.leading(g.kernel(), 1);
        int[] stride = Axis.leading(g.stride(), 1);
        int[] before = Axis.leading(g.before(), 0);
        int planes = (int) x.product(0, 2);
        int[] at = new int[3];
        int[] from = new int[3];
        int[] to = new int[3];
        for (int p = 0; p < planes; p++) {
            for (int o = 0; o < ConvReference.volume(ys); o++) {
                at[0] = o / (ys[1] * ys[2]);
                at[1] = o / ys[2] % ys[1];
                at[2] = o % ys[2];
                for (int a = 0; a < 3; a++) {
                    int start = at[a] * stride[a] - before[a];
                    from[a] = Math.max(0, start);
                    to[a] = Math.max(from[a], Math.min(xs[a], start + kernel[a]));
                }
                window.on(p * ConvReference.volume(xs), from, to, p * ConvReference.volume(ys) + o);
            }
        }
    }
}
