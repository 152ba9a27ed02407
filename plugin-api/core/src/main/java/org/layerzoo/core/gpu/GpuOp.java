package org.layerzoo.core.gpu;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** A fused op whose jar brings its own GPU kernels. */
public interface GpuOp extends FusedOp {
    /** Empty when the kernels run on such inputs, else the reason why not; then the decomposition runs. */
    Optional<String> gpuRefusal(List<TensorSpec> in);

    /** Queues the kernels and returns the results. */
    List<Tensor> onGpu(Gpu gpu, List<Tensor> in);
}
