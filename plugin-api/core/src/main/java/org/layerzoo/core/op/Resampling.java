package org.layerzoo.core.op;

import java.util.Arrays;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Spatial.Border;
import org.layerzoo.core.op.Spatial.Interpolation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Resizing as one linear map an axis, and sampling at points as a weighted sum over the corners around each. */
final class Resampling {
    /** Of the cubic kernel, as image libraries have it. */
    private static final double A = -0.75;

    private Resampling() {}

    static Tensor interpolate(Tensor x, Interpolation mode, boolean alignCorners, int... out) {
        int[] sizes = Spatial.spatial(x);
        Spatial.axes("interpolate", out, sizes.length);
        boolean aligns = mode == Interpolation.LINEAR || mode == Interpolation.CUBIC;
        if (alignCorners && !aligns) {
            throw ZooException.badArgument("interpolate: alignCorners = false expected for " + mode + ", given true");
        }
        for (int i = 0; i < out.length; i++) {
            if (out[i] < 1 || sizes[i] < 1) {
                throw ZooException.badShape(
                        "interpolate: sizes of at least 1 expected, given " + x.spec() + " to " + Arrays.toString(out));
            }
        }
        if (mode == Interpolation.NEAREST) {
            return nearest(x, out);
        }
        // Weights rounded to a storage type would no longer add up to 1.
        boolean narrow = x.dtype() == DType.BF16 || x.dtype() == DType.F16;
        Tensor y = narrow ? x.cast(DType.F32) : x;
        for (int i = 0; i < out.length; i++) {
            if (out[i] != sizes[i]) {
                y = along(y, 2 + i, weights(mode, alignCorners, sizes[i], out[i], y.dtype()));
            }
        }
        return y.cast(x.dtype());
    }

    private static Tensor nearest(Tensor x, int[] out) {
        Tensor y = x;
        for (int i = 0; i < out.length; i++) {
            int n = x.dim(2 + i);
            if (out[i] != n) {
                long[] from = new long[out[i]];
                for (int o = 0; o < from.length; o++) {
                    from[o] = (long) o * n / out[i];
                }
                y = Ops.indexSelect(y, 2 + i, Tensor.of(from, from.length));
            }
        }
        return y;
    }

    /** Applies a map [out, in] along an axis. */
    private static Tensor along(Tensor x, int axis, Tensor map) {
        if (axis == x.rank() - 1) {
            return x.matmulT(map);
        }
        int before = (int) x.shape().product(0, axis);
        int after = (int) x.shape().product(axis + 1, x.rank());
        return map.matmul(x.reshape(before, x.dim(axis), after))
                .reshape(x.shape().with(axis, map.dim(0)));
    }

    private static Tensor weights(Interpolation mode, boolean align, int in, int out, DType dtype) {
        double[] w = new double[out * in];
        for (int o = 0; o < out; o++) {
            if (mode == Interpolation.AREA) {
                int from = (int) ((long) o * in / out);
                int to = (int) (((o + 1L) * in + out - 1) / out);
                Arrays.fill(w, o * in + from, o * in + to, 1.0 / (to - from));
                continue;
            }
            double at = align ? (out == 1 ? 0 : (double) o * (in - 1) / (out - 1)) : (o + 0.5) * in / out - 0.5;
            if (mode == Interpolation.LINEAR) {
                at = Math.max(0, at);
                int left = Math.min((int) at, in - 1);
                double t = at - left;
                w[o * in + left] += 1 - t;
                w[o * in + Math.min(left + 1, in - 1)] += t;
            } else {
                int left = (int) Math.floor(at);
                for (int k = -1; k <= 2; k++) {
                    int i = Math.clamp(left + k, 0, in - 1);
                    w[o * in + i] += cubic(Math.abs(at - left - k));
                }
            }
        }
        return Tensor.of(dtype, w, out, in);
    }

    /** Keys' convolution kernel at a distance. */
    private static double cubic(double d) {
        if (d <= 1) {
            return ((A + 2) * d - (A + 3)) * d * d + 1;
        }
        return d < 2 ? ((A * d - 5 * A) * d + 8 * A) * d - 4 * A : 0;
    }

