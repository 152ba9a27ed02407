package org.layerzoo.kernels.op.norm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * Gradients of the norms over lines. One pass over x and dy gives dx and keeps mean and factor of each line; a second one sums the
 * weight's gradient in parts that are joined in order, so that it is the same at every run. About 5 elements moved and 12 flops for each.
 */
public final class RowNormGradientPlan implements Plan<GradientOf> {
    private static final int COLUMNS = 64;
    private static final int LEAST_RUN = 32;
    private static final int MOST_PARTS = 128;

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor dy = in.getLast();
        RowNorm norm = RowNorm.of(op.op(), x.shape(), gpu.limits().units());
        GpuKernel kernel = Sources.of("row_norm", x.dtype(), "row_norm_gradient");
        Tensor dx = gpu.empty(x.spec());
        Tensor stats = gpu.empty(TensorSpec.of(Wide.of(x.dtype()), norm.lines().lines(), 2));
        gpu.launch(
                kernel,
                norm.lines().grid(),
                norm.add(Args.of(x, norm.weight() ? in.get(1) : x, dy, dx, stats), x.dtype()));
        List<Tensor> grads = new ArrayList<>(List.of(dx));
        if (norm.weight() || norm.bias()) {
            grads.addAll(weights(gpu, norm, kernel, x, dy, stats, in.get(1).spec()));
        }
        return op.wanted().stream().map(grads::get).toList();
    }

    private static List<Tensor> weights(
            Gpu gpu, RowNorm norm, GpuKernel kernel, Tensor x, Tensor dy, Tensor stats, TensorSpec weight) {
        int n = Math.toIntExact(weight.shape().size());
        int rows = norm.lines().lines();
        int run = Math.max(LEAST_RUN, (rows + MOST_PARTS - 1) / MOST_PARTS);
        int parts = norm.groups() > 0 ? x.dim(0) : (rows + run - 1) / run;
        Tensor work = gpu.empty(TensorSpec.of(stats.dtype(), Math.max(1, parts), 2, n));
        if (norm.groups() > 0) {
            Lines l = Lines.rows((long) x.dim(0) * n, norm.run());
            gpu.launch(
                    kernel.function("channel_norm_weights"),
                    l.grid(),
                    Args.of(x, dy, stats, work).ints(l.packed()).i32(n, norm.groups()));
        } else if (parts > 0) {
            gpu.launch(
                    kernel.function("row_norm_weights"),
                    Grid.blocks(Math.max(1, (n + COLUMNS - 1) / COLUMNS), parts, 1, 256),
                    Args.of(x, dy, stats, work).i32(rows, n, run));
        }
        Tensor dw = norm.weight() ? gpu.empty(weight) : work;
        Tensor db = norm.bias() ? gpu.empty(weight) : work;
        gpu.launch(
                kernel.function("norm_weights_join"),
                Grid.over(n, 256),
                Args.of(work, dw, db).i32(n, parts).i32(norm.weight()).i32(norm.bias()));
        List<Tensor> out = new ArrayList<>();
        if (norm.weight()) {
            out.add(dw);
        }
        if (norm.bias()) {
            out.add(db);
        }
        return out;
    }
}
