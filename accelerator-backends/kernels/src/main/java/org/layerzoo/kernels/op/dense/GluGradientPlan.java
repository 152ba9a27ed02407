package org.layerzoo.kernels.op.dense;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Both gradients of a gated unit in one pass: three elements read and two written for each. */
public final class GluGradientPlan implements Plan<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in, Gpu gpu) {
        Tensor gate = in.get(0);
        List<Tensor> grads = List.of(gpu.empty(gate.spec()), gpu.empty(gate.spec()));
        gpu.launch(
                Sources.of("glu", gate.dtype(), "glu_gradient"),
                Grid.over(gate.size(), 256),
                Args.of(gate, in.get(1), in.getLast(), grads.get(0), grads.get(1))
                        .i64(gate.size())
                        .i32(((Glu) op.op()).activation().ordinal()));
        return op.wanted().stream().map(grads::get).toList();
    }
}
