package org.layerzoo.nn.linear;

import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;

/**
 * From the reads of the delta rule's heads back to tokens: y = (RMSNorm(o) * SiLU(x W_g)) W_o, without the gate where there is none.
 * Parameters {@code g_proj}, {@code o_norm} (of one head) and {@code o_proj}.
 */
public record GatedOutput(Optional<Linear> gate, Norm norm, Linear out) {
    /** Width of a token, heads and channels of a head. */
    public record Sizes(int dim, int heads, int headDim) {}

    /** @param eps of the norm @param init of the projections */
    public static GatedOutput of(Params p, Sizes s, boolean gated, double eps, Init init) {
        int values = s.heads() * s.headDim();
        return new GatedOutput(
                gated ? Optional.of(Linear.of(p, "g_proj", s.dim(), values, false, init)) : Optional.empty(),
                Norm.Rms.of(p, "o_norm", s.headDim(), eps),
                Linear.of(p, "o_proj", values, s.dim(), false, init));
    }

    /** y [B, T, D]. @param x the layer's input [B, T, D] @param o [B, H, T, d] */
    public Tensor apply(Tensor x, Tensor o) {
        Tensor y = Heads.merge(norm.apply(o));
        return out.apply(gate.map(g -> y.mul(g.apply(x, Activation.SILU))).orElse(y));
    }
}
