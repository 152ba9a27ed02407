package org.layerzoo.plugins.urpe;

import java.util.stream.LongStream;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of attention with universal relative positions. */
public record UrpeConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("longest sequence the tables know; farther offsets read their ends") @Range(min = 1)
        int maxLength,

        @Doc("each token sees the tokens up to its own place")
        boolean causal,

        @Doc("B: learned bias of the scores by offset") boolean bias,
        @Doc("C: learned factor on the weights by offset") boolean factor,
        @Doc("how offsets are mapped to rows of B") Offsets biasOffsets,
        @Doc("how offsets are mapped to rows of C") Offsets factorOffsets,

        @Doc("all layers of a stack share B and C, as released; otherwise each layer has its own")
        boolean shared,

        @Doc("share of weights dropped in training") @Range(min = 0, max = 0.999)
        double dropout) {
    public UrpeConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    /** From an offset key - query in -(L-1)..L-1 to a row of a table. */
    public sealed interface Offsets {
        /** Rows of the table for sequences of up to L tokens. */
        int rows(int maxLength);

        /** Row of each offset -(L-1)..L-1. */
        long[] index(int maxLength);

        /** A row of its own for every offset. */
        record Unique() implements Offsets {
            @Override
            public int rows(int maxLength) {
                return 2 * maxLength - 1;
            }

            @Override
            public long[] index(int maxLength) {
                return LongStream.range(0, 2L * maxLength - 1).toArray();
            }
        }

        /** Small offsets one by one, larger ones in logarithmic steps, sign kept. */
        record Buckets(
                @Doc("buckets of both signs together") @Range(min = 4)
                int buckets,

                @Doc("distance from which all offsets share the last bucket") @Range(min = 2)
                int maxDistance)
                implements Offsets {
            public Buckets {
                if (maxDistance <= buckets / 4) {
                    throw new IllegalArgumentException(
                            "maxDistance must exceed the " + buckets / 4 + " exact offsets, given " + maxDistance);
                }
            }

            @Override
            public int rows(int maxLength) {
                return buckets + 1;
            }

            @Override
            public long[] index(int maxLength) {
                long[] row = new long[2 * maxLength - 1];
                for (int i = 0; i < row.length; i++) {
                    int b = bucket(i - (maxLength - 1));
                    row[i] = b >= 0 ? b + 2 : b;
                }
                long least = LongStream.of(row).min().orElseThrow();
                return LongStream.of(row).map(r -> r - least).toArray();
            }

            /** sign(r) min(half - 1, ex + trunc(ln(|r| / ex) / ln(maxDistance / ex) (half - ex))), |r| itself below ex. */
            private int bucket(int offset) {
                int half = buckets / 2;
                int exact = half / 2;
                int n = Math.abs(offset);
                if (n < exact) {
                    return offset;
                }
                // In F32, as released: a rounding of the logarithm decides the bucket at its border.
                float steps = (float) Math.log((float) n / exact)
                        / (float) Math.log((double) maxDistance / exact)
                        * (half - exact);
                return Integer.signum(offset) * Math.min(half - 1, exact + (int) steps);
            }
        }
    }

    int headDim() {
        return dim / heads;
    }
}
