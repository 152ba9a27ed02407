package org.layerzoo.kernels.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ParametricFn;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Packs;
import org.layerzoo.kernels.Plan;

/** x -> fn(x; a, b). Reads and writes each element once. */
public final class ParametricPlan implements Plan<Primitive.Parametric> {
    private static final ByDType<ParametricFn> KERNELS = new ByDType<>(ParametricFn.class, "elementwise", "_");

    @Override
    public Optional<String> refusal(Primitive.Parametric op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Primitive.Parametric op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        Tensor y = gpu.empty(x.spec());
        Args args = Args.of(x, y).i64(x.size());
        if (x.dtype().isFloating()) {
            Lines.number(args, x.dtype(), op.a());
            Lines.number(args, x.dtype(), op.b());
        } else {
            args.i64((long) op.a()).i64((long) op.b());
        }
        gpu.launch(KERNELS.of(op.fn(), x.dtype()), Packs.grid(x), args);
        return List.of(y);
    }
}
