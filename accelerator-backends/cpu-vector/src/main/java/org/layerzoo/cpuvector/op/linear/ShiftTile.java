package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** {@link PackedTile} with rows of b anywhere in one array: c = a b where step k of b begins at {@code offsets[k]}. So a convolution needs no copy of its columns. */
final class ShiftTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int HALF = 6;
    static final int ROWS = L == 16 ? 2 * HALF : HALF;
    static final int COLUMNS = 2 * L;

    private ShiftTile() {}

    /**
     * @param a panels [m / ROWS][offsets][ROWS]
     * @param b read from {@code bAt + offsets[k]} on, over n rounded up to COLUMNS
     * @param c row-major with distance ldc; m rounded up to ROWS rows and n rounded up to COLUMNS columns are written
     */
    static void multiply(float[] a, int m, float[] b, int bAt, int[] offsets, int n, float[] c, int ldc) {
        for (int j = 0; j < n; j += COLUMNS) {
            for (int i = 0; i < m; i += ROWS) {
                int left = i * offsets.length;
                if (ROWS > HALF && m - i > HALF) {
                    twelve(a, left, b, bAt + j, offsets, c, i * ldc + j, ldc);
                } else {
                    six(a, left, b, bAt + j, offsets, c, i * ldc + j, ldc);
                }
            }
        }
    }

    /** The same for one panel of COLUMNS columns of b: panels of a from aAt on; rows of c, COLUMNS apart, from cAt on. */
    static void panel(float[] a, int aAt, int m, float[] b, int bAt, int[] offsets, float[] c, int cAt) {
        for (int i = 0; i < m; i += ROWS) {
            int left = aAt + i * offsets.length, to = cAt + i * COLUMNS;
            if (ROWS > HALF && m - i > HALF) {
                twelve(a, left, b, bAt, offsets, c, to, COLUMNS);
            } else {
                six(a, left, b, bAt, offsets, c, to, COLUMNS);
            }
        }
    }

    /** COLUMNS columns of b in their order, from {@code to} on. */
    static void copy(float[] b, int bAt, int[] offsets, float[] out, int to) {
        for (int k = 0; k < offsets.length; k++) {
            int q = bAt + offsets[k], o = to + k * COLUMNS;
            fromArray(S, b, q).intoArray(out, o);
            fromArray(S, b, q + L).intoArray(out, o + L);
        }
    }

    private static void twelve(float[] a, int aAt, float[] b, int bAt, int[] offsets, float[] c, int to, int ldc) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, s1 = z, t1 = z, s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z, s4 = z, t4 = z, s5 = z, t5 = z;
        FloatVector s6 = z, t6 = z, s7 = z, t7 = z, s8 = z, t8 = z;
        FloatVector s9 = z, t9 = z, s10 = z, t10 = z, s11 = z, t11 = z;
        for (int k = 0; k < offsets.length; k++) {
            int p = aAt + k * ROWS, q = bAt + offsets[k];
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
        s0.intoArray(c, to + 0 * ldc);
        t0.intoArray(c, to + 0 * ldc + L);
        s1.intoArray(c, to + 1 * ldc);
        t1.intoArray(c, to + 1 * ldc + L);
        s2.intoArray(c, to + 2 * ldc);
        t2.intoArray(c, to + 2 * ldc + L);
        s3.intoArray(c, to + 3 * ldc);
        t3.intoArray(c, to + 3 * ldc + L);
        s4.intoArray(c, to + 4 * ldc);
        t4.intoArray(c, to + 4 * ldc + L);
        s5.intoArray(c, to + 5 * ldc);
        t5.intoArray(c, to + 5 * ldc + L);
        s6.intoArray(c, to + 6 * ldc);
        t6.intoArray(c, to + 6 * ldc + L);
        s7.intoArray(c, to + 7 * ldc);
        t7.intoArray(c, to + 7 * ldc + L);
        s8.intoArray(c, to + 8 * ldc);
        t8.intoArray(c, to + 8 * ldc + L);
        s9.intoArray(c, to + 9 * ldc);
        t9.intoArray(c, to + 9 * ldc + L);
        s10.intoArray(c, to + 10 * ldc);
        t10.intoArray(c, to + 10 * ldc + L);
        s11.intoArray(c, to + 11 * ldc);
        t11.intoArray(c, to + 11 * ldc + L);
    }

    private static void six(float[] a, int aAt, float[] b, int bAt, int[] offsets, float[] c, int to, int ldc) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, s1 = z, t1 = z, s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z, s4 = z, t4 = z, s5 = z, t5 = z;
        for (int k = 0; k < offsets.length; k++) {
            int p = aAt + k * ROWS, q = bAt + offsets[k];
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
        s0.intoArray(c, to + 0 * ldc);
        t0.intoArray(c, to + 0 * ldc + L);
        s1.intoArray(c, to + 1 * ldc);
        t1.intoArray(c, to + 1 * ldc + L);
        s2.intoArray(c, to + 2 * ldc);
        t2.intoArray(c, to + 2 * ldc + L);
        s3.intoArray(c, to + 3 * ldc);
        t3.intoArray(c, to + 3 * ldc + L);
        s4.intoArray(c, to + 4 * ldc);
        t4.intoArray(c, to + 4 * ldc + L);
        s5.intoArray(c, to + 5 * ldc);
        t5.intoArray(c, to + 5 * ldc + L);
    }
}
