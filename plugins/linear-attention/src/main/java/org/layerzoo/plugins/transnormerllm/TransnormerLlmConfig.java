package org.layerzoo.plugins.transnormerllm;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.linear.DecoderConfig;

/** Options of the token mixer of TransNormerLLM. */
public record TransnormerLlmConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("layer l, from 0: the first one rotates positions, higher ones forget less") @Range(min = 0)
        int layer,

        @Doc("layers L of the whole model") @Range(min = 1) int layers,
        @Doc("decay of the heads") Slope slope,
        @Doc("norm over the heads together") NormKind norm,

        @Doc("sigmoid of the gate; the paper's gate has none")
        boolean gateActivation,

        @Doc("tokens of a block") @Range(min = 1) int block) {
    /** PAPER: exp(-(8h/H)(1 - l/L)), h from 0. ALIBI: 2^(-8h/H), h from 1, with the factor of later code. */
    public enum Slope {
        PAPER,
        ALIBI
    }

    /** SRMSNORM has no parameters, eps 1e-6; the others have, eps 1e-6 and 1e-5. */
    public enum NormKind {
        SRMSNORM,
        RMSNORM,
        LAYERNORM
    }

    public TransnormerLlmConfig {
        DecoderConfig.check(dim, heads, layer, layers);
    }

    int headDim() {
        return dim / heads;
    }
}
