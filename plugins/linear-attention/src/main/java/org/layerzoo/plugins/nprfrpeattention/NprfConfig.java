package org.layerzoo.plugins.nprfrpeattention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of kernelised attention with relative positions. */
public record NprfConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("longest sequence n; offsets from -(n - 1) to n - 1 have a weight") @Range(min = 1)
        int length,

        @Doc("random features m") @Range(min = 1) int features,
        @Doc("tokens see themselves and the past only") boolean causal,

        @Doc("queries and keys of length 1 (NPRF); otherwise times d^-1/4 (PRF)")
        boolean normalised,

        @Doc("learned weights of offsets") Offsets offsets,
        @Doc("features in orthogonal blocks") boolean orthogonal) {
    /** Which offsets j - i of a key and its query share a weight. */
    public sealed interface Offsets {
        /** All: none is learned. */
        record None() implements Offsets {}

        /** None: from -(n - 1) to n - 1 each has its own. */
        record Each() implements Offsets {}

        /** Those of a bucket of T5: near ones one by one, farther ones in logarithmic steps. */
        record Buckets(
                @Doc("buckets, half of them for keys ahead unless causal") @Range(min = 4)
                int buckets,

                @Doc("distance from which all offsets share the last bucket") @Range(min = 2)
                int far)
                implements Offsets {
            public Buckets {
                if (far <= buckets / 2) {
                    throw new IllegalArgumentException(
                            "far: more than the " + buckets / 2 + " exact distances expected, given " + far);
                }
            }

            /** Bucket of an offset j - i; those ahead of a causal token, which nothing sees, are bucket 0. */
            public int of(int offset, boolean causal) {
                int half = causal ? buckets : buckets / 2;
                int ahead = !causal && offset > 0 ? half : 0;
                int distance = causal ? Math.max(0, -offset) : Math.abs(offset);
                int exact = half / 2;
                if (distance < exact) {
                    return ahead + distance;
                }
                // In F32, as T5's code: a rounding of the logarithm decides the bucket at its border.
                float steps = (float) Math.log((float) distance / exact) / (float) Math.log((double) far / exact);
                return ahead + Math.min(half - 1, exact + (int) (steps * (half - exact)));
            }
        }
    }

    public NprfConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    int headDim() {
        return dim / heads;
    }
}
