package org.layerzoo.nn;

import java.util.Optional;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;

/** What the linear mixers make of a token: a projection without bias, a short causal convolution where there is one, an activation. */
public record TokenProjection(Linear linear, Optional<DepthwiseConv> conv, Activation activation) {
    /** @param width of the convolution; 0 for none */
    public static TokenProjection of(
            Params p,
            String name,
            String convName,
            int in,
            int out,
            int width,
            boolean convBias,
            Activation activation) {
        Linear linear = Linear.of(p, name, in, out, false);
        Optional<DepthwiseConv> conv = width > 0
                ? Optional.of(DepthwiseConv.of(p, convName, out, width, convBias, activation))
                : Optional.empty();
        return new TokenProjection(linear, conv, activation);
    }

    /** @param through how the convolution is run: over whole rows, packed ones, or from a state */
    public Tensor apply(Tensor x, BiFunction<DepthwiseConv, Tensor, Tensor> through) {
        Tensor y = linear.apply(x);
        return conv.map(f -> through.apply(f, y)).orElseGet(() -> activation.apply(y));
    }
}