    static Tensor gridSample(Tensor x, Tensor grid, Border border, boolean alignCorners) {
        int[] sizes = Spatial.spatial(x);
        double[] scale = new double[sizes.length];
        double[] shift = new double[sizes.length];
        for (int a = 0; a < sizes.length; a++) {
            scale[a] = (alignCorners ? sizes[a] - 1 : sizes[a]) / 2.0;
            shift[a] = (sizes[a] - 1) / 2.0;
        }
        points(x, grid);
        DType t = grid.dtype();
        Tensor pixels =
                Ops.flip(grid, -1).mul(Tensor.of(t, scale, sizes.length)).add(Tensor.of(t, shift, sizes.length));
        return sample(x, pixels, border);
    }

    static Tensor sample(Tensor x, Tensor coords, Border border) {
        int[] sizes = Spatial.spatial(x);
        int d = sizes.length;
        Shape points = points(x, coords);
        int batch = x.dim(0);
        int channels = x.dim(1);
        int n = (int) points.size();
        int volume = (int) x.shape().product(2, x.rank());
        Tensor rows = x.reshape(batch, channels, volume).transpose(1, 2).reshape(batch * volume, channels);
        Tensor first = Ops.iota(DType.I64, batch).mul(volume).reshape(batch, 1);
        Corner[][] corners = new Corner[d][];
        for (int a = 0; a < d; a++) {
            Tensor c = coords.reshape(batch, n, d).slice(2, a, a + 1).reshape(batch, n);
            corners[a] = corners(c, sizes[a], (int) x.shape().product(3 + a, x.rank()), border);
        }
        Tensor sum = Ops.fill(0, x.spec().withShape(Shape.of(batch * n, channels)));
        for (int k = 0; k < 1 << d; k++) {
            Tensor index = first;
            Tensor weight = Tensor.scalar(coords.dtype(), 1);
            for (int a = 0; a < d; a++) {
                Corner c = corners[a][k >> a & 1];
                index = index.add(c.offset);
                weight = weight.mul(c.weight);
            }
            Tensor value = Ops.indexSelect(rows, 0, index.reshape(batch * n));
            sum = sum.add(value.mul(weight.reshape(batch * n, 1).cast(x.dtype())));
        }
        return sum.reshape(batch, n, channels)
                .transpose(1, 2)
                .reshape(Shape.of(batch, channels).append(points.dims()));
    }

    /** Axes of the points in coords [B, points.., d]. */
    private static Shape points(Tensor x, Tensor coords) {
        int d = x.rank() - 2;
        if (coords.rank() < 2
                || coords.dim(0) != x.dim(0)
                || coords.dim(-1) != d
                || !coords.dtype().isFloating()) {
            throw ZooException.badShape("sample: floating coordinates [" + x.dim(0) + ", points.., " + d
                    + "] expected for x " + x.spec() + ", given " + coords.spec());
        }
        return coords.shape().sub(1, coords.rank() - 1);
    }

    /** Element offset (I64) and weight of one neighbour along an axis, both [B, n]. */
    private record Corner(Tensor offset, Tensor weight) {}

    private static Corner[] corners(Tensor coordinate, int size, int stride, Border border) {
        Tensor c = border == Border.CLAMP ? Ops.clamp(coordinate, 0, size - 1) : coordinate;
        Tensor low = Ops.stop(Ops.floor(c));
        Tensor t = c.sub(low);
        return new Corner[] {
            corner(low, t.neg().add(1), size, stride), corner(low.add(1), t, size, stride),
        };
    }

    /** A neighbour outside the axis weighs nothing; it is still read somewhere. */
    private static Corner corner(Tensor at, Tensor weight, int size, int stride) {
        Tensor inside = at.ge(0).and(at.le(size - 1));
        Tensor offset = Ops.clamp(at, 0, size - 1).cast(DType.I64).mul(stride);
        return new Corner(offset, Ops.where(inside, weight, Tensor.scalar(weight.dtype(), 0)));
    }
}
