package org.layerzoo.kernels.op.dense;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.dense.Glu;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** activation(gate) up: reads two elements and writes one for each result. */
public final class GluPlan implements Plan<Glu> {
    @Override
    public Optional<String> refusal(Glu op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Glu op, List<Tensor> in, Gpu gpu) {
        Tensor gate = in.get(0);
        Tensor y = gpu.empty(gate.spec());
        gpu.launch(
                Sources.of("glu", gate.dtype(), "glu"),
                Grid.over(gate.size(), 256),
                Args.of(gate, in.get(1), y).i64(gate.size()).i32(op.activation().ordinal()));
        return List.of(y);
    }
}
