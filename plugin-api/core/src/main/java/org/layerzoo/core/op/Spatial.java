package org.layerzoo.core.op;

import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.op.Primitive.PoolGeometry;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Functions on maps [B, C, spatial..] with 1 to 3 spatial axes, composed of ops, so that all have gradients of any
 * order. Sizes given as an array have one entry a spatial axis.
 */
public final class Spatial {
    private Spatial() {}

    // ---- convolution

    /** Stride, padding and dilation per spatial axis, channel groups. */
    public record Window(int[] stride, Padding padding, int[] dilation, int groups) {
        /** The same numbers on each of {@code dims} axes. */
        public static Window of(int dims, Padding padding, int stride, int dilation, int groups) {
            return new Window(each(dims, stride), padding, each(dims, dilation), groups);
        }
    }

    /** x [B, C, spatial..] * w [O, C/groups, kernel..] -> [B, O, spatial'..]: cross-correlation with zero padding. */
    public static Tensor conv(Tensor x, Tensor w, Window window) {
        int[] sizes = spatial(x);
        int[] kernel = spatial(w);
        axes("conv", window.stride, sizes.length);
        axes("conv", window.dilation, sizes.length);
        axes("conv", kernel, sizes.length);
        Padding.Explicit p = window.padding.resolve(sizes, kernel, window.stride, window.dilation);
        return Ops.one(new Primitive.Conv(geometry(window, p)), x, w);
    }

    /** x [B, C, T] * w [O, C/groups, K] -> [B, O, T']. */
    public static Tensor conv1d(Tensor x, Tensor w, Padding padding, int stride, int dilation, int groups) {
        return conv(rank(x, 1), w, Window.of(1, padding, stride, dilation, groups));
    }

    /** x [B, C, h, w] * w [O, C/groups, ky, kx] -> [B, O, h', w']. */
    public static Tensor conv2d(Tensor x, Tensor w, Padding padding, int stride, int dilation, int groups) {
        return conv(rank(x, 2), w, Window.of(2, padding, stride, dilation, groups));
    }

    /** x [B, C, d, h, w] * w [O, C/groups, kz, ky, kx] -> [B, O, d', h', w']. */
    public static Tensor conv3d(Tensor x, Tensor w, Padding padding, int stride, int dilation, int groups) {
        return conv(rank(x, 3), w, Window.of(3, padding, stride, dilation, groups));
    }

    /**
     * x [B, C, s..] with w [C, O/groups, kernel..] -> [B, O, s'..], s' = (s - 1) stride - padding + dilation (kernel -
     * 1) + 1 + outputPadding: the adjoint of {@link #conv} with the same weights.
     *
     * @param outputPadding elements behind, below the stride, that tell apart the inputs a strided convolution maps to one size
     */
    public static Tensor convTranspose(Tensor x, Tensor w, Window window, int... outputPadding) {
        int[] sizes = spatial(x);
        int[] kernel = spatial(w);
        axes("conv_transpose", outputPadding, sizes.length);
        axes("conv_transpose", window.stride, sizes.length);
        axes("conv_transpose", window.dilation, sizes.length);
        axes("conv_transpose", kernel, sizes.length);
        if (window.padding instanceof Padding.Same) {
            throw ZooException.badArgument(
                    "conv_transpose: valid or explicit padding expected, given same (several output sizes fit it)");
        }
        Padding.Explicit p = window.padding.resolve(sizes, kernel, window.stride, window.dilation);
        int[] out = new int[sizes.length];
        for (int i = 0; i < out.length; i++) {
            if (outputPadding[i] < 0 || outputPadding[i] >= window.stride[i]) {
                throw ZooException.badArgument("conv_transpose: output padding of 0.." + (window.stride[i] - 1)
                        + " (below the stride) expected, given " + outputPadding[i]);
            }
            int reach = window.dilation[i] * (kernel[i] - 1) + 1;
            out[i] = (sizes[i] - 1) * window.stride[i] - p.before()[i] - p.after()[i] + reach + outputPadding[i];
        }
        return Ops.one(new Primitive.ConvInput(geometry(window, p), out), x, w);
    }

    /** Adds b [C] to each position of x [B, C, spatial..]. */
    public static Tensor bias(Tensor x, Tensor b) {
        int[] dims = each(x.rank() - 1, 1);
        dims[0] = b.dim(0);
        return x.add(b.reshape(dims));
    }

    private static ConvGeometry geometry(Window w, Padding.Explicit p) {
        return new ConvGeometry(w.stride.clone(), p.before(), p.after(), w.dilation.clone(), w.groups);
    }

    // ---- pooling

    /** Maxima of windows and the flat spatial index (I64) of each; ties to the first. */
    public record Pooled(Tensor values, Tensor index) {}

    public static Pooled maxPool(Tensor x, int[] kernel, int[] stride, Padding padding) {
        List<Tensor> y = Ops.all(new Primitive.MaxPool(pool(x, kernel, stride, padding)), x);
        return new Pooled(y.get(0), y.get(1));
    }

