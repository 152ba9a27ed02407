package org.layerzoo.nn.host;

import java.util.OptionalInt;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a classifier of square images, cut into patches. */
public record ImageConfig(
        @Doc("channels of a pixel") @Range(min = 1) int colours,
        @Doc("pixels along each side") @Range(min = 1) int side,

        @Doc("pixels of a patch along each side") @Range(min = 1)
        int patch,

        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H of the mixer") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("blocks") @Range(min = 1) int depth,
        @Doc("mixer of the patches") Mixer mixer,
        @Doc("channel mixer") Channels channels,
        @Doc("normalisation") NormKind norm,
        @Doc("classes") @Range(min = 2) int classes) {
    public ImageConfig {
        if (side % patch != 0) {
            throw new IllegalArgumentException("side " + side + " does not divide into patches of " + patch);
        }
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    /** The usual one for grey images: attention, GELU of twice the width, layer norms. */
    public static ImageConfig usual(int side, int patch, int dim, int heads, int depth, int classes) {
        return new ImageConfig(
                1, side, patch, dim, heads, depth, Mixer.attention(), Channels.gelu(2 * dim), NormKind.LAYER, classes);
    }

    /** With another mixer. */
    public ImageConfig with(Mixer m) {
        return new ImageConfig(colours, side, patch, dim, heads, depth, m, channels, norm, classes);
    }

    /** Patches of an image. */
    int tokens() {
        return side / patch * (side / patch);
    }

    Stem stem() {
        return new Stem(dim, heads, mixer, channels, norm, OptionalInt.of(tokens()));
    }
}
