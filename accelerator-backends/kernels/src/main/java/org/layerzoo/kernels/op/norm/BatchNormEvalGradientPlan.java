package org.layerzoo.kernels.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Gradients of batch norm with given statistics: sums a channel as in training, and dx by itself; dy comes twice from memory, x once. */
public final class BatchNormEvalGradientPlan implements Plan<GradientOf> {
    private static final int THREADS = 256;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        return in.getFirst().shape().size() == 0 ? Optional.of("empty inputs") : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> {
            List<Tensor> all = gradients((BatchNormEval) g.op(), in, gpu);
            return g.wanted().stream().map(all::get).toList();
        });
    }

    private static List<Tensor> gradients(BatchNormEval op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor mean = in.get(1);
        Tensor var = in.get(2);
        Tensor weight = op.affine() ? in.get(3) : x;
        Tensor dy = in.getLast();
        Channels c = Channels.of(x, x, false, op.affine(), gpu);
        TensorSpec channel = TensorSpec.of(x.dtype(), c.channels());
        List<Tensor> out = List.of(
                gpu.empty(x.spec()),
                gpu.empty(mean.spec()),
                gpu.empty(var.spec()),
                gpu.empty(channel),
                gpu.empty(channel));
        Tensor sums = gpu.empty(TensorSpec.of(mean.dtype(), c.parts(), c.channels(), 2));
        GpuKernel train = Sources.of("batch_norm", x.dtype(), "batch_gradient_sums");
        gpu.launch(
                train, c.sums(), Args.of(x, x, dy, mean, sums).ints(c.packed()).ints(c.walk()));
        Args join = Args.of(sums, var, out.get(3), out.get(4)).ints(c.packed());
        gpu.launch(
                train.function("batch_gradient_join"),
                Grid.over(c.channels(), THREADS),
                Lines.number(join, x.dtype(), op.eps()));
        GpuKernel eval = Sources.of("batch_norm_eval_gradient", x.dtype(), "batch_eval_gradient");
        Args elements = Args.of(dy, var, weight, out.get(0))
                .i64(x.size())
                .i32(c.channels(), c.positions())
                .i32(op.affine());
        gpu.launch(eval, Grid.over(x.size(), THREADS), Lines.number(elements, x.dtype(), op.eps()));
        Args statistics = Args.of(sums, var, weight, out.get(1), out.get(2))
                .i32(c.channels())
                .i32(op.affine());
        gpu.launch(
                eval.function("batch_eval_statistics"),
                Grid.over(c.channels(), THREADS),
                Lines.number(statistics, x.dtype(), op.eps()));
        return out;
    }
}
