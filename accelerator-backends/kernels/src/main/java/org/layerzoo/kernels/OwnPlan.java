package org.layerzoo.kernels;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuOp;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Ops that bring their own kernels. */
final class OwnPlan implements Plan<GpuOp> {
    @Override
    public Optional<String> refusal(GpuOp op, List<TensorSpec> in, Gpu.Limits limits) {
        return op.gpuRefusal(in);
    }

    @Override
    public List<Tensor> run(GpuOp op, List<Tensor> in, Gpu gpu) {
        return op.onGpu(gpu, in);
    }
}
