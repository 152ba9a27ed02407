package org.layerzoo.plugins.randomizedpositionalencodings;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Hidden;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of randomized positional encodings. */
public record RandomizedPositionalEncodingsConfig(
        @Doc("model width D = heads * head size") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("L: positions are drawn from 0..L-1; at least the longest sequence, at test time too") @Range(min = 1)
        int maxLength,

        @Doc("draw positions; otherwise the ordinary encoding")
        boolean randomized,

        @Doc("longest wavelength of sines and rotations over 2 pi") @Range(min = 1)
        double maxTimescale,

        @Doc("the encoding whose positions are drawn") Encoding encoding,
        @Doc("quirks of the release") @Hidden Released released) {
    public RandomizedPositionalEncodingsConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        int paired = encoding instanceof Encoding.Rotary ? dim / heads : dim;
        boolean pairs = !(encoding instanceof Encoding.Learned || encoding instanceof Encoding.Alibi);
        if (pairs && paired % 2 != 0) {
            throw new IllegalArgumentException("sines and cosines need an even width, given " + paired);
        }
    }

    /** What positions do. */
    public sealed interface Encoding {
        /** Sines and cosines added to tokens. */
        record Sincos() implements Encoding {}

        /** A learned row for each position, added to tokens. */
        record Learned() implements Encoding {}

        /** Pairs of channels of queries and keys turned by their position. */
        record Rotary() implements Encoding {}

        /** Content and offset terms of the scores (Transformer-XL). */
        record Relative(
                @Doc("draw the two sides of a query independently")
                boolean bothSides) implements Encoding {}

        /** A slope for each head times the distance, taken from the scores. */
        record Alibi(
                @Doc("draw the two sides of a query independently")
                boolean bothSides) implements Encoding {}
    }

    /**
     * What only reproduces the release: its table of relative positions has no negative side, while offsets s are looked up
     * in row s + L, so that the key itself and all keys to its right read the last row, L - 1.
     */
    public record Released(
            @Doc("read randomized relative positions from clamp(s + L, 0, L - 1)")
            boolean clippedTable) {}

    int headDim() {
        return dim / heads;
    }
}
