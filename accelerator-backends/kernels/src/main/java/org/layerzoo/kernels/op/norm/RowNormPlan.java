package org.layerzoo.kernels.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Layer, root-mean-square, L2 and group norm: x comes once from memory and twice from cache, y is written once; 3 to 7 flops an element. */
public final class RowNormPlan implements Plan<FusedOp> {
    @Override
    public Optional<String> refusal(FusedOp op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(FusedOp op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        RowNorm norm = RowNorm.of(op, x.shape(), gpu.limits().units());
        Tensor y = gpu.empty(x.spec());
        Args args = Args.of(x, norm.weight() ? in.get(1) : x, norm.bias() ? in.getLast() : x, y);
        gpu.launch(Sources.of("row_norm", x.dtype(), "row_norm"), norm.lines().grid(), norm.add(args, x.dtype()));
        return List.of(y);
    }
}
