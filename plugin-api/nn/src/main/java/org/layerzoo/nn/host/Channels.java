package org.layerzoo.nn.host;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.nn.Mlp;

/** Channel mixer of a block. */
public record Channels(
        @Doc("form") Kind kind,
        @Doc("hidden width") @Range(min = 1) int hidden) {
    /** GELU and RELU are two linear maps with biases, SWIGLU is gated without. */
    public enum Kind {
        GELU,
        RELU,
        SWIGLU
    }

    public static Channels gelu(int hidden) {
        return new Channels(Kind.GELU, hidden);
    }

    Mlp build(Params p, int dim) {
        return switch (kind) {
            case GELU -> Mlp.Plain.of(p, dim, hidden, Activation.GELU);
            case RELU -> Mlp.Plain.of(p, dim, hidden, Activation.RELU);
            case SWIGLU -> Mlp.SwiGlu.of(p, dim, hidden);
        };
    }
}
