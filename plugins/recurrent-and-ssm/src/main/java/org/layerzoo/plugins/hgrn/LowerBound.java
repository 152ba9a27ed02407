package org.layerzoo.plugins.hgrn;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Lower bounds of a stack's forget gates (section 3.2): gamma^k is the sum of P_j over j < k, P the softmax of Gamma over layers. They
 * grow with depth from 0 and stay below 1.
 *
 * @param gamma Gamma [L, E], one for the stack
 */
public record LowerBound(Param gamma, int layer) {
    /** Declares Gamma, equal shares at first, in the stack's shared scope. */
    static LowerBound of(Params shared, int layer, int depth, int channels) {
        return new LowerBound(shared.weight("gamma", Shape.of(depth, channels), Init.zeros()), layer);
    }

    /** gamma^k of all layers, [L, E]. */
    public static Tensor all(Tensor gamma) {
        return Ops.scan(Primitive.ScanKind.SUM, Fused.softmax(gamma, 0), 0, false, true);
    }

    /** gamma^k of this layer, [E]. */
    Tensor value() {
        return all(gamma.value()).select(0, layer);
    }
}
