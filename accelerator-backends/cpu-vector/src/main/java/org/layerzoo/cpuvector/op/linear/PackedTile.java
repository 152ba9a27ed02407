package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Optional;
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

    /** Rows of a tile and of a panel of A. */
    static final int ROWS = L == 16 ? 2 * HALF : HALF;
    /** Columns of a tile and of a panel of B. */
    static final int COLUMNS = 2 * L;
    /** Depth at which a panel of B fills two thirds of the first-level cache. */
    static final int DEPTH = (int) Math.clamp(Caches.HERE.first() * 2 / 3 / (4 * COLUMNS) / 64 * 64, 128, 512);

    private PackedTile() {}

    /** Takes tiles of c that have their last step behind them: rows by n elements, rows COLUMNS apart in c. */
    @FunctionalInterface
    interface Finished {
        void tile(int i, int rows, int j, int n, float[] c, int at);
    }

    /** Panels of one operand, [lines / width][depth][width] from {@code at} on. */
    record Operand(float[] panels, int at, int depth) {}

    /**
     * c [m, n] = a b over k steps, or c += a b.
     *
     * @param c panels [n / COLUMNS][m rounded up to ROWS][COLUMNS]; what lies behind m and n means nothing. Where there is {@code finished} and
     *     all steps are done at once, it holds one tile
     */
    static void multiply(
            Operand a, Operand b, int m, int k, int n, float[] c, boolean add, Optional<Finished> finished) {
        int rows = (m + ROWS - 1) / ROWS * ROWS;
        boolean once = !add && k <= DEPTH && finished.isPresent();
        for (int k0 = 0; k0 < k; k0 += DEPTH) {
            int steps = Math.min(DEPTH, k - k0);
            boolean last = k0 + steps == k && finished.isPresent();
            VectorMask<Float> old = add || k0 > 0 ? ALL : NONE;
            for (int j = 0; j < n; j += COLUMNS) {
                int right = b.at + j * b.depth + k0 * COLUMNS;
                for (int i = 0; i < m; i += ROWS) {
                    int left = a.at + i * a.depth + k0 * ROWS;
                    int at = once ? 0 : j * rows + i * COLUMNS;
                    if (ROWS > HALF && m - i > HALF) {
                        twelve(steps, a.panels, left, b.panels, right, c, at, old);
                    } else {
                        six(steps, a.panels, left, b.panels, right, c, at, old);
                    }
                    if (last) {
                        finished.get().tile(i, Math.min(ROWS, m - i), j, Math.min(COLUMNS, n - j), c, at);
                    }
                }
            }
        }
    }

    private static void twelve(
            int steps, float[] a, int aAt, float[] b, int bAt, float[] c, int to, VectorMask<Float> old) {
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
        s0.add(fromArray(S, c, to + 0 * COLUMNS, old)).intoArray(c, to + 0 * COLUMNS);
        t0.add(fromArray(S, c, to + 0 * COLUMNS + L, old)).intoArray(c, to + 0 * COLUMNS + L);
        s1.add(fromArray(S, c, to + 1 * COLUMNS, old)).intoArray(c, to + 1 * COLUMNS);
        t1.add(fromArray(S, c, to + 1 * COLUMNS + L, old)).intoArray(c, to + 1 * COLUMNS + L);
        s2.add(fromArray(S, c, to + 2 * COLUMNS, old)).intoArray(c, to + 2 * COLUMNS);
        t2.add(fromArray(S, c, to + 2 * COLUMNS + L, old)).intoArray(c, to + 2 * COLUMNS + L);
        s3.add(fromArray(S, c, to + 3 * COLUMNS, old)).intoArray(c, to + 3 * COLUMNS);
        t3.add(fromArray(S, c, to + 3 * COLUMNS + L, old)).intoArray(c, to + 3 * COLUMNS + L);
        s4.add(fromArray(S, c, to + 4 * COLUMNS, old)).intoArray(c, to + 4 * COLUMNS);
        t4.add(fromArray(S, c, to + 4 * COLUMNS + L, old)).intoArray(c, to + 4 * COLUMNS + L);
        s5.add(fromArray(S, c, to + 5 * COLUMNS, old)).intoArray(c, to + 5 * COLUMNS);
        t5.add(fromArray(S, c, to + 5 * COLUMNS + L, old)).intoArray(c, to + 5 * COLUMNS + L);
        s6.add(fromArray(S, c, to + 6 * COLUMNS, old)).intoArray(c, to + 6 * COLUMNS);
        t6.add(fromArray(S, c, to + 6 * COLUMNS + L, old)).intoArray(c, to + 6 * COLUMNS + L);
        s7.add(fromArray(S, c, to + 7 * COLUMNS, old)).intoArray(c, to + 7 * COLUMNS);
        t7.add(fromArray(S, c, to + 7 * COLUMNS + L, old)).intoArray(c, to + 7 * COLUMNS + L);
        s8.add(fromArray(S, c, to + 8 * COLUMNS, old)).intoArray(c, to + 8 * COLUMNS);
        t8.add(fromArray(S, c, to + 8 * COLUMNS + L, old)).intoArray(c, to + 8 * COLUMNS + L);
        s9.add(fromArray(S, c, to + 9 * COLUMNS, old)).intoArray(c, to + 9 * COLUMNS);
        t9.add(fromArray(S, c, to + 9 * COLUMNS + L, old)).intoArray(c, to + 9 * COLUMNS + L);
        s10.add(fromArray(S, c, to + 10 * COLUMNS, old)).intoArray(c, to + 10 * COLUMNS);
        t10.add(fromArray(S, c, to + 10 * COLUMNS + L, old)).intoArray(c, to + 10 * COLUMNS + L);
        s11.add(fromArray(S, c, to + 11 * COLUMNS, old)).intoArray(c, to + 11 * COLUMNS);
        t11.add(fromArray(S, c, to + 11 * COLUMNS + L, old)).intoArray(c, to + 11 * COLUMNS + L);
    }

    private static void six(
            int steps, float[] a, int aAt, float[] b, int bAt, float[] c, int to, VectorMask<Float> old) {
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
        s0.add(fromArray(S, c, to + 0 * COLUMNS, old)).intoArray(c, to + 0 * COLUMNS);
        t0.add(fromArray(S, c, to + 0 * COLUMNS + L, old)).intoArray(c, to + 0 * COLUMNS + L);
        s1.add(fromArray(S, c, to + 1 * COLUMNS, old)).intoArray(c, to + 1 * COLUMNS);
        t1.add(fromArray(S, c, to + 1 * COLUMNS + L, old)).intoArray(c, to + 1 * COLUMNS + L);
        s2.add(fromArray(S, c, to + 2 * COLUMNS, old)).intoArray(c, to + 2 * COLUMNS);
        t2.add(fromArray(S, c, to + 2 * COLUMNS + L, old)).intoArray(c, to + 2 * COLUMNS + L);
        s3.add(fromArray(S, c, to + 3 * COLUMNS, old)).intoArray(c, to + 3 * COLUMNS);
        t3.add(fromArray(S, c, to + 3 * COLUMNS + L, old)).intoArray(c, to + 3 * COLUMNS + L);
        s4.add(fromArray(S, c, to + 4 * COLUMNS, old)).intoArray(c, to + 4 * COLUMNS);
        t4.add(fromArray(S, c, to + 4 * COLUMNS + L, old)).intoArray(c, to + 4 * COLUMNS + L);
        s5.add(fromArray(S, c, to + 5 * COLUMNS, old)).intoArray(c, to + 5 * COLUMNS);
        t5.add(fromArray(S, c, to + 5 * COLUMNS + L, old)).intoArray(c, to + 5 * COLUMNS + L);
    }
}
