package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * The register tile over packed operands: 12 rows by two vectors at 512 bit (24 of 32 registers accumulate), else 6 by two (12 of 16).
 *
 * <p>Ladder, one core with a ceiling of 170 GFLOP/s at 512 bit, operands in cache: A by rows, 6 rows 133; A packed, 6 rows
 * 150, 8 rows by three vectors 155, 12 rows 170; unrolling k by 2 or 4 gains nothing and makes the compiled code four times as large.
 */
final class PackedTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int HALF = 6;
    private static final VectorMask<Float> ALL = S.maskAll(true);
    private static final VectorMask<Float> NONE = S.maskAll(false);
    /** Steps that one register adds up before their sum goes to the tile: rounding grows with the root of their number. */
    private static final int RUN = 256;

    /** Rows of a tile and of a panel of A. */
    static final int ROWS = L == 16 ? 2 * HALF : HALF;
    /** Columns of a tile and of a panel of B. */
    static final int COLUMNS = 2 * L;

    private PackedTile() {}

    /** Takes tiles of a product as they are made: rows by n elements from (i, j) on, rows COLUMNS apart in {@code c} from {@code at} on. */
    @FunctionalInterface
    interface Finished {
        void tile(int i, int rows, int j, int n, float[] c, int at);
    }

    /** Panels of one operand, [lines / width][depth][width] from {@code at} on. */
    record Operand(float[] panels, int at, int depth) {}

    /**
     * a [m, k] b [k, n] tile by tile; a panel of a meets all panels of b in turn.
     *
     * @param c room for one tile; what lies there behind m and n means nothing
     */
    static void multiply(Operand a, Operand b, int m, int k, int n, float[] c, Finished finished) {
        multiply(a, b, m, k, n, c, 0, 0, false, finished);
    }

    /**
     * The same, or c + a b.
     *
     * @param c from {@code first} on, tiles of a row of tiles one after another, those of the next row {@code width * ROWS} later; one tile for all
     *     where width is 0
     * @param more whether c holds sums to go on from
     */
    static void multiply(
            Operand a,
            Operand b,
            int m,
            int k,
            int n,
            float[] c,
            int first,
            int width,
            boolean more,
            Finished finished) {
        for (int i = 0; i < m; i += ROWS) {
            int left = a.at + i * a.depth;
            for (int j = 0; j < n; j += COLUMNS) {
                int right = b.at + j * b.depth;
                int at = width == 0 ? first : first + i * width + j * ROWS;
                for (int p = 0; p < k; p += RUN) {
                    int steps = Math.min(RUN, k - p);
                    VectorMask<Float> old = more || p > 0 ? ALL : NONE;
                    if (ROWS > HALF && m - i > HALF) {
                        twelve(steps, a.panels, left + p * ROWS, b.panels, right + p * COLUMNS, c, at, old);
                    } else {
                        six(steps, a.panels, left + p * ROWS, b.panels, right + p * COLUMNS, c, at, old);
                    }
                }
                finished.tile(i, Math.min(ROWS, m - i), j, Math.min(COLUMNS, n - j), c, at);
            }
        }
    }

    private static void twelve(
            int steps, float[] a, int aAt, float[] b, int bAt, float[] c, int at, VectorMask<Float> old) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, s1 = z, t1 = z, s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z, s4 = z, t4 = z, s5 = z, t5 = z;
        FloatVector s6 = z, t6 = z, s7 = z, t7 = z, s8 = z, t8 = z;
        FloatVector s9 = z, t9 = z, s10 = z, t10 = z, s11 = z, t11 = z;
        for (int k = 0; k < steps; k++) {
            int p = aAt + k * ROWS, q = bAt + k * COLUMNS;
            FloatVector x = fromArray(S, b, q), y = fromArray(S, b, q + L), v;
            v = broadcast(S, a[p + 0]);
            s0 = v.fma(x, s0);
            t0 = v.fma(y, t0);
            v = broadcast(S, a[p + 1]);
            s1 = v.fma(x, s1);
            t1 = v.fma(y, t1);
            v = broadcast(S, a[p + 2]);
            s2 = v.fma(x, s2);
            t2 = v.fma(y, t2);
            v = broadcast(S, a[p + 3]);
            s3 = v.fma(x, s3);
            t3 = v.fma(y, t3);
            v = broadcast(S, a[p + 4]);
            s4 = v.fma(x, s4);
            t4 = v.fma(y, t4);
            v = broadcast(S, a[p + 5]);
            s5 = v.fma(x, s5);
            t5 = v.fma(y, t5);
            v = broadcast(S, a[p + 6]);
            s6 = v.fma(x, s6);
            t6 = v.fma(y, t6);
            v = broadcast(S, a[p + 7]);
            s7 = v.fma(x, s7);
            t7 = v.fma(y, t7);
            v = broadcast(S, a[p + 8]);
            s8 = v.fma(x, s8);
            t8 = v.fma(y, t8);
            v = broadcast(S, a[p + 9]);
            s9 = v.fma(x, s9);
            t9 = v.fma(y, t9);
            v = broadcast(S, a[p + 10]);
            s10 = v.fma(x, s10);
            t10 = v.fma(y, t10);
            v = broadcast(S, a[p + 11]);
            s11 = v.fma(x, s11);
            t11 = v.fma(y, t11);
        }
        s0.add(fromArray(S, c, at + 0 * COLUMNS, old)).intoArray(c, at + 0 * COLUMNS);
        t0.add(fromArray(S, c, at + 0 * COLUMNS + L, old)).intoArray(c, at + 0 * COLUMNS + L);
        s1.add(fromArray(S, c, at + 1 * COLUMNS, old)).intoArray(c, at + 1 * COLUMNS);
        t1.add(fromArray(S, c, at + 1 * COLUMNS + L, old)).intoArray(c, at + 1 * COLUMNS + L);
        s2.add(fromArray(S, c, at + 2 * COLUMNS, old)).intoArray(c, at + 2 * COLUMNS);
        t2.add(fromArray(S, c, at + 2 * COLUMNS + L, old)).intoArray(c, at + 2 * COLUMNS + L);
        s3.add(fromArray(S, c, at + 3 * COLUMNS, old)).intoArray(c, at + 3 * COLUMNS);
        t3.add(fromArray(S, c, at + 3 * COLUMNS + L, old)).intoArray(c, at + 3 * COLUMNS + L);
        s4.add(fromArray(S, c, at + 4 * COLUMNS, old)).intoArray(c, at + 4 * COLUMNS);
        t4.add(fromArray(S, c, at + 4 * COLUMNS + L, old)).intoArray(c, at + 4 * COLUMNS + L);
        s5.add(fromArray(S, c, at + 5 * COLUMNS, old)).intoArray(c, at + 5 * COLUMNS);
        t5.add(fromArray(S, c, at + 5 * COLUMNS + L, old)).intoArray(c, at + 5 * COLUMNS + L);
        s6.add(fromArray(S, c, at + 6 * COLUMNS, old)).intoArray(c, at + 6 * COLUMNS);
        t6.add(fromArray(S, c, at + 6 * COLUMNS + L, old)).intoArray(c, at + 6 * COLUMNS + L);
        s7.add(fromArray(S, c, at + 7 * COLUMNS, old)).intoArray(c, at + 7 * COLUMNS);
        t7.add(fromArray(S, c, at + 7 * COLUMNS + L, old)).intoArray(c, at + 7 * COLUMNS + L);
        s8.add(fromArray(S, c, at + 8 * COLUMNS, old)).intoArray(c, at + 8 * COLUMNS);
        t8.add(fromArray(S, c, at + 8 * COLUMNS + L, old)).intoArray(c, at + 8 * COLUMNS + L);
        s9.add(fromArray(S, c, at + 9 * COLUMNS, old)).intoArray(c, at + 9 * COLUMNS);
        t9.add(fromArray(S, c, at + 9 * COLUMNS + L, old)).intoArray(c, at + 9 * COLUMNS + L);
        s10.add(fromArray(S, c, at + 10 * COLUMNS, old)).intoArray(c, at + 10 * COLUMNS);
        t10.add(fromArray(S, c, at + 10 * COLUMNS + L, old)).intoArray(c, at + 10 * COLUMNS + L);
        s11.add(fromArray(S, c, at + 11 * COLUMNS, old)).intoArray(c, at + 11 * COLUMNS);
        t11.add(fromArray(S, c, at + 11 * COLUMNS + L, old)).intoArray(c, at + 11 * COLUMNS + L);
    }

    private static void six(
            int steps, float[] a, int aAt, float[] b, int bAt, float[] c, int at, VectorMask<Float> old) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, s1 = z, t1 = z, s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z, s4 = z, t4 = z, s5 = z, t5 = z;
        for (int k = 0; k < steps; k++) {
            int p = aAt + k * ROWS, q = bAt + k * COLUMNS;
            FloatVector x = fromArray(S, b, q), y = fromArray(S, b, q + L), v;
            v = broadcast(S, a[p + 0]);
            s0 = v.fma(x, s0);
            t0 = v.fma(y, t0);
            v = broadcast(S, a[p + 1]);
            s1 = v.fma(x, s1);
            t1 = v.fma(y, t1);
            v = broadcast(S, a[p + 2]);
            s2 = v.fma(x, s2);
            t2 = v.fma(y, t2);
            v = broadcast(S, a[p + 3]);
            s3 = v.fma(x, s3);
            t3 = v.fma(y, t3);
            v = broadcast(S, a[p + 4]);
            s4 = v.fma(x, s4);
            t4 = v.fma(y, t4);
            v = broadcast(S, a[p + 5]);
            s5 = v.fma(x, s5);
            t5 = v.fma(y, t5);
        }
        s0.add(fromArray(S, c, at + 0 * COLUMNS, old)).intoArray(c, at + 0 * COLUMNS);
        t0.add(fromArray(S, c, at + 0 * COLUMNS + L, old)).intoArray(c, at + 0 * COLUMNS + L);
        s1.add(fromArray(S, c, at + 1 * COLUMNS, old)).intoArray(c, at + 1 * COLUMNS);
        t1.add(fromArray(S, c, at + 1 * COLUMNS + L, old)).intoArray(c, at + 1 * COLUMNS + L);
        s2.add(fromArray(S, c, at + 2 * COLUMNS, old)).intoArray(c, at + 2 * COLUMNS);
        t2.add(fromArray(S, c, at + 2 * COLUMNS + L, old)).intoArray(c, at + 2 * COLUMNS + L);
        s3.add(fromArray(S, c, at + 3 * COLUMNS, old)).intoArray(c, at + 3 * COLUMNS);
        t3.add(fromArray(S, c, at + 3 * COLUMNS + L, old)).intoArray(c, at + 3 * COLUMNS + L);
        s4.add(fromArray(S, c, at + 4 * COLUMNS, old)).intoArray(c, at + 4 * COLUMNS);
        t4.add(fromArray(S, c, at + 4 * COLUMNS + L, old)).intoArray(c, at + 4 * COLUMNS + L);
        s5.add(fromArray(S, c, at + 5 * COLUMNS, old)).intoArray(c, at + 5 * COLUMNS);
        t5.add(fromArray(S, c, at + 5 * COLUMNS + L, old)).intoArray(c, at + 5 * COLUMNS + L);
    }
}
