package org.layerzoo.plugins.rala;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.map.MapSized;

/** Options of rank-augmented linear attention on a map of h x w tokens. */
public record RalaConfig(
        @Doc("model width C") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads") @Range(min = 1) @Role(Role.Kind.HEADS) int heads,
        @Doc("rows of the map") @Range(min = 1) int height,
        @Doc("columns of the map") @Range(min = 1) int width,
        @Doc("attention alone or the block around it") Form form)
        implements MapSized<RalaConfig> {
    /** What the layer comprises. */
    public sealed interface Form {
        /** The attention. */
        record Attention() implements Form {}

        /** x + DW3x3(x), attention and feed-forward with residuals. */
        record Block(
                @Doc("hidden width of the feed-forward, 3.5 C in the paper") @Range(min = 1)
                int hidden,

                @Doc("start of the layer scale, 0 for none") @Range(min = 0)
                double layerScale)
                implements Form {}
    }

    public RalaConfig {
        if (dim % (4 * heads) != 0) {
            throw new IllegalArgumentException(
                    "dim " + dim + " does not divide into " + heads + " heads of a multiple of 4 channels");
        }
    }

    @Override
    public RalaConfig on(int h, int w) {
        return new RalaConfig(dim, heads, h, w, form);
    }
}
