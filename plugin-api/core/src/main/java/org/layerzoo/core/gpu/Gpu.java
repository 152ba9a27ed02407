package org.layerzoo.core.gpu;

import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** A device that runs kernels: what an op's GPU form is written against. Work is queued in order and runs asynchronously. */
public interface Gpu {
    /** Memory on the device for a result that a kernel will write. */
    Tensor empty(TensorSpec spec);

    /**
     * Queues a kernel. Tensors among the arguments that are not on the device yet are copied there and stay with their block.
     *
     * @throws org.layerzoo.core.ZooException if the device has no such kernel, or its memory is full
     */
    void launch(GpuKernel kernel, Grid grid, Args args);

    /** What the device can do. */
    Limits limits();

    /** CUDA compute capability times ten; 0 for what is no CUDA device, so that kernels for its special units are passed over. */
    default int computeCapability() {
        return 0;
    }

    /**
     * @param threads most threads of a block
     * @param sharedBytes most bytes that the threads of a block may share
     * @param units processors that run blocks side by side
     * @param f64 whether it computes in double precision
     */
    record Limits(int threads, int sharedBytes, int units, boolean f64) {}
}
