package org.layerzoo.plugins.ltp;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.GpuOp;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Attention received: (probabilities [B, H, N, M], alive BOOL [B, N]) -> sum over heads and over the rows of queries that are there
 * [B, M]. On a GPU the probabilities are read once and rows of dropped queries not at all; in primitives they are read, written with
 * zeros in those rows, and read again.
 */
public record Received() implements GpuOp {
    private static final int COLUMNS = 32;
    private static final int THREADS = 256;
    private static final int FOLD_THREADS = 128;

    @Override
    public String name() {
        return "ltp_received";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        org.layerzoo.core.op.Args args = new org.layerzoo.core.op.Args(this, in);
        args.floats("probabilities", "B H N M");
        args.booleans("alive", "B N");
        args.end();
        return List.of(args.result(args.size("B"), args.size("M")));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor probs = Wide.up(in.getFirst());
        Tensor rows = in.getLast().reshape(probs.dim(0), 1, probs.dim(2), 1);
        Tensor sum = Ops.where(rows, probs, Tensor.scalar(probs.dtype(), 0)).sum(1, 2);
        return List.of(Wide.down(sum, in.getFirst()));
    }

    /** An addition a probability. */
    @Override
    public long flops(List<TensorSpec> in) {
        return in.getFirst().shape().size();
    }

    @Override
    public Optional<String> gpuRefusal(List<TensorSpec> in) {
        Shape s = in.getFirst().shape();
        return s.dim(0) > Grid.MOST_YZ || s.dim(1) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " samples or heads, given " + s)
                : Optional.empty();
    }

    @Override
    public List<Tensor> onGpu(Gpu gpu, List<Tensor> in) {
        Tensor probs = in.getFirst();
        int heads = probs.dim(1);
        int columns = probs.dim(3);
        Tensor sum = gpu.empty(TensorSpec.of(probs.dtype(), probs.dim(0), columns));
        if (sum.size() == 0) {
            return List.of(sum);
        }
        GpuKernel kernel = new GpuKernel(
                Received.class, "ltp_received", probs.dtype().name().toLowerCase(), "received");
        DType wide = Wide.of(probs.dtype());
        TensorScope.run(() -> {
            Tensor parts = gpu.empty(TensorSpec.of(wide, probs.dim(0), heads, columns));
            if (parts.size() > 0) {
                gpu.launch(
                        kernel,
                        Grid.blocks((columns + COLUMNS - 1) / COLUMNS, heads, probs.dim(0), THREADS),
                        Args.of(probs, in.getLast(), parts).i32(heads, probs.dim(2), columns));
            }
            gpu.launch(
                    kernel.function("fold_heads"),
                    Grid.over(sum.size(), FOLD_THREADS),
                    Args.of(parts, sum).i64(sum.size()).i32(heads, columns));
        });
        return List.of(sum);
    }
}
