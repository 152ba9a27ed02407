package org.layerzoo.core.op;

/** A fused op whose gradient is one op as well, {@link GradientOf}, so that a backend can run it as one kernel. */
public interface WholeGradient extends FusedOp {
    @Override
    default void backward(Backprop b) {
        GradientOf.add(this, b);
    }

    /** Floating-point operations of the gradient; twice the forward pass unless told otherwise. */
    default long gradientFlops(java.util.List<org.layerzoo.core.tensor.TensorSpec> in) {
        return 2 * flops(in);
    }
}
