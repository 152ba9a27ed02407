package org.layerzoo.plugins.inlineattention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.map.MapSized;

/** Options of injective linear attention on a map of h x w tokens. */
public record InlineAttentionConfig(
        @Doc("model width C") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads") @Range(min = 1) @Role(Role.Kind.HEADS) int heads,
        @Doc("rows of the map") @Range(min = 1) int height,
        @Doc("columns of the map") @Range(min = 1) int width,
        @Doc("bias of queries, keys and values") boolean qkvBias,
        @Doc("applied to queries and keys") Kernel kernel,

        @Doc("local residual: a 3 x 3 kernel made from the mean token")
        boolean residual)
        implements MapSized<InlineAttentionConfig> {
    /** phi. EXP is exp(0.2 u), LEAKY_RELU has slope 0.01. */
    public enum Kernel {
        IDENTITY,
        RELU,
        LEAKY_RELU,
        EXP
    }

    public InlineAttentionConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    @Override
    public InlineAttentionConfig on(int h, int w) {
        return new InlineAttentionConfig(dim, heads, h, w, qkvBias, kernel, residual);
    }
}
