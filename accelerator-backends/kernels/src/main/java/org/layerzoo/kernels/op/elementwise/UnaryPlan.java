package org.layerzoo.kernels.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Packs;
import org.layerzoo.kernels.Plan;

/** x -> fn(x). Reads and writes each element once. */
public final class UnaryPlan implements Plan<Primitive.Unary> {
    private static final ByDType<UnaryFn> KERNELS = new ByDType<>(UnaryFn.class, "elementwise", "_");

    @Override
    public Optional<String> refusal(Primitive.Unary op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Primitive.Unary op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        boolean truth = op.fn() == UnaryFn.ISFINITE;
        Tensor y = gpu.empty(truth ? new TensorSpec(DType.BOOL, x.shape()) : x.spec());
        GpuKernel kernel = KERNELS.of(op.fn(), x.dtype());
        gpu.launch(kernel, Packs.grid(x), Args.of(x, y).i64(x.size()));
        return List.of(y);
    }
}
