package org.layerzoo.core.exec;

import java.util.List;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Computes types and shapes and no numbers: what a configuration yields, without memory or time. */
public final class ShapesOnly implements OpInterpreter {
    public static final ShapesOnly INSTANCE = new ShapesOnly();

    private ShapesOnly() {}

    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        return op.infer(Dispatcher.specs(in)).stream().map(Tensor::abstractOf).toList();
    }

    /** Result types of a fused op by way of its decomposition. */
    public static List<TensorSpec> infer(FusedOp op, List<TensorSpec> in) {
        List<Tensor> abstracts = in.stream().map(Tensor::abstractOf).toList();
        return Dispatcher.specs(Exec.with(INSTANCE, () -> op.decompose(abstracts)));
    }
}
