package org.layerzoo.nn;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** y = x W^T + b; x [.., in], W [out, in], b [out]. Parameters {@code name.weight} and {@code name.bias}. */
public record Linear(Param weight, Optional<Param> bias) {
    /** Initialised U(+-1/sqrt(in)), weight and bias alike. */
    public static Linear of(Params p, String name, int in, int out, boolean bias) {
        return of(p, name, in, out, bias, Init.linear());
    }

    /** @param init of the weight; the bias starts as U(+-1/sqrt(in)) */
    public static Linear of(Params p, String name, int in, int out, boolean bias, Init init) {
        Param w = p.weight(name + ".weight", Shape.of(out, in), init);
        return new Linear(
                w,
                bias
                        ? Optional.of(p.weight(name + ".bias", Shape.of(out), Init.bias(in), new Param.Attr.NoDecay()))
                        : Optional.empty());
    }

    /** Initialised as vision transformers do: truncated normal of deviation 0.02, bias 0. */
    public static Linear truncated(Params p, String name, int in, int out, boolean bias) {
        Param w = p.weight(name + ".weight", Shape.of(out, in), Init.truncatedNormal(0.02));
        return new Linear(
                w,
                bias
                        ? Optional.of(p.weight(name + ".bias", Shape.of(out), Init.zeros(), new Param.Attr.NoDecay()))
                        : Optional.empty());
    }

    public Tensor apply(Tensor x) {
        return bias.isPresent() ? Fused.linear(x, weight.value(), bias.get().value()) : Fused.linear(x, weight.value());
    }

    public Tensor apply(Tensor x, Activation a) {
        return bias.isPresent()
                ? Fused.linear(x, weight.value(), bias.get().value(), a)
                : Fused.linear(x, weight.value(), a);
    }
}
