package org.layerzoo.plugins.landmarkattention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.memory.RetrievedBlocks;

/** Options of landmark attention. */
public record LandmarkConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("regular tokens of a block; each is followed by its landmark") @Range(min = 1)
        int block,

        @Doc("base of the rotary positions") @Range(min = 1) double ropeBase,
        @Doc("which past blocks a stream reads") Retrieval retrieval) {
    public LandmarkConfig {
        if (dim % (2 * heads) != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads of even size");
        }
    }

    /** Tokens of a block with its landmark. */
    int span() {
        return block + 1;
    }

    /** Tokens of a stream's window. */
    int window() {
        return switch (retrieval) {
            case Retrieval.All a -> Integer.MAX_VALUE;
            case Retrieval.TopK t -> t.window() * span();
        };
    }

    /** How a stream reaches its past. */
    public sealed interface Retrieval {
        /** Every block at its true distance, as in training. */
        record All() implements Retrieval {}

        /**
         * The k blocks whose landmarks score highest, from a cache without positions; the current window is seen whole.
         */
        record TopK(
                @Doc("blocks read") @Range(min = 1) int k,

                @Doc("blocks of the current window") @Range(min = 1)
                int window,

                @Doc("what shares one choice of blocks") RetrievedBlocks.Scope scope)
                implements Retrieval {
            RetrievedBlocks.By by() {
                return new RetrievedBlocks.By(k, scope);
            }
        }
    }
}
