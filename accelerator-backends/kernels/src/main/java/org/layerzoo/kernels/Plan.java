package org.layerzoo.kernels;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** How one kind of op becomes launches of kernels. */
public interface Plan<O extends Op> {
    /** Empty when the kernels run the op on such inputs, else the reason why not. Inputs have passed the op's own checks. */
    Optional<String> refusal(O op, List<TensorSpec> in, Gpu.Limits limits);

    /**
     * The special unit of a device that the op's own kernels run on, where they run on one.
     *
     * @param capability compute capability times ten; 0 for what is no CUDA device
     */
    default Optional<String> unit(O op, List<TensorSpec> in, int capability) {
        return Optional.empty();
    }

    /** Queues the kernels and returns the results. */
    List<Tensor> run(O op, List<Tensor> in, Gpu gpu);
}
