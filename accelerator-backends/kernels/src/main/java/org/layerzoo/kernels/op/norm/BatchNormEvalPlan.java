package org.layerzoo.kernels.op.norm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.norm.BatchNormEval;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Batch norm with given statistics: x is read and y written once, 4 flops an element. */
public final class BatchNormEvalPlan implements Plan<BatchNormEval> {
    @Override
    public Optional<String> refusal(BatchNormEval op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(BatchNormEval op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor y = gpu.empty(x.spec());
        Tensor weight = op.affine() ? in.get(3) : x;
        Tensor bias = op.affine() ? in.get(4) : x;
        BatchNormPlan.apply(
                gpu,
                Sources.of("batch_norm", x.dtype(), "batch_norm"),
                Channels.of(x, x, false, op.affine(), gpu),
                op.eps(),
                List.of(x, x, in.get(1), in.get(2), weight, bias),
                y);
        return List.of(y);
    }
}
