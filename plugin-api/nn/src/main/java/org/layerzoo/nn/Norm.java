package org.layerzoo.nn;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Normalisation of the last axis with learned scale (and shift). */
public sealed interface Norm {
    Tensor apply(Tensor x);

    /** x / sqrt(mean x^2 + eps) * weight. */
    record Rms(Param weight, double eps) implements Norm {
        public static Rms of(Params p, String name, int dim, double eps) {
            return new Rms(p.weight(name + ".weight", Shape.of(dim), Init.ones(), new Param.Attr.NoDecay()), eps);
        }

        @Override
        public Tensor apply(Tensor x) {
            return Fused.rmsNorm(x, weight.value(), eps);
        }
    }

    /** (x - mean) / sqrt(var + eps) * weight + bias. */
    record Layer(Param weight, Optional<Param> bias, double eps) implements Norm {
        public static Layer of(Params p, String name, int dim, double eps) {
            Param w = p.weight(name + ".weight", Shape.of(dim), Init.ones(), new Param.Attr.NoDecay());
            return new Layer(
                    w,
                    Optional.of(p.weight(name + ".bias", Shape.of(dim), Init.zeros(), new Param.Attr.NoDecay())),
                    eps);
        }

        @Override
        public Tensor apply(Tensor x) {
            return bias.isPresent()
                    ? Fused.layerNorm(x, weight.value(), bias.get().value(), eps)
                    : Fused.layerNorm(x, weight.value(), eps);
        }
    }
}
