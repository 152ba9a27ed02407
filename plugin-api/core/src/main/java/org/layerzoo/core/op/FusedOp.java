package org.layerzoo.core.op;

import java.util.List;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * An operation with a meaning in primitives. Backends may run it as one kernel; whoever can't runs {@link #decompose},
 * which is also its reference and, unless {@link #backward} is overridden, its gradient to any order.
 */
public non-sealed interface FusedOp extends Op {
    /** The meaning of this op, written in ops. */
    List<Tensor> decompose(List<Tensor> in);

    /** Shapes of the results; the default runs the decomposition on tensors without numbers. */
    @Override
    default List<TensorSpec> infer(List<TensorSpec> in) {
        return org.layerzoo.core.exec.ShapesOnly.infer(this, in);
    }

    /**
     * Gradient rule, in ops. The default records the decomposition anew and walks back through it, so that nothing of
     * its inside is stored between forward and backward.
     */
    default void backward(Backprop b) {
        org.layerzoo.core.exec.Tape.backwardThroughDecomposition(this, b);
    }

    /** Floating-point operations for inputs of these shapes; the default counts the decomposition. */
    default long flops(List<TensorSpec> in) {
        return org.layerzoo.core.exec.Counting.flopsOfDecomposition(this, in);
    }
}