    /** Means of windows; {@code countPadding} divides by the kernel's size everywhere, else by the elements inside. */
    public static Tensor avgPool(Tensor x, int[] kernel, int[] stride, Padding padding, boolean countPadding) {
        return Ops.one(new Primitive.AvgPool(pool(x, kernel, stride, padding), countPadding), x);
    }

    /** Means of n bins an axis, bin i = [floor(i N / n), ceil((i + 1) N / n)). */
    public static Tensor adaptiveAvgPool(Tensor x, int... out) {
        return Resampling.interpolate(x, Interpolation.AREA, false, out);
    }

    /** Values put back at the index that {@link #maxPool} gave, zeros elsewhere; values [B, C, s'..] -> [B, C, spatial..]. */
    public static Tensor maxUnpool(Tensor values, Tensor index, int... spatial) {
        int[] dims = {values.dim(0), values.dim(1), (int) values.shape().product(2, values.rank())};
        Shape planes = values.shape().sub(0, 2).append((int) Shape.of(spatial).size());
        Tensor zero = Ops.fill(0, values.spec().withShape(planes));
        return Ops.scatterSet(zero, 2, index.reshape(dims), values.reshape(dims))
                .reshape(values.shape().sub(0, 2).append(spatial));
    }

    private static PoolGeometry pool(Tensor x, int[] kernel, int[] stride, Padding padding) {
        int[] sizes = spatial(x);
        axes("pool", kernel, sizes.length);
        axes("pool", stride, sizes.length);
        Padding.Explicit p = padding.resolve(sizes, kernel, stride, each(sizes.length, 1));
        return new PoolGeometry(kernel.clone(), stride.clone(), p.before(), p.after());
    }

    // ---- resampling

    /**
     * Where a resized map takes its values: NEAREST at floor(i in / out); LINEAR between two neighbours an axis; CUBIC
     * between four (a = -0.75); AREA as the mean of the covered bins.
     */
    public enum Interpolation {
        NEAREST,
        LINEAR,
        CUBIC,
        AREA
    }

    /**
     * x [B, C, spatial..] -> [B, C, out..].
     *
     * @param alignCorners true: the first and last elements of both grids coincide; false: the grids' outer edges do. It
     *     must be false for NEAREST and AREA, which know only edges
     */
    public static Tensor interpolate(Tensor x, Interpolation mode, boolean alignCorners, int... out) {
        return Resampling.interpolate(x, mode, alignCorners, out);
    }

    /** What a point outside the map reads: the nearest element, or zeros. */
    public enum Border {
        CLAMP,
        ZEROS
    }

    /**
     * Linear sampling of x [B, C, spatial..] at coords [B, points.., d] -> [B, C, points..], with gradients to both.
     * Coordinates are elements, in the order of the spatial axes; 0 is the centre of the first element.
     */
    public static Tensor sample(Tensor x, Tensor coords, Border border) {
        return Resampling.sample(x, coords, border);
    }

    /**
     * The same at normalised coordinates in [-1, 1], LAST spatial axis first (x, y, z).
     *
     * @param alignCorners true: -1 and 1 are the centres of the outer elements; false: their outer edges
     */
    public static Tensor gridSample(Tensor x, Tensor grid, Border border, boolean alignCorners) {
        return Resampling.gridSample(x, grid, border, alignCorners);
    }

    // ---- rearrangement

    /** [B, C r^d, spatial..] -> [B, C, r spatial..] for d = 2 or 3 axes; channel c r^2 + i r + j goes to row i, column j. */
    public static Tensor pixelShuffle(Tensor x, int r) {
        int d = x.rank() - 2;
        int block = d == 2 ? r * r : r * r * r;
        if (d < 2 || d > 3 || r < 1 || x.dim(1) % block != 0) {
            throw ZooException.badShape("pixel_shuffle: x [B, C r^d, spatial..] with 2 or 3 axes expected for r = " + r
                    + ", given " + x.spec());
        }
        int[] split = new int[2 + 2 * d];
        int[] order = new int[2 + 2 * d];
        int[] out = x.shape().dims();
        split[0] = x.dim(0);
        split[1] = x.dim(1) / block;
        order[1] = 1;
        out[1] = split[1];
        for (int a = 0; a < d; a++) {
            split[2 + a] = r;
            split[2 + d + a] = x.dim(2 + a);
            order[2 + 2 * a] = 2 + d + a;
            order[3 + 2 * a] = 2 + a;
            out[2 + a] = r * x.dim(2 + a);
        }
        return x.reshape(split).permute(order).reshape(out);
    }

    /** Patches of x [B, C, h, w] as columns [B, C ky kx, windows], rows in the order (c, ky, kx), windows row by row. */
    public static Tensor unfold2d(Tensor x, int[] kernel, int[] stride, Padding padding, int[] dilation) {
        Padding.Explicit p = padding.resolve(spatial(rank(x, 2)), kernel, stride, dilation);
        Tensor padded = Ops.padZero(Ops.padZero(x, 2, p.before()[0], p.after()[0]), 3, p.before()[1], p.after()[1]);
        Tensor rows = Ops.unfold(padded, 2, kernel[0], stride[0], dilation[0]); // [B, C, n, w, ky]
        Tensor both = Ops.unfold(rows, 3, kernel[1], stride[1], dilation[1]); // [B, C, n, m, ky, kx]
        return both.permute(0, 1, 4, 5, 2, 3)
                .reshape(x.dim(0), x.dim(1) * kernel[0] * kernel[1], both.dim(2) * both.dim(3));
    }

