package org.layerzoo.kernels.op.loss;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;

/** Cross entropy without storing probabilities: logits are read once from memory and once from cache. */
public final class CrossEntropyPlan implements Plan<CrossEntropy> {
    @Override
    public Optional<String> refusal(CrossEntropy op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(CrossEntropy op, List<Tensor> in, Gpu gpu) {
        CrossEntropyRows r = CrossEntropyRows.of(op, in, gpu);
        return List.of(op.reduction() == Reduction.NONE ? r.rows() : r.total());
    }
}
