package org.layerzoo.cpuvector.op.recur;

import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.linear.Square;

/** Turns matrices of whole vectors both ways within one array. */
final class Squares {
    private static final int L = Width.LANES;

    private Squares() {}

    /** Element (r, c) at {@code from + r ld + c} goes to {@code to + c width + r}. */
    static void turn(float[] m, int from, int ld, int rows, int columns, int to, int width) {
        for (int r = 0; r < rows; r += L) {
            for (int c = 0; c < columns; c += L) {
                Square.turn(m, from + r * ld + c, ld, m, to + c * width + r, width);
            }
        }
    }
}
