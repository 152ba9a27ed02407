package org.layerzoo.nn;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** gamma x with one learned number a channel, small at first; x [.., D]. */
public record LayerScale(Param gamma) {
    /** @param name of the parameter itself, e.g. {@code gamma1} or {@code ls1.gamma} */
    public static LayerScale of(Params p, String name, int dim, double initial) {
        return new LayerScale(p.weight(name, Shape.of(dim), Init.constant(initial), new Param.Attr.NoDecay()));
    }

    public Tensor apply(Tensor x) {
        return x.mul(gamma.value());
    }
}
