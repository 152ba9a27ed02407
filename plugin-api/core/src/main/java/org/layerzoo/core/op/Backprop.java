package org.layerzoo.core.op;

import java.util.function.Supplier;
import org.layerzoo.core.tensor.Tensor;

/** What a gradient rule sees: inputs, outputs and the outputs' cotangents; it adds to the inputs' gradients in ops. */
public interface Backprop {
    Tensor in(int i);

    int inputs();

    Tensor out(int i);

    int outputs();

    /** Cotangent of output {@code i}; zeros where nothing depends on it. */
    Tensor grad(int i);

    /** Whether anything depends on output {@code i}. */
    boolean hasGrad(int i);

    /** Whether the gradient of input {@code i} is wanted. */
    boolean needs(int i);

    /** Adds to the gradient of input {@code i}; {@code g} is evaluated only when it is wanted and must have the input's shape. */
    void add(int i, Supplier<Tensor> g);
}
