package org.layerzoo.plugins.snnk;

import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a scalable neural network kernel layer. */
public record SnnkConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("random vectors m; each gives one feature for relu, two (real and imaginary) for the waves")
        @Range(min = 1)
        int features,

        @Doc("the function of w.x + b that is taken apart") Kernel kernel,
        @Doc("what is trained") Form form,

        @Doc("random vectors in orthogonal blocks of D instead of independent ones")
        boolean orthogonal) {

    /** The function f. */
    public sealed interface Kernel {
        /** Arc-cosine kernel of order 1, a function like relu(w.x); no b. */
        record Relu() implements Kernel {}

        /** Random Fourier features over Gaussian features. */
        record Wave(
                @Doc("sin, cos or exp(-z^2 / 2) of z = w.x + b")
                Function function,

                @Doc("A of the Gaussian features") @Range(max = 0.1249)
                double a,

                @Doc("s: Phi sees x / s, Psi sees s w; absent means D^(1/4)")
                Optional<Double> balance)
                implements Kernel {
            public Wave {
                if (balance.isPresent() && !(balance.get() > 0)) {
                    throw new IllegalArgumentException("balance must be positive, given " + balance.get());
                }
            }
        }
    }

    /** Functions with features that are exact in expectation. */
    public enum Function {
        SIN,
        COS,
        GAUSSIAN
    }

    /** What is trained and how it starts. */
    public sealed interface Form {
        /** V, from Psi of a random layer: y = V Phi(x). */
        record Direct(@Doc("outputs l") @Range(min = 1) int outputs) implements Form {}

        /** W and b of the layer that is replaced: y = Psi(W, b) Phi(x). */
        record Weights(@Doc("outputs l") @Range(min = 1) int outputs) implements Form {}

        /** V from 0, added to the input: y = x + V Phi(x). */
        record Adapter() implements Form {}
    }

    int outputs() {
        return switch (form) {
            case Form.Direct f -> f.outputs();
            case Form.Weights f -> f.outputs();
            case Form.Adapter f -> dim;
        };
    }
}
