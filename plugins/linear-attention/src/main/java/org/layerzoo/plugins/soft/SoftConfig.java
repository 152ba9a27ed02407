package org.layerzoo.plugins.soft;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.map.MapSized;

/** Options of softmax-free attention on a map of h x w tokens. */
public record SoftConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads h") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("rows of the map") @Range(min = 1) int height,
        @Doc("columns of the map") @Range(min = 1) int width,

        @Doc("side of the square of tokens that makes a landmark; 1 for a landmark a token and no inverse")
        @Range(min = 1)
        int ratio,

        @Doc("side of the local convolution of the values, odd; 0 for none") @Range(min = 0)
        int convolution,

        @Doc("Newton steps of the inverse") @Range(min = 1) int iterations,
        @Doc("the inverse between the landmarks") Middle middle,
        @Doc("attention alone or the block around it") Form form)
        implements MapSized<SoftConfig> {
    /** What stands between the kernels of tokens and landmarks; A is the kernel between landmarks, D its row sums. */
    public enum Middle {
        /** (A + 0.01 I)^-1. */
        INVERSE,
        /** D^-1/2 (A + 0.01 I)^-1 D^-1/2. */
        NORMALISED,
        /** D^-1/2 A^-1 D^-1/2 with one step width for the batch and gradients through the steps, as the released class has it. */
        NORMALISED_AS_RELEASED
    }

    /** What the layer comprises. */
    public sealed interface Form {
        /** The attention. */
        record Attention() implements Form {}

        /** LN(x + attention), then LN(x + feed-forward). */
        record Block(
                @Doc("hidden width of the feed-forward, 4 D in the paper") @Range(min = 1)
                int hidden) implements Form {}
    }

    public SoftConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        if (height < ratio || width < ratio) {
            throw new IllegalArgumentException(
                    "a map of " + height + " x " + width + " tokens has no landmark of side " + ratio);
        }
        if (convolution > 0 && convolution % 2 == 0) {
            throw new IllegalArgumentException("a convolution of odd side expected, given " + convolution);
        }
    }

    int headDim() {
        return dim / heads;
    }

    /** With squares of landmarks no larger than the map. */
    @Override
    public SoftConfig on(int h, int w) {
        return new SoftConfig(dim, heads, h, w, Math.min(ratio, Math.min(h, w)), convolution, iterations, middle, form);
    }
}
