package org.layerzoo.plugins.tnllightningattention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.linear.DecoderConfig;

/** Options of the token mixer of TNL. */
public record TnlLightningAttentionConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("layer l, from 0: the higher, the less it forgets") @Range(min = 0)
        int layer,

        @Doc("layers L of the whole model") @Range(min = 1) int layers,
        @Doc("biases of all projections") boolean bias,

        @Doc("SiLU on the values, as released; the paper has none")
        boolean valueActivation,

        @Doc("norm over the heads together: layer norm as released, SRMSNorm in TNL")
        NormKind norm,

        @Doc("rotated positions (LRPE), in TNL's first layer only")
        boolean lrpe,

        @Doc("tokens of a block") @Range(min = 1) int block) {
    /** LAYERNORM with weight and bias, eps 1e-5. SRMSNORM without parameters, eps 1e-6. */
    public enum NormKind {
        LAYERNORM,
        SRMSNORM
    }

    public TnlLightningAttentionConfig {
        DecoderConfig.check(dim, heads, layer, layers);
    }

    int headDim() {
        return dim / heads;
    }
}
