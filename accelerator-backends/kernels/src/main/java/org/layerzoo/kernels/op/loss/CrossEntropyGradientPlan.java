package org.layerzoo.kernels.op.loss;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.op.loss.CrossEntropy.Targets;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Gradients of cross entropy to logits and target weights: logits are read twice, each gradient is written once. */
public final class CrossEntropyGradientPlan implements Plan<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        CrossEntropy loss = (CrossEntropy) op.op();
        Tensor x = in.get(0);
        Tensor targets = in.get(1);
        boolean ids = loss.targets() == Targets.IDS;
        boolean mean = loss.reduction() == Reduction.MEAN;
        Tensor count = mean ? CrossEntropyRows.of(loss, in, gpu).count() : in.getLast();
        Lines l = Lines.rows(x.size() / x.dim(-1), x.dim(-1));
        Tensor dx = gpu.empty(x.spec());
        Tensor dt = ids ? dx : gpu.empty(targets.spec());
        Args args = Args.of(x, targets, ids ? x : targets, in.getLast(), count, dx, dt)
                .ints(l.packed())
                .i64(loss.ignore())
                .i32(ids);
        Lines.number(args, x.dtype(), loss.smoothing())
                .i32(loss.reduction() == Reduction.NONE)
                .i32(mean);
        gpu.launch(Sources.of("cross_entropy", x.dtype(), "cross_entropy_gradient"), l.grid(), args);
        return op.wanted().stream().map(i -> i == 0 ? dx : dt).toList();
    }
}
