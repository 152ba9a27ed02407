package org.layerzoo.kernels.op.rnn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Wider;

/** LSTM and GRU: one product for what the input gives all gates, then the {@link Walked} steps; BF16 and F16 in F32. */
public final class CellPlan implements Plan<FusedOp> {
    @Override
    public Optional<String> refusal(FusedOp op, List<TensorSpec> in, Gpu.Limits limits) {
        return Cell.of(op).refusal(in);
    }

    @Override
    public List<Tensor> run(FusedOp op, List<Tensor> in, Gpu gpu) {
        List<TensorSpec> results = op.infer(in.stream().map(Tensor::spec).toList());
        return TensorScope.use(() -> {
            List<Tensor> wide = Wider.up(in, Wide.of(in.getFirst().dtype()), gpu);
            return Wider.down(new Walked(Cell.of(op), wide, gpu).forward(false), results, gpu);
        });
    }
}
