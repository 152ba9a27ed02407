package org.layerzoo.kernels.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/** (condition, x, y) -> x where the condition holds, else y; of any dtype, since elements only move. */
public final class WherePlan implements Plan<Primitive.Where> {
    @Override
    public Optional<String> refusal(Primitive.Where op, List<TensorSpec> in, Gpu.Limits limits) {
        Shape z = op.infer(in).getFirst().shape();
        return z.rank() <= Walk.AXES ? Optional.empty() : Walk.refusal(walk(z, in));
    }

    private static Optional<int[]> walk(Shape z, List<TensorSpec> in) {
        return Walk.broadcast(z, in.get(0).shape(), in.get(1).shape(), in.get(2).shape());
    }

    @Override
    public List<Tensor> run(Primitive.Where op, List<Tensor> in, Gpu gpu) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        Tensor z = gpu.empty(op.infer(specs).getFirst());
        gpu.launch(
                Sources.moving("moving", z.dtype(), "choose"),
                Grid.over(z.size(), 256),
                Args.of(in.get(0), in.get(1), in.get(2), z)
                        .i64(z.size())
                        .ints(walk(z.shape(), specs).orElseThrow()));
        return List.of(z);
    }
}
