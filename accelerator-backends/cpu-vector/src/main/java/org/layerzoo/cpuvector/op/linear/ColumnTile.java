package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Correlation of a plane with one kernel of 3, 5 or 7 rows: eight rows of results at a time, so that a vector of inputs is loaded once for all rows of
 * the kernel. Sums of shifts ({@link ShiftRun}) load one vector an operation and end at the load ports.
 */
final class ColumnTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Rows of results of a tile. */
    static final int ROWS = 8;

    private ColumnTile() {}

    static boolean fits(int kernelRows) {
        return kernelRows == 3 || kernelRows == 5 || kernelRows == 7;
    }

    /**
     * y[r width + c] = sum over i, k of w[wAt + i shifts.length + k] x[(r + i) pitch + c + shifts[k]], i below kernelRows, r below {@code rows}
     * rounded up to ROWS. A tile and a vector behind the last result are overwritten too.
     */
    static void run(
            float[] x, int pitch, float[] w, int wAt, int kernelRows, int[] shifts, int rows, int width, float[] y) {
        // A tile's last vector runs into the rows below, whose own results come later.
        int last = (width - 1) / L * L;
        for (int r = 0; r < rows; r += ROWS) {
            for (int c = last; c >= 0; c -= L) {
                int q = r * pitch + c, to = r * width + c;
                switch (kernelRows) {
                    case 3 -> three(x, q, pitch, w, wAt, shifts, y, to, width);
                    case 5 -> five(x, q, pitch, w, wAt, shifts, y, to, width);
                    default -> seven(x, q, pitch, w, wAt, shifts, y, to, width);
                }
            }
        }
    }

    private static void three(
            float[] x, int at, int pitch, float[] w, int wAt, int[] shifts, float[] y, int to, int ld) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, s1 = z, s2 = z, s3 = z, s4 = z, s5 = z, s6 = z, s7 = z;
        for (int k = 0; k < shifts.length; k++) {
            int q = at + shifts[k], p = wAt + k;
            FloatVector w0 = broadcast(S, w[p + 0 * shifts.length]);
            FloatVector w1 = broadcast(S, w[p + 1 * shifts.length]);
            FloatVector w2 = broadcast(S, w[p + 2 * shifts.length]);
            FloatVector v = fromArray(S, x, q + 0 * pitch);
            s0 = v.fma(w0, s0);
            v = fromArray(S, x, q + 1 * pitch);
            s0 = v.fma(w1, s0);
            s1 = v.fma(w0, s1);
            v = fromArray(S, x, q + 2 * pitch);
            s0 = v.fma(w2, s0);
            s1 = v.fma(w1, s1);
            s2 = v.fma(w0, s2);
            v = fromArray(S, x, q + 3 * pitch);
            s1 = v.fma(w2, s1);
            s2 = v.fma(w1, s2);
            s3 = v.fma(w0, s3);
            v = fromArray(S, x, q + 4 * pitch);
            s2 = v.fma(w2, s2);
            s3 = v.fma(w1, s3);
            s4 = v.fma(w0, s4);
            v = fromArray(S, x, q + 5 * pitch);
            s3 = v.fma(w2, s3);
            s4 = v.fma(w1, s4);
            s5 = v.fma(w0, s5);
            v = fromArray(S, x, q + 6 * pitch);
            s4 = v.fma(w2, s4);
            s5 = v.fma(w1, s5);
            s6 = v.fma(w0, s6);
            v = fromArray(S, x, q + 7 * pitch);
            s5 = v.fma(w2, s5);
            s6 = v.fma(w1, s6);
            s7 = v.fma(w0, s7);
            v = fromArray(S, x, q + 8 * pitch);
            s6 = v.fma(w2, s6);
            s7 = v.fma(w1, s7);
            v = fromArray(S, x, q + 9 * pitch);
            s7 = v.fma(w2, s7);
        }
        s0.intoArray(y, to + 0 * ld);
        s1.intoArray(y, to + 1 * ld);
        s2.intoArray(y, to + 2 * ld);
        s3.intoArray(y, to + 3 * ld);
        s4.intoArray(y, to + 4 * ld);
        s5.intoArray(y, to + 5 * ld);
        s6.intoArray(y, to + 6 * ld);
        s7.intoArray(y, to + 7 * ld);
    }

    private static void five(
            float[] x, int at, int pitch, float[] w, int wAt, int[] shifts, float[] y, int to, int ld) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, s1 = z, s2 = z, s3 = z, s4 = z, s5 = z, s6 = z, s7 = z;
        for (int k = 0; k < shifts.length; k++) {
            int q = at + shifts[k], p = wAt + k;
            FloatVector w0 = broadcast(S, w[p + 0 * shifts.length]);
            FloatVector w1 = broadcast(S, w[p + 1 * shifts.length]);
            FloatVector w2 = broadcast(S, w[p + 2 * shifts.length]);
            FloatVector w3 = broadcast(S, w[p + 3 * shifts.length]);
            FloatVector w4 = broadcast(S, w[p + 4 * shifts.length]);
            FloatVector v = fromArray(S, x, q + 0 * pitch);
            s0 = v.fma(w0, s0);
            v = fromArray(S, x, q + 1 * pitch);
            s0 = v.fma(w1, s0);
            s1 = v.fma(w0, s1);
            v = fromArray(S, x, q + 2 * pitch);
            s0 = v.fma(w2, s0);
            s1 = v.fma(w1, s1);
            s2 = v.fma(w0, s2);
            v = fromArray(S, x, q + 3 * pitch);
            s0 = v.fma(w3, s0);
            s1 = v.fma(w2, s1);
            s2 = v.fma(w1, s2);
            s3 = v.fma(w0, s3);
            v = fromArray(S, x, q + 4 * pitch);
            s0 = v.fma(w4, s0);
            s1 = v.fma(w3, s1);
            s2 = v.fma(w2, s2);
            s3 = v.fma(w1, s3);
            s4 = v.fma(w0, s4);
            v = fromArray(S, x, q + 5 * pitch);
            s1 = v.fma(w4, s1);
            s2 = v.fma(w3, s2);
            s3 = v.fma(w2, s3);
            s4 = v.fma(w1, s4);
            s5 = v.fma(w0, s5);
            v = fromArray(S, x, q + 6 * pitch);
            s2 = v.fma(w4, s2);
            s3 = v.fma(w3, s3);
            s4 = v.fma(w2, s4);
            s5 = v.fma(w1, s5);
            s6 = v.fma(w0, s6);
            v = fromArray(S, x, q + 7 * pitch);
            s3 = v.fma(w4, s3);
            s4 = v.fma(w3, s4);
            s5 = v.fma(w2, s5);
            s6 = v.fma(w1, s6);
            s7 = v.fma(w0, s7);
            v = fromArray(S, x, q + 8 * pitch);
            s4 = v.fma(w4, s4);
            s5 = v.fma(w3, s5);
            s6 = v.fma(w2, s6);
            s7 = v.fma(w1, s7);
            v = fromArray(S, x, q + 9 * pitch);
            s5 = v.fma(w4, s5);
            s6 = v.fma(w3, s6);
            s7 = v.fma(w2, s7);
            v = fromArray(S, x, q + 10 * pitch);
            s6 = v.fma(w4, s6);
            s7 = v.fma(w3, s7);
            v = fromArray(S, x, q + 11 * pitch);
            s7 = v.fma(w4, s7);
        }
        s0.intoArray(y, to + 0 * ld);
        s1.intoArray(y, to + 1 * ld);
        s2.intoArray(y, to + 2 * ld);
        s3.intoArray(y, to + 3 * ld);
        s4.intoArray(y, to + 4 * ld);
        s5.intoArray(y, to + 5 * ld);
        s6.intoArray(y, to + 6 * ld);
        s7.intoArray(y, to + 7 * ld);
    }

    private static void seven(
            float[] x, int at, int pitch, float[] w, int wAt, int[] shifts, float[] y, int to, int ld) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, s1 = z, s2 = z, s3 = z, s4 = z, s5 = z, s6 = z, s7 = z;
        for (int k = 0; k < shifts.length; k++) {
            int q = at + shifts[k], p = wAt + k;
            FloatVector w0 = broadcast(S, w[p + 0 * shifts.length]);
            FloatVector w1 = broadcast(S, w[p + 1 * shifts.length]);
            FloatVector w2 = broadcast(S, w[p + 2 * shifts.length]);
            FloatVector w3 = broadcast(S, w[p + 3 * shifts.length]);
            FloatVector w4 = broadcast(S, w[p + 4 * shifts.length]);
            FloatVector w5 = broadcast(S, w[p + 5 * shifts.length]);
            FloatVector w6 = broadcast(S, w[p + 6 * shifts.length]);
            FloatVector v = fromArray(S, x, q + 0 * pitch);
            s0 = v.fma(w0, s0);
            v = fromArray(S, x, q + 1 * pitch);
            s0 = v.fma(w1, s0);
            s1 = v.fma(w0, s1);
            v = fromArray(S, x, q + 2 * pitch);
            s0 = v.fma(w2, s0);
            s1 = v.fma(w1, s1);
            s2 = v.fma(w0, s2);
            v = fromArray(S, x, q + 3 * pitch);
            s0 = v.fma(w3, s0);
            s1 = v.fma(w2, s1);
            s2 = v.fma(w1, s2);
            s3 = v.fma(w0, s3);
            v = fromArray(S, x, q + 4 * pitch);
            s0 = v.fma(w4, s0);
            s1 = v.fma(w3, s1);
            s2 = v.fma(w2, s2);
            s3 = v.fma(w1, s3);
            s4 = v.fma(w0, s4);
            v = fromArray(S, x, q + 5 * pitch);
            s0 = v.fma(w5, s0);
            s1 = v.fma(w4, s1);
            s2 = v.fma(w3, s2);
            s3 = v.fma(w2, s3);
            s4 = v.fma(w1, s4);
            s5 = v.fma(w0, s5);
            v = fromArray(S, x, q + 6 * pitch);
            s0 = v.fma(w6, s0);
            s1 = v.fma(w5, s1);
            s2 = v.fma(w4, s2);
            s3 = v.fma(w3, s3);
            s4 = v.fma(w2, s4);
            s5 = v.fma(w1, s5);
            s6 = v.fma(w0, s6);
            v = fromArray(S, x, q + 7 * pitch);
            s1 = v.fma(w6, s1);
            s2 = v.fma(w5, s2);
            s3 = v.fma(w4, s3);
            s4 = v.fma(w3, s4);
            s5 = v.fma(w2, s5);
            s6 = v.fma(w1, s6);
            s7 = v.fma(w0, s7);
            v = fromArray(S, x, q + 8 * pitch);
            s2 = v.fma(w6, s2);
            s3 = v.fma(w5, s3);
            s4 = v.fma(w4, s4);
            s5 = v.fma(w3, s5);
            s6 = v.fma(w2, s6);
            s7 = v.fma(w1, s7);
            v = fromArray(S, x, q + 9 * pitch);
            s3 = v.fma(w6, s3);
            s4 = v.fma(w5, s4);
            s5 = v.fma(w4, s5);
            s6 = v.fma(w3, s6);
            s7 = v.fma(w2, s7);
            v = fromArray(S, x, q + 10 * pitch);
            s4 = v.fma(w6, s4);
            s5 = v.fma(w5, s5);
            s6 = v.fma(w4, s6);
            s7 = v.fma(w3, s7);
            v = fromArray(S, x, q + 11 * pitch);
            s5 = v.fma(w6, s5);
            s6 = v.fma(w5, s6);
            s7 = v.fma(w4, s7);
            v = fromArray(S, x, q + 12 * pitch);
            s6 = v.fma(w6, s6);
            s7 = v.fma(w5, s7);
            v = fromArray(S, x, q + 13 * pitch);
            s7 = v.fma(w6, s7);
        }
        s0.intoArray(y, to + 0 * ld);
        s1.intoArray(y, to + 1 * ld);
        s2.intoArray(y, to + 2 * ld);
        s3.intoArray(y, to + 3 * ld);
        s4.intoArray(y, to + 4 * ld);
        s5.intoArray(y, to + 5 * ld);
        s6.intoArray(y, to + 6 * ld);
        s7.intoArray(y, to + 7 * ld);
    }
}
