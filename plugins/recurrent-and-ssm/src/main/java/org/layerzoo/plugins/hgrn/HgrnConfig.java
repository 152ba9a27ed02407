package org.layerzoo.plugins.hgrn;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a hierarchically gated recurrent layer. */
public record HgrnConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("hidden state and what is around it") Form form,
        @Doc("whether a token sees only those before it") boolean causal,

        @Doc("whether a stack of such layers learns lower bounds of the forget gates")
        boolean bounded) {
    /** Hidden states. */
    public sealed interface Form {
        /** E real channels; y = (RMSNorm(h) * SiLU(x W_g)) W_o. */
        record Real(
                @Doc("channels E over D") @Range(min = 1) int expand,

                @Doc("width of a causal convolution of candidate and gate, 0 for none") @Range(min = 0)
                int convWidth,

                @Doc("bias of the convolution") boolean convBias)
                implements Form {}

        /** D complex channels with a learned phase. */
        record Complex(@Doc("order of norm and output gate") Output output) implements Form {}
    }

    /** What becomes of a complex state. */
    public enum Output {
        /** LayerNorm(sigmoid(x W_g) * h), the paper's. */
        GATE_FIRST,
        /** LayerNorm(h) * SiLU(x W_g), as released. */
        NORM_FIRST
    }

    /** Channels E of the state. */
    int channels() {
        return form instanceof Form.Real r ? r.expand() * dim : dim;
    }
}
