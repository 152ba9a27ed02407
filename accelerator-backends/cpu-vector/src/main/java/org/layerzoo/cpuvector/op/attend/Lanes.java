package org.layerzoo.cpuvector.op.attend;

import org.layerzoo.cpuvector.Width;

/** The layout that attention computes in: query rows along the lanes, keys or channels down. */
final class Lanes {
    static final boolean WIDE = Width.FLOATS.vectorBitSize() == 512;
    /** Query rows side by side: 4 vectors with 32 registers, else 2. */
    static final int PANEL = (WIDE ? 4 : 2) * Width.LANES;
    /** Channels of a strip of values, whole tiles: a row of a strip has this many floats. */
    static final int STRIP = WIDE ? 64 : 60;

    private Lanes() {}

    /** Rows that tiles write for n channels, a strip after the other. */
    static int channels(int n) {
        return n / STRIP * STRIP + (n % STRIP == 0 ? 0 : padded(n % STRIP));
    }

    /** Strips of n channels. */
    static int strips(int n) {
        return (n + STRIP - 1) / STRIP;
    }

    /** m rounded up to the rows that the tiles write. */
    static int padded(int m) {
        return WIDE ? Math.max(4, m + m % 2) : (m + 5) / 6 * 6;
    }

    /** Rows of the next tile: sixes, and fours at the end so that nothing is left over. */
    static int step(int left) {
        return !WIDE || left % 6 == 0 || left > 8 ? 6 : 4;
    }
}
