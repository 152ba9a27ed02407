package org.layerzoo.core.op.dense;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/** An activation that a fused op applies to its result or gate. GELU is the erf form. */
public enum Activation {
    NONE,
    RELU,
    GELU,
    GELU_TANH,
    SILU,
    SIGMOID,
    TANH;

    public Tensor apply(Tensor x) {
        return switch (this) {
            case NONE -> x;
            case RELU -> Ops.relu(x);
            case GELU -> Ops.gelu(x);
            case GELU_TANH -> Ops.geluTanh(x);
            case SILU -> Ops.silu(x);
            case SIGMOID -> Ops.sigmoid(x);
            case TANH -> Ops.tanh(x);
        };
    }
}
