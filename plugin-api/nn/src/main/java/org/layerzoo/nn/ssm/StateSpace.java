package org.layerzoo.nn.ssm;

import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * A state space model at given parameter values, in the forms that compute the same numbers: scan, step and, when its
 * maps do not depend on the input, convolution. Inputs and outputs u, y [B, T, D].
 */
public interface StateSpace {
    /** Outputs and the state behind the last token. */
    record Run(Tensor y, Tensor state) {}

    /** The state before the first token; F64 for F64 and F32 otherwise. */
    Tensor start(int batch, DType dtype);

    /** All tokens after {@code state}, as one associative scan. */
    Run scan(Tensor u, Tensor state);

    /** One token u [B, D] -> y [B, D]. */
    Run step(Tensor u, Tensor state);

    /** From the zero state, as a long convolution by FFT. @throws org.layerzoo.core.ZooException UNSUPPORTED if the maps depend on the input */
    Tensor convolve(Tensor u);

    /**
     * The impulse response of the first {@code length} lags without the direct term: [D, L] for a bank of single-channel
     * systems, [D out, D in, L] for a system over all channels.
     *
     * @throws org.layerzoo.core.ZooException UNSUPPORTED if the maps depend on the input
     */
    Tensor kernel(int length);

    /** |Abar|, by how much each state shrinks in a token; those of all tokens of u when they depend on the input. */
    Tensor radii(Tensor u);
}
