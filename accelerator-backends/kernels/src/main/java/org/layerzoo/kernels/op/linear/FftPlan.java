package org.layerzoo.kernels.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Linear;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * Fourier transforms of any size. Lines that fit into shared memory (powers of two to 4096, F64 2048; others to half of it) are read and
 * written once; larger ones pass twice more through memory, or four times where n is no power of two. 5 m log2 m flops a line.
 */
public final class FftPlan implements Plan<Linear> {
    private static final int COMPLEX = 0;
    private static final int REAL = 1;
    private static final int HALF = 2;

    @Override
    public Optional<String> refusal(Linear op, List<TensorSpec> in, Gpu.Limits limits) {
        TensorSpec x = in.getFirst();
        int n = Job.of(op, x.shape()).n;
        long most = (long) largest(x.dtype()) * largest(x.dtype());
        if (n > 0 && FftTables.size(n) > most) {
            return Optional.of("a transform of " + n + ", in steps of " + FftTables.size(n) + ", more than " + most);
        }
        long lines = Job.of(op, x.shape()).lines;
        return lines * FftTables.size(Math.max(1, n)) > Integer.MAX_VALUE
                ? Optional.of("more than " + Integer.MAX_VALUE + " numbers in all lines with their padding")
                : Optional.empty();
    }

    private static int largest(DType dtype) {
        return dtype == DType.F64 ? 2048 : 4096;
    }

    /** @param inner distance of neighbours along the axis, in pairs where complex */
    private record Job(int n, long lines, int inner, boolean inverse, int from, int to) {
        static Job of(Linear op, Shape x) {
            return switch (op) {
                case Primitive.Fft f -> of(x, f.axis(), x.rank() - 1, x.dim(f.axis()), f.inverse(), COMPLEX, COMPLEX);
                case Primitive.Rfft f -> of(x, f.axis(), x.rank(), x.dim(f.axis()), false, REAL, HALF);
                case Primitive.Irfft f -> of(x, f.axis(), x.rank() - 1, f.n(), true, HALF, REAL);
                default -> throw new IllegalStateException(op.name());
            };
        }

        private static Job of(Shape x, int axis, int rank, int n, boolean inverse, int from, int to) {
            long inner = x.product(axis + 1, rank);
            return new Job(n, x.product(0, axis) * inner, Math.toIntExact(inner), inverse, from, to);
        }

        /** The structure {@code Fft} of the source. */
        int[] packed(int m, int linesABlock) {
            return new int[] {
                Math.toIntExact(lines), n, m, inner, inverse ? 1 : 0, from, to, m == n ? 0 : 1, linesABlock
            };
        }
    }

    @Override
    public List<Tensor> run(Linear op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor y = gpu.empty(op.infer(List.of(x.spec())).getFirst());
        if (y.size() == 0) {
            return List.of(y);
        }
        Job job = Job.of(op, x.shape());
        FftTables tables = FftTables.of(job.n, Wide.of(x.dtype()));
        int m = tables.m();
        GpuKernel kernel = Sources.of("fft", x.dtype(), "fft");
        if (m <= largest(x.dtype())) {
            int lines = Math.max(1, 512 / m);
            gpu.launch(
                    kernel,
                    Grid.blocks((job.lines + lines - 1) / lines, 256),
                    Args.of(x, y, tables.roots(), tables.chirp(), tables.filter())
                            .ints(job.packed(m, lines)));
        } else {
            large(gpu, kernel, job, tables, x, y);
        }
        return List.of(y);
    }

    private static void large(Gpu gpu, GpuKernel kernel, Job job, FftTables tables, Tensor x, Tensor y) {
        int m = tables.m();
        long all = job.lines * m;
        TensorSpec spec = TensorSpec.of(Wide.of(x.dtype()), Math.toIntExact(all), 2);
        Tensor work = gpu.empty(spec);
        Tensor other = gpu.empty(spec);
        int[] packed = job.packed(m, 1);
        gpu.launch(
                kernel.function("fft_load"),
                Grid.over(all, 256),
                Args.of(x, work, tables.chirp()).i64(all).ints(packed));
        passes(gpu, kernel, job.lines, tables, work, other);
        if (m != job.n) {
            gpu.launch(
                    kernel.function("fft_filter"),
                    Grid.over(all, 256),
                    Args.of(work, tables.filter()).i64(all).i32(m));
            passes(gpu, kernel, job.lines, tables, work, other);
        }
        gpu.launch(
                kernel.function("fft_store"),
                Grid.over(job.lines * job.n, 256),
                Args.of(work, y, tables.chirp()).i64(job.lines * job.n).ints(packed));
    }

    /** m2 transforms of m1, a twist, and m1 transforms of m2; the result is in {@code work} again. */
    private static void passes(Gpu gpu, GpuKernel kernel, long lines, FftTables tables, Tensor work, Tensor other) {
        int m = tables.m();
        int bits = Integer.numberOfTrailingZeros(m);
        int m1 = 1 << (bits / 2);
        int m2 = m / m1;
        GpuKernel pass = kernel.function("fft_pass");
        gpu.launch(
                pass,
                Grid.blocks(lines * m2, 256),
                Args.of(work, other, tables.roots()).i32(m1, m2, m2, 1, m2, 1, m2, 1));
        gpu.launch(
                pass,
                Grid.blocks(lines * m1, 256),
                Args.of(other, work, tables.roots()).i32(m2, m1, m1, m2, 1, 1, m1, 0));
    }
}
