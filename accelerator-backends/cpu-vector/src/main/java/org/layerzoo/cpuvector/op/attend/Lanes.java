package org.layerzoo.cpuvector.op.attend;

import org.layerzoo.cpuvector.Width;

/** The layout that attention computes in: query rows along the lanes, keys or channels down. */
final class Lanes {
    static final boolean WIDE = Width.FLOATS.vectorBitSize() == 512;
    /** Query rows side by side: 4 vectors with 32 registers, else 2. */
    static final int PANEL = (WIDE ? 4 : 2) * Width.LANES;
    /** A row of zeros, with distance 0 the start of a product that adds to nothing. */
    static final float[] ZERO = new float[PANEL];

    private Lanes() {}

    /** m rounded up to the rows that the tiles write. */
    static int padded(int m) {
        return WIDE ? Math.max(4, m + m % 2) : (m + 5) / 6 * 6;
    }

    /** Rows of the next tile: sixes, and fours at the end so that nothing is left over. */
    static int step(int left) {
        return !WIDE || left % 6 == 0 || left > 8 ? 6 : 4;
    }
}
