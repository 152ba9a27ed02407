package org.layerzoo.kernels.op.elementwise;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** x -> fn(x). */
public final class UnaryPlan implements Plan<Primitive.Unary> {
    private static final Set<UnaryFn> FUNCTIONS = Set.of(UnaryFn.NEG, UnaryFn.ABS, UnaryFn.EXP, UnaryFn.SIGMOID);

    @Override
    public Optional<String> refusal(Primitive.Unary op, List<TensorSpec> in, Gpu.Limits limits) {
        return in.getFirst().dtype().isFloating() && FUNCTIONS.contains(op.fn())
                ? Optional.empty()
                : Optional.of("no GPU kernel for " + op.name() + " of "
                        + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(Primitive.Unary op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor y = gpu.empty(op.infer(List.of(x.spec())).getFirst());
        gpu.launch(
                Sources.of("elementwise", x.dtype(), "unary"),
                Grid.over(x.size(), 256),
                Args.of(x, y).i64(x.size()).i32(op.fn().ordinal()));
        return List.of(y);
    }
}
