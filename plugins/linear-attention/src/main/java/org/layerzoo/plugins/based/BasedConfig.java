package org.layerzoo.plugins.based;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of the three mixers of Based. */
public record BasedConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("which of the mixers") Form form) {

    /** The mixers that the layers of a Based model take in turn. */
    public sealed interface Form {
        /** Global linear attention with the Taylor features of exp. */
        record Taylor(
                @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
                int heads,

                @Doc("width d' of queries and keys of a head") @Range(min = 1)
                int featureDim,

                @Doc("width of values of a head") @Range(min = 1)
                int headDim,

                @Doc("each product of two channels once: 1 + d' + d'(d'+1)/2 features instead of 1 + d' + d'^2")
                boolean packed,

                @Doc("tokens of a chunk") @Range(min = 1) int chunk,

                @Doc("added to the denominator") @Range(min = 0)
                double eps)
                implements Form {}

        /** Softmax attention to the last tokens, with rotary positions. */
        record Window(
                @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
                int heads,

                @Doc("tokens seen, the own one among them") @Range(min = 1)
                int window)
                implements Form {}

        /** Gated short convolution, W_out(conv(x W_u + b) * (x W_v + b)). */
        record Convolution(
                @Doc("tokens seen") @Range(min = 1) int width) implements Form {}
    }

    public BasedConfig {
        if (form instanceof Form.Window w && dim % (2 * w.heads()) != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + w.heads() + " even heads");
        }
    }
}