    /** Adjoint of {@link #unfold2d} to [B, C, h, w]: overlapping patches are summed, not averaged. */
    public static Tensor fold2d(
            Tensor columns, int[] size, int[] kernel, int[] stride, Padding padding, int[] dilation) {
        Padding.Explicit p = padding.resolve(size, kernel, stride, dilation);
        int[] padded = new int[2];
        int[] windows = new int[2];
        for (int i = 0; i < 2; i++) {
            padded[i] = size[i] + p.before()[i] + p.after()[i];
            windows[i] = (padded[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i] + 1;
        }
        int patch = kernel[0] * kernel[1];
        if (columns.rank() != 3 || columns.dim(1) % patch != 0 || columns.dim(2) != windows[0] * windows[1]) {
            throw ZooException.badShape("fold2d: columns [B, C " + patch + ", " + windows[0] * windows[1]
                    + "] expected for a map of " + Arrays.toString(size) + ", given " + columns.spec());
        }
        int channels = columns.dim(1) / patch;
        Tensor both = columns.reshape(columns.dim(0), channels, kernel[0], kernel[1], windows[0], windows[1])
                .permute(0, 1, 4, 5, 2, 3); // [B, C, n, m, ky, kx]
        Tensor rows = Ops.one(new Primitive.Fold(3, padded[1], stride[1], dilation[1]), both); // [B, C, n, w, ky]
        Tensor map = Ops.one(new Primitive.Fold(2, padded[0], stride[0], dilation[0]), rows);
        return map.slice(2, p.before()[0], p.before()[0] + size[0]).slice(3, p.before()[1], p.before()[1] + size[1]);
    }

    // ---- spectra

    /** BACKWARD divides the inverse by the number of elements, ORTHO both directions by its root. */
    public enum Norm {
        BACKWARD,
        ORTHO
    }

    /** Real [.., N, ..] -> [.., N/2+1, .., 2] along an axis. */
    public static Tensor rfft(Tensor x, int axis, Norm norm) {
        int a = x.shape().axis(axis);
        return scaled(Ops.one(new Primitive.Rfft(a), x), x.dim(a), norm, false);
    }

    /** [.., n/2+1, .., 2] -> real [.., n, ..]; {@code axis} counts without the axis of pairs. */
    public static Tensor irfft(Tensor x, int axis, int n, Norm norm) {
        int a = x.shape().without(-1).axis(axis);
        return scaled(Ops.one(new Primitive.Irfft(a, n), x), n, norm, true);
    }

    /** Real [.., h, w] -> [.., h, w/2+1, 2]. */
    public static Tensor rfft2(Tensor x, Norm norm) {
        Tensor rows = Ops.one(new Primitive.Rfft(x.rank() - 1), x);
        Tensor y = Ops.one(new Primitive.Fft(x.rank() - 2, false), rows);
        return scaled(y, (long) x.dim(-1) * x.dim(-2), norm, false);
    }

    /** [.., h, w/2+1, 2] -> real [.., h, w]; what is not Hermitian in the last transform is dropped. */
    public static Tensor irfft2(Tensor x, Norm norm, int h, int w) {
        if (x.rank() < 3 || x.dim(-3) != h) {
            throw ZooException.badShape("irfft2: x [.., " + h + ", " + (w / 2 + 1) + ", 2] expected for an output of "
                    + h + " x " + w + ", given " + x.spec());
        }
        Tensor columns = Ops.one(new Primitive.Fft(x.rank() - 3, true), x);
        return scaled(Ops.one(new Primitive.Irfft(x.rank() - 2, w), columns), (long) h * w, norm, true);
    }

    private static Tensor scaled(Tensor y, long n, Norm norm, boolean inverse) {
        return switch (norm) {
            case BACKWARD -> inverse ? y.mul(1.0 / n) : y;
            case ORTHO -> y.mul(1 / Math.sqrt(n));
        };
    }

    // ---- shapes

    static int[] spatial(Tensor x) {
        if (x.rank() < 3 || x.rank() > 5) {
            throw ZooException.badShape("a map [B, C, spatial..] of 1 to 3 spatial axes expected, given " + x.spec());
        }
        return x.shape().sub(2, x.rank()).dims();
    }

    private static Tensor rank(Tensor x, int dims) {
        if (x.rank() != 2 + dims) {
            throw ZooException.badShape(
                    "a map [B, C, spatial..] of " + dims + " spatial axes expected, given " + x.spec());
        }
        return x;
    }

    static void axes(String what, int[] values, int dims) {
        if (values.length != dims) {
            throw ZooException.badShape(what + ": one number for each of " + dims + " spatial axes expected, given "
                    + Arrays.toString(values));
        }
    }

    private static int[] each(int n, int value) {
        int[] out = new int[n];
        Arrays.fill(out, value);
        return out;
    }
}
