package org.layerzoo.nn;

import java.util.Optional;
import java.util.function.BiFunction;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;

/** What the linear mixers make of a token: a projection without bias, a short causal convolution where there is one, an activation. */
public record TokenProjection(Linear linear, Optional<DepthwiseConv> conv, Activation activation) {
    /** The convolution behind a projection; width 0 for none. */
    public record Short(int width, boolean bias) {
        public static final Short NONE = new Short(0, false);
    }

    /** Parameters {@code name_proj} and {@code name_conv1d}. */
    public static TokenProjection of(Params p, String name, int in, int out, Short conv, Activation activation) {
        Linear linear = Linear.of(p, name + "_proj", in, out, false);
        if (conv.width() == 0) {
            return new TokenProjection(linear, Optional.empty(), activation);
        }
        DepthwiseConv c = DepthwiseConv.of(p, name + "_conv1d", out, conv.width(), conv.bias(), activation);
        return new TokenProjection(linear, Optional.of(c), activation);
    }

    /** @param through how the convolution is run: over whole rows, packed ones, or from a state */
    public Tensor apply(Tensor x, BiFunction<DepthwiseConv, Tensor, Tensor> through) {
        return conv.map(f -> through.apply(f, linear.apply(x))).orElseGet(() -> linear.apply(x, activation));
    }
}
