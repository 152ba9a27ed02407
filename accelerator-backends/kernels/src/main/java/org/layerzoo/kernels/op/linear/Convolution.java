package org.layerzoo.kernels.op.linear;

import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive.ConvGeometry;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/**
 * A convolution and its adjoints between x [B, C, spatial..], w [O, C / groups, kernel..] and y: products of 64 x 64 tiles whose right
 * side is gathered from the image, or a sum a thread where the groups are so narrow that tiles would be empty. 2 y C / groups kernel flops
 * a result; a tile reads each image element once for every tap.
 */
record Convolution(ConvGeometry g, Shape x, Shape w, Shape y) {
    private static final int NARROW = 8;
    private static final int TILE = 64;
    private static final int LEAST_SPLIT = 256;

    /** Columns of the gathered side must fit into 31 bits. */
    boolean fits() {
        long b = Math.max(1, x.dim(0));
        return b * x.product(2, x.rank()) < Integer.MAX_VALUE && b * y.product(2, y.rank()) < Integer.MAX_VALUE;
    }

    Tensor forward(Gpu gpu, Tensor image, Tensor weight) {
        int outputs = w.dim(0) / g.groups();
        Tensor out = gpu.empty(image.spec().withShape(y));
        long columns = (long) y.dim(0) * y.product(2, y.rank());
        int sum = Math.toIntExact(w.product(1, w.rank()));
        run(gpu, out, weight, image, new Product(outputs, columns, sum, false), "conv", "depthwise");
        return out;
    }

    Tensor input(Gpu gpu, Tensor dy, Tensor weight) {
        int inputs = w.dim(1);
        Tensor out = gpu.empty(dy.spec().withShape(x));
        long columns = (long) x.dim(0) * x.product(2, x.rank());
        int sum = Math.toIntExact(w.dim(0) / g.groups() * w.product(2, w.rank()));
        run(gpu, out, weight, dy, new Product(inputs, columns, sum, false), "conv_input", "depthwise_input");
        return out;
    }

    Tensor weight(Gpu gpu, Tensor image, Tensor dy) {
        Tensor out = gpu.empty(image.spec().withShape(w));
        int sum = Math.toIntExact(y.dim(0) * y.product(2, y.rank()));
        Product p = new Product(w.dim(0) / g.groups(), w.product(1, w.rank()), sum, true);
        run(gpu, out, dy, image, p, "conv_weight", "depthwise_weight");
        return out;
    }

    /** @param split whether the sum may be shared by blocks */
    private record Product(int m, long n, int k, boolean split) {}

    private void run(Gpu gpu, Tensor out, Tensor left, Tensor right, Product p, String tiled, String narrow) {
        if (out.size() == 0) {
            return;
        }
        if (p.m < NARROW) {
            GpuKernel kernel = Sources.of("depthwise", out.dtype(), narrow);
            Args args = Args.of(left, right, out);
            if (p.split) {
                gpu.launch(kernel, Grid.blocks(out.size(), 256), args.ints(packed(1, p.k)));
            } else {
                gpu.launch(
                        kernel, Grid.over(out.size(), 256), args.i64(out.size()).ints(packed(1, p.k)));
            }
            return;
        }
        long blocks = (p.m + TILE - 1) / TILE * ((p.n + TILE - 1) / TILE) * g.groups();
        int splits =
                p.split ? (int) Math.clamp(2L * gpu.limits().units() / blocks, 1, Math.max(1, p.k / LEAST_SPLIT)) : 1;
        int part = (p.k + splits - 1) / splits;
        DType wide = Wide.of(out.dtype());
        Tensor work = splits == 1 ? out : gpu.empty(TensorSpec.of(wide, splits, Math.toIntExact(out.size())));
        GpuKernel kernel = Sources.of("conv", out.dtype(), tiled);
        gpu.launch(
                kernel,
                Grid.blocks(blocks * splits, 256),
                Args.of(left, right, out, work).ints(packed(splits, part)));
        if (splits > 1) {
            gpu.launch(
                    kernel.function("conv_join"),
                    Grid.over(out.size(), 256),
                    Args.of(work, out).i64(out.size()).i32(splits));
        }
    }

    /** The structure {@code Conv} of the source. */
    private int[] packed(int splits, int part) {
        int[] out = new int[24];
        out[0] = x.dim(0);
        out[1] = x.dim(1);
        out[2] = w.dim(0);
        out[3] = g.groups();
        int[][] axes = {
            Spatial.of(x),
            Spatial.of(w),
            Spatial.of(y),
            Spatial.leading(g.stride(), 1),
            Spatial.leading(g.before(), 0),
            Spatial.leading(g.dilation(), 1)
        };
        for (int a = 0; a < axes.length; a++) {
            System.arraycopy(axes[a], 0, out, 4 + 3 * a, 3);
        }
        out[22] = splits;
        out[23] = part;
        return out;
    }
}
