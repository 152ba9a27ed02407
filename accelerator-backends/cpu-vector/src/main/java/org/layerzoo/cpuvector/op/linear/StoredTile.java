package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * {@link PackedTile} with b where it lies in tensor memory: c = a b for shallow products, where copying b would cost a good part of the
 * arithmetic. The machine fetches rows of b ahead while it multiplies.
 */
final class StoredTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int HALF = 6;
    private static final int ROWS = PackedTile.ROWS;
    private static final int COLUMNS = PackedTile.COLUMNS;

    private StoredTile() {}

    /**
     * @param a panels [m / ROWS][k][ROWS]
     * @param b F32 [k, n], not transposed; whole tiles of columns
     * @param c one tile
     */
    static void multiply(
            float[] a, int aAt, int m, int k, Gemm.Matrix b, int n, float[] c, PackedTile.Finished finished) {
        for (int j = 0; j < n; j += COLUMNS) {
            long from = (b.at() + j) * 4;
            for (int i = 0; i < m; i += ROWS) {
                if (ROWS > HALF && m - i > HALF) {
                    twelve(k, a, aAt + i * k, b.memory(), from, b.ld() * 4, c);
                } else {
                    six(k, a, aAt + i * k, b.memory(), from, b.ld() * 4, c);
                }
                finished.tile(i, Math.min(ROWS, m - i), j, COLUMNS, c, 0);
            }
        }
    }

    private static void twelve(int steps, float[] a, int aAt, MemorySegment b, long bAt, long ld, float[] c) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, s1 = z, t1 = z, s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z, s4 = z, t4 = z, s5 = z, t5 = z;
        FloatVector s6 = z, t6 = z, s7 = z, t7 = z, s8 = z, t8 = z;
        FloatVector s9 = z, t9 = z, s10 = z, t10 = z, s11 = z, t11 = z;
        for (int k = 0; k < steps; k++) {
            int p = aAt + k * ROWS;
            FloatVector x = fromMemorySegment(S, b, bAt + k * ld, ORDER);
            FloatVector y = fromMemorySegment(S, b, bAt + k * ld + 4 * L, ORDER), v;
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
        s0.intoArray(c, 0 * COLUMNS);
        t0.intoArray(c, 0 * COLUMNS + L);
        s1.intoArray(c, 1 * COLUMNS);
        t1.intoArray(c, 1 * COLUMNS + L);
        s2.intoArray(c, 2 * COLUMNS);
        t2.intoArray(c, 2 * COLUMNS + L);
        s3.intoArray(c, 3 * COLUMNS);
        t3.intoArray(c, 3 * COLUMNS + L);
        s4.intoArray(c, 4 * COLUMNS);
        t4.intoArray(c, 4 * COLUMNS + L);
        s5.intoArray(c, 5 * COLUMNS);
        t5.intoArray(c, 5 * COLUMNS + L);
        s6.intoArray(c, 6 * COLUMNS);
        t6.intoArray(c, 6 * COLUMNS + L);
        s7.intoArray(c, 7 * COLUMNS);
        t7.intoArray(c, 7 * COLUMNS + L);
        s8.intoArray(c, 8 * COLUMNS);
        t8.intoArray(c, 8 * COLUMNS + L);
        s9.intoArray(c, 9 * COLUMNS);
        t9.intoArray(c, 9 * COLUMNS + L);
        s10.intoArray(c, 10 * COLUMNS);
        t10.intoArray(c, 10 * COLUMNS + L);
        s11.intoArray(c, 11 * COLUMNS);
        t11.intoArray(c, 11 * COLUMNS + L);
    }

    private static void six(int steps, float[] a, int aAt, MemorySegment b, long bAt, long ld, float[] c) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, t0 = z, s1 = z, t1 = z, s2 = z, t2 = z;
        FloatVector s3 = z, t3 = z, s4 = z, t4 = z, s5 = z, t5 = z;
        for (int k = 0; k < steps; k++) {
            int p = aAt + k * ROWS;
            FloatVector x = fromMemorySegment(S, b, bAt + k * ld, ORDER);
            FloatVector y = fromMemorySegment(S, b, bAt + k * ld + 4 * L, ORDER), v;
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
        s0.intoArray(c, 0 * COLUMNS);
        t0.intoArray(c, 0 * COLUMNS + L);
        s1.intoArray(c, 1 * COLUMNS);
        t1.intoArray(c, 1 * COLUMNS + L);
        s2.intoArray(c, 2 * COLUMNS);
        t2.intoArray(c, 2 * COLUMNS + L);
        s3.intoArray(c, 3 * COLUMNS);
        t3.intoArray(c, 3 * COLUMNS + L);
        s4.intoArray(c, 4 * COLUMNS);
        t4.intoArray(c, 4 * COLUMNS + L);
        s5.intoArray(c, 5 * COLUMNS);
        t5.intoArray(c, 5 * COLUMNS + L);
    }
}
