package org.layerzoo.plugins.scatterbrain;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of attention by random features corrected on a sparse support. */
public record ScatterbrainConfig(
        @Doc("width of all heads together") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("random features m of a token") @Range(min = 1) int features,

        @Doc("features of W and of -W, m/2 rows") boolean cosh,
        @Doc("tokens see themselves and the past only") boolean causal,
        @Doc("pairs of tokens whose weights are exact") Support support) {
    /** Which pairs. */
    public sealed interface Support {
        /** Queries and keys that fall into the same cluster of a random order by likeness. */
        record Lsh(
                @Doc("queries, and keys, of a cluster") @Range(min = 1)
                int cluster,

                @Doc("rounds with an order of their own") @Range(min = 1)
                int rounds)
                implements Support {}

        /** Tokens of one bucket, in runs of the tokens ordered by bucket and the run before (Reformer). */
        record Buckets(
                @Doc("tokens of a run") @Range(min = 1) int cluster,

                @Doc("buckets, an even number") @Range(min = 2)
                int buckets,

                @Doc("rounds with a hash of their own") @Range(min = 1)
                int rounds)
                implements Support {
            public Buckets {
                if (buckets % 2 != 0) {
                    throw new IllegalArgumentException("an even number of buckets expected, given " + buckets);
                }
            }
        }

        /** Blocks of the sequence and their neighbours. */
        record Local(
                @Doc("tokens of a block") @Range(min = 1) int block) implements Support {}
    }

    public ScatterbrainConfig {
        if (dim % heads != 0 || cosh && features % 2 != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads, or "
                    + features + " features not into two halves");
        }
    }

    int headDim() {
        return dim / heads;
    }
}
