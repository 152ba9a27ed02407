package org.layerzoo.kernels.op.reduction;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/** The place of the extreme element of every line; each element is read once. */
public final class ArgReducePlan implements Plan<Primitive.ArgReduce> {
    @Override
    public Optional<String> refusal(Primitive.ArgReduce op, List<TensorSpec> in, Gpu.Limits limits) {
        return in.getFirst().shape().rank() <= Walk.AXES
                ? Optional.empty()
                : Optional.of("more than " + Walk.AXES + " axes");
    }

    @Override
    public List<Tensor> run(Primitive.ArgReduce op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor y = gpu.empty(op.infer(List.of(x.spec())).getFirst());
        if (y.size() == 0) {
            return List.of(y);
        }
        ReducePlan.Split split = ReducePlan.Split.of(x.shape(), op.axis());
        int results = (int) y.size();
        ReducePlan.Work work = split.rows()
                ? ReducePlan.Work.rows(results, split.n())
                : ReducePlan.Work.columns(results, split.n(), gpu.limits().units());
        int step = (int) x.shape().product(op.axis() + 1, x.rank());
        gpu.launch(
                Sources.numeric("reduce", x.dtype(), "arg"),
                work.grid(),
                Args.of(x, y)
                        .i32(op.max())
                        .i32(step)
                        .ints(work.packed())
                        .ints(split.outside().packed().orElseThrow()));
        return List.of(y);
    }
}
