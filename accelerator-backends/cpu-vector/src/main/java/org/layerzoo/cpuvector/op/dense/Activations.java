package org.layerzoo.cpuvector.op.dense;

import java.util.Optional;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.cpuvector.op.elementwise.UnaryLoops;

/** The vector loop of an activation. */
public final class Activations {
    private Activations() {}

    /** Empty for the identity. */
    public static Optional<UnaryLoops.Loop> of(Activation a) {
        return switch (a) {
            case NONE -> Optional.empty();
            case RELU -> UnaryLoops.of(UnaryFn.RELU);
            case GELU -> UnaryLoops.of(UnaryFn.GELU);
            case GELU_TANH -> UnaryLoops.of(UnaryFn.GELU_TANH);
            case SILU -> UnaryLoops.of(UnaryFn.SILU);
            case SIGMOID -> UnaryLoops.of(UnaryFn.SIGMOID);
            case TANH -> UnaryLoops.of(UnaryFn.TANH);
        };
    }
}
