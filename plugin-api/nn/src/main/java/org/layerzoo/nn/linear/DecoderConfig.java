package org.layerzoo.nn.linear;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Sizes of a decoder of linear attention with fixed decays. */
public record DecoderConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("layers L") @Range(min = 1) int layers,

        @Doc("hidden width of the channel mixer") @Range(min = 1)
        int hidden,

        @Doc("tokens of a block") @Range(min = 1) int block) {
    public DecoderConfig {
        check(dim, heads, 0, layers);
    }

    /** @throws IllegalArgumentException unless the width divides into the heads and there is a layer of that index, counted from 0 */
    public static void check(int dim, int heads, int layer, int layers) {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        if (layer >= layers) {
            throw new IllegalArgumentException("layer " + layer + " of " + layers + " layers, counted from 0");
        }
    }
}
