package org.layerzoo.kernels.op.linear;

import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.TensorCores;

/**
 * C = activation(A B + bias) of a batch of matrices, with A and B as their strides say. 2 m n k flops a matrix; at least
 * m k + k n + m n elements move, and each block of 64 x 64 (large products: 128 x 128) results reads its rows and columns once.
 *
 * <p>By tensor cores a block of 128 x 128 results and 32 terms is 2^20 flops for 16 KiB from the cache; within it, a warp of 64 x 32
 * results reads 6 KiB of shared memory for 2^17 flops, 21 flops a byte.
 *
 * @param batches how many products
 * @param walk where the matrices of each product begin in a and b, as {@link org.layerzoo.kernels.Walk}
 * @param aM stride of A's rows, in elements; and so on
 */
record Gemm(int m, int n, int k, int aM, int aK, int bK, int bN, int batches, int[] walk, Activation activation) {
    /** Products of so few rows read B once with all of their sums in registers. */
    private static final int FEW_ROWS = 8;
    /** From here on a block of 128 x 128 has enough neighbours to fill a device. */
    private static final long LARGE = 1L << 21;
    /** Shorter parts of a sum cost more to join than they gain. */
    private static final int LEAST_SPLIT = 256;
    /** Terms that a step of the kernels takes at once; sums of fewer are no work for tensor cores. */
    private static final int STEP = 16;

    private static final int MMA_STEP = 32;
    private static final int MMA_SIDE = 128;

    /** Whether tensor cores compute it. A tile of theirs is no slower half empty than a full one on the other units. */
    private boolean byTensorCores(DType dtype, int capability) {
        return TensorCores.take(dtype, capability) && m > FEW_ROWS && n > FEW_ROWS && k >= MMA_STEP;
    }

    /** Queues it into {@code c}, which lies in rows. {@code bias} holds an element a column; {@code a} itself where there is none. */
    void run(Gpu gpu, Tensor a, Tensor b, Tensor c, boolean biased, Tensor bias) {
        if (c.size() == 0) {
            return;
        }
        if (m <= FEW_ROWS) {
            rows(gpu, a, b, c, new Layout(this, false, biased), bias);
        } else if (n <= FEW_ROWS) {
            // The transposed product has few rows.
            rows(gpu, b, a, c, new Layout(transposed(), true, biased), bias);
        } else {
            tiles(gpu, a, b, c, biased, bias);
        }
    }

    private Gemm transposed() {
        int[] swapped = walk.clone();
        System.arraycopy(walk, 9, swapped, 17, 8);
        System.arraycopy(walk, 17, swapped, 9, 8);
        return new Gemm(n, m, k, bN, bK, aK, aM, batches, swapped, activation);
    }

    private static void rows(Gpu gpu, Tensor a, Tensor b, Tensor c, Layout l, Tensor bias) {
        Gemm g = l.product;
        long columns = g.bK == 1 ? 8 : 32;
        gpu.launch(
                kernel(c, "gemm_rows"),
                Grid.blocks((g.n + columns - 1) / columns * g.batches, 256),
                Args.of(a, b, c, bias).ints(l.packed(1, g.k)).ints(g.walk));
    }

    private void tiles(Gpu gpu, Tensor a, Tensor b, Tensor c, boolean biased, Tensor bias) {
        boolean mma = byTensorCores(c.dtype(), gpu.computeCapability());
        boolean large = m >= 128 && n >= 128 && c.size() >= LARGE && c.dtype() != DType.F64;
        int side = mma ? MMA_SIDE : large ? 128 : 64;
        int step = mma ? MMA_STEP : STEP;
        long blocks = (long) ((m + side - 1) / side) * ((n + side - 1) / side) * batches;
        int splits = (int) Math.clamp(2L * gpu.limits().units() / blocks, 1, Math.max(1, k / LEAST_SPLIT));
        int part = splits == 1 ? k : (k / splits + step - 1) / step * step;
        int parts = splits == 1 ? 1 : (k + part - 1) / part;
        int[] layout = new Layout(this, false, biased).packed(parts, part);
        Tensor work = parts == 1 ? c : gpu.empty(TensorSpec.of(Wide.of(c.dtype()), Math.toIntExact(parts * c.size())));
        gpu.launch(
                mma ? mmaKernel(c, gpu.computeCapability()) : kernel(c, large ? "gemm_128" : "gemm_64"),
                Grid.blocks(blocks * parts, 256),
                Args.of(a, b, c, work, bias).ints(layout).ints(walk));
        if (parts > 1) {
            gpu.launch(
                    kernel(c, "gemm_join"),
                    Grid.over(c.size(), 256),
                    Args.of(work, c, bias).ints(layout));
        }
    }

    /** The unit that computes it, where one does. */
    Optional<String> unit(DType dtype, int capability) {
        return byTensorCores(dtype, capability)
                ? Optional.of(byHopper(capability) ? TensorCores.HOPPER_NAME : TensorCores.NAME)
                : Optional.empty();
    }

    private boolean byHopper(int capability) {
        return TensorCores.hopper(capability) && aK == 1 && bK == 1;
    }

    /** By how the operands lie: rows along k, or columns along it. */
    private GpuKernel mmaKernel(Tensor c, int capability) {
        if (byHopper(capability)) {
            return Sources.of("gemm_wgmma", c.dtype(), "gemm_wgmma");
        }
        return Sources.of(
                "gemm_mma", c.dtype(), "gemm_mma_" + (aK == 1 ? "rows_" : "cols_") + (bK == 1 ? "rows" : "cols"));
    }

    private static GpuKernel kernel(Tensor c, String name) {
        return Sources.of("gemm", c.dtype(), name);
    }

    /** @param transposed whether the product gives C's transpose */
    private record Layout(Gemm product, boolean transposed, boolean biased) {
        /** The structure {@code Product} of the source. */
        int[] packed(int splits, int part) {
            Gemm g = product;
            return new int[] {
                g.m,
                g.n,
                g.k,
                g.aM,
                g.aK,
                g.bK,
                g.bN,
                transposed ? 1 : g.n,
                transposed ? g.m : 1,
                transposed ? 1 : 0,
                transposed ? 0 : 1,
                biased ? 1 : 0,
                g.activation.ordinal(),
                splits,
                part,
                Math.toIntExact((long) g.m * g.n * g.batches)
            };
        }
    }
}
