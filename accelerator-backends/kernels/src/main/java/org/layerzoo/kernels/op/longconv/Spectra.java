package org.layerzoo.kernels.op.longconv;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.op.linear.FftPlan;

/** Transforms of rows, and products of their spectra, for a long convolution and its gradients. In F32 or F64. */
record Spectra(Gpu gpu, LongConv op, int n, int samples, int channels) {
    private static final FftPlan FFT = new FftPlan();
    private static final int THREADS = 256;

    static Spectra of(Gpu gpu, LongConv op, Tensor x, Tensor k) {
        return new Spectra(gpu, op, size(op, x.dim(2), k.dim(-1)), x.dim(0), x.dim(1));
    }

    /** A power of two that holds all of the result, unless the axis is a circle. */
    private static int size(LongConv op, int tokens, int taps) {
        int full = tokens + taps - 1;
        return op.edge() == LongConv.Edge.CIRCULAR ? tokens : Math.max(2, Integer.highestOneBit(2 * full - 1));
    }

    static Optional<String> refusal(LongConv op, List<TensorSpec> in, Gpu.Limits limits) {
        if (in.stream().anyMatch(s -> s.shape().size() == 0)) {
            return Optional.of("empty inputs");
        }
        TensorSpec x = in.getFirst();
        int n = size(op, x.shape().dim(2), in.get(1).shape().dim(-1));
        DType wide = x.dtype() == DType.F64 ? DType.F64 : DType.F32;
        TensorSpec rows = TensorSpec.of(wide, x.shape().dim(0), x.shape().dim(1), n);
        if (rows.shape().size() + 2L * rows.shape().size() / n > Integer.MAX_VALUE) {
            return Optional.of("more than " + Integer.MAX_VALUE + " numbers in the padded rows");
        }
        return FFT.refusal(new Primitive.Rfft(2), List.of(rows), limits);
    }

    private GpuKernel kernel(Tensor t, String function) {
        return Sources.of("long_conv", t.dtype(), function);
    }

    /** Of rows [.., length] that begin at {@code shift}. */
    Tensor of(Tensor x, int shift) {
        int length = x.dim(-1);
        Tensor spread = x;
        if (length != n || shift != 0) {
            spread = gpu.empty(x.spec().withShape(x.shape().with(-1, n)));
            gpu.launch(
                    kernel(x, "spread"),
                    Grid.over(spread.size(), THREADS),
                    Args.of(x, spread).i64(spread.size()).i32(n, length, shift));
        }
        return FFT.run(new Primitive.Rfft(x.rank() - 1), List.of(spread), gpu).getFirst();
    }

    /** @param a has a batch axis, or serves all samples */
    Tensor times(Tensor a, Tensor b, boolean conjugate) {
        Tensor y = gpu.empty(b.spec());
        gpu.launch(
                kernel(a, "spectra"),
                Grid.over(y.size() / 2, THREADS),
                Args.of(a, b, y)
                        .i64(y.size() / 2)
                        .i64(y.size() / 2 / samples)
                        .i32(a.rank() < b.rank())
                        .i32(conjugate));
        return y;
    }

    /** conj(a) b summed over samples. */
    Tensor summed(Tensor a, Tensor b) {
        Tensor y = gpu.empty(b.spec().withShape(b.shape().without(0)));
        gpu.launch(
                kernel(a, "spectra_sum"),
                Grid.over(y.size() / 2, THREADS),
                Args.of(a, b, y).i64(y.size() / 2).i32(samples));
        return y;
    }

    /** Back to rows, of which {@code like} says how many elements are wanted, from {@code shift} on. */
    Tensor back(Tensor spectrum, TensorSpec like, int shift, Optional<Tensor> skip, Tensor x) {
        int axis = like.shape().rank() - 1;
        Tensor full =
                FFT.run(new Primitive.Irfft(axis, n), List.of(spectrum), gpu).getFirst();
        Tensor y = gpu.empty(like);
        gpu.launch(
                kernel(full, "collect"),
                Grid.over(y.size(), THREADS),
                Args.of(full, x, skip.orElse(x), y)
                        .i64(y.size())
                        .i32(n, like.shape().dim(-1), shift, channels)
                        .i32(skip.isPresent()));
        return y;
    }

    Tensor skipGradient(Tensor x, Tensor dy) {
        Tensor gradient = gpu.empty(TensorSpec.of(x.dtype(), channels));
        gpu.launch(
                kernel(x, "skip_gradient"),
                Grid.blocks(channels, THREADS),
                Args.of(x, dy, gradient).i32(samples, channels, x.dim(2)));
        return gradient;
    }
}
