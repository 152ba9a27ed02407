package org.layerzoo.core.op.linear;

import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Convolution and its two adjoints: one walk over all products x w y, summed into whichever of the three is asked for. */
final class ConvReference {
    private ConvReference() {}

    /** A run along the last axis: y[y..y+n) meets x[x + i step] by the one weight w. */
    @FunctionalInterface
    private interface Run {
        void on(int x, int step, int w, int y, int n);
    }

    static Tensor conv(Primitive.Conv op, Tensor input, Tensor weight) {
        Shape shape = op.infer(java.util.List.of(input.spec(), weight.spec()))
                .getFirst()
                .shape();
        double[] x = input.toDoubles();
        double[] w = weight.toDoubles();
        double[] y = new double[Math.toIntExact(shape.size())];
        walk(op.g(), input.shape(), weight.shape(), shape, (xi, step, wi, yi, n) -> {
            for (int i = 0; i < n; i++) {
                y[yi + i] += w[wi] * x[xi + i * step];
            }
        });
        return Tensor.of(input.dtype(), y, shape.dims());
    }

    static Tensor convInput(Primitive.ConvInput op, Tensor cotangent, Tensor weight) {
        Shape shape =
                Shape.of(cotangent.dim(0), weight.dim(1) * op.g().groups()).append(op.spatial());
        double[] dy = cotangent.toDoubles();
        double[] w = weight.toDoubles();
        double[] dx = new double[Math.toIntExact(shape.size())];
        walk(op.g(), shape, weight.shape(), cotangent.shape(), (xi, step, wi, yi, n) -> {
            for (int i = 0; i < n; i++) {
                dx[xi + i * step] += w[wi] * dy[yi + i];
            }
        });
        return Tensor.of(cotangent.dtype(), dx, shape.dims());
    }

    static Tensor convWeight(Primitive.ConvWeight op, Tensor input, Tensor cotangent) {
        Shape shape = Shape.of(cotangent.dim(1), input.dim(1) / op.g().groups()).append(op.kernel());
        double[] x = input.toDoubles();
        double[] dy = cotangent.toDoubles();
        double[] dw = new double[Math.toIntExact(shape.size())];
        walk(op.g(), input.shape(), shape, cotangent.shape(), (xi, step, wi, yi, n) -> {
            double s = 0;
            for (int i = 0; i < n; i++) {
                s += x[xi + i * step] * dy[yi + i];
            }
            dw[wi] += s;
        });
        return Tensor.of(input.dtype(), dw, shape.dims());
    }

    private static void walk(ConvGeometry g, Shape x, Shape w, Shape y, Run run) {
        int[] xs = spatial(x);
        int[] ys = spatial(y);
        Axis[][] taps = taps(g, xs, spatial(w), ys);
        int inputs = w.dim(1);
        int outputs = w.dim(0) / g.groups();
        for (int b = 0; b < x.dim(0); b++) {
            for (int o = 0; o < w.dim(0); o++) {
                for (int c = 0; c < inputs; c++) {
                    int plane = (b * x.dim(1) + o / outputs * inputs + c) * volume(xs);
                    int kernel = (o * inputs + c) * taps.length;
                    int result = (b * w.dim(0) + o) * volume(ys);
                    for (int k = 0; k < taps.length; k++) {
                        rows(taps[k], xs, ys, plane, kernel + k, result, run);
                    }
                }
            }
        }
    }

    /** For each element of a kernel the outputs it meets on three axes. */
    private static Axis[][] taps(ConvGeometry g, int[] xs, int[] ws, int[] ys) {
        int[] stride = Axis.leading(g.stride(), 1);
        int[] before = Axis.leading(g.before(), 0);
        int[] dilation = Axis.leading(g.dilation(), 1);
        Axis[][] taps = new Axis[volume(ws)][3];
        for (int k = 0; k < taps.length; k++) {
            int[] at = {k / (ws[1] * ws[2]), k / ws[2] % ws[1], k % ws[2]};
            for (int a = 0; a < 3; a++) {
                taps[k][a] = Axis.of(at[a] * dilation[a] - before[a], stride[a], xs[a], ys[a]);
            }
        }
        return taps;
    }

    private static void rows(Axis[] axes, int[] xs, int[] ys, int plane, int k, int result, Run run) {
        Axis last = axes[2];
        if (last.to() <= last.from()) {
            return;
        }
        for (int z = axes[0].from(); z < axes[0].to(); z++) {
            for (int r = axes[1].from(); r < axes[1].to(); r++) {
                int row = plane + (axes[0].x(z) * xs[1] + axes[1].x(r)) * xs[2];
                int out = result + (z * ys[1] + r) * ys[2] + last.from();
                run.on(row + last.x(last.from()), last.stride(), k, out, last.to() - last.from());
            }
        }
    }

    /** Sizes of three spatial axes, missing ones in front as 1. */
    static int[] spatial(Shape s) {
        return Axis.leading(s.sub(2, s.rank()).dims(), 1);
    }

    static int volume(int[] sizes) {
        return sizes[0] * sizes[1] * sizes[2];
    }
}
