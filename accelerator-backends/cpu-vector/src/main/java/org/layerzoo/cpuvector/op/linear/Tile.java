package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * The register tile of all matrix products: 6 rows by two vectors (6x32 at 512 bit, 6x16 at 256 bit), 12 accumulators.
 *
 * <p>Ladder, one core with a ceiling of 170 GFLOP/s at 512 bit: 6 and 8 rows 125 (same: the loads of A bound both), at 256 bit 86.
 * The accumulators stay in this method: handing them to another one boxes them (6..10 GFLOP/s).
 */
public final class Tile {
    public static final int ROWS = 6;
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Columns of a tile and of a packed panel. */
    public static final int COLUMNS = 2 * L;

    /** Depth at which one panel of B fills two thirds of a first-level cache. */
    private static final int DEPTH = 256;

    private Tile() {}

    /**
     * c [m, n] += a [m, k] b, where a is row-major with distance lda, b is packed in panels [n / COLUMNS][depth][COLUMNS] of
     * which k rows from {@code bAt} on are used, and c is row-major with distance ldc. Arrays hold m rounded up to
     * ROWS rows and n rounded up to COLUMNS columns; what lies there is computed and means nothing.
     */
    public static void multiply(
            float[] a,
            int aAt,
            int lda,
            int m,
            int k,
            float[] b,
            int bAt,
            int depth,
            int n,
            float[] c,
            int cAt,
            int ldc) {
        for (int k0 = 0; k0 < k; k0 += DEPTH) {
            int kc = Math.min(DEPTH, k - k0);
            for (int j = 0; j < n; j += COLUMNS) {
                int panel = bAt + j * depth + k0 * COLUMNS;
                for (int i = 0; i < m; i += ROWS) {
                    tile(kc, a, aAt + i * lda + k0, lda, b, panel, c, cAt + i * ldc + j, ldc);
                }
            }
        }
    }

    private static void tile(int kc, float[] a, int a0, int lda, float[] b, int bAt, float[] c, int c0, int ldc) {
        FloatVector z = FloatVector.zero(S);
        FloatVector c00 = z, c01 = z, c10 = z, c11 = z, c20 = z, c21 = z;
        FloatVector c30 = z, c31 = z, c40 = z, c41 = z, c50 = z, c51 = z;
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        for (int k = 0; k < kc; k++) {
            FloatVector b0 = fromArray(S, b, bAt + k * COLUMNS), b1 = fromArray(S, b, bAt + k * COLUMNS + L);
            FloatVector x0 = broadcast(S, a[a0 + k]), x1 = broadcast(S, a[a1 + k]), x2 = broadcast(S, a[a2 + k]);
            c00 = x0.fma(b0, c00);
            c01 = x0.fma(b1, c01);
            c10 = x1.fma(b0, c10);
            c11 = x1.fma(b1, c11);
            c20 = x2.fma(b0, c20);
            c21 = x2.fma(b1, c21);
            FloatVector x3 = broadcast(S, a[a3 + k]), x4 = broadcast(S, a[a4 + k]), x5 = broadcast(S, a[a5 + k]);
            c30 = x3.fma(b0, c30);
            c31 = x3.fma(b1, c31);
            c40 = x4.fma(b0, c40);
            c41 = x4.fma(b1, c41);
            c50 = x5.fma(b0, c50);
            c51 = x5.fma(b1, c51);
        }
        int c1 = c0 + ldc, c2 = c1 + ldc, c3 = c2 + ldc, c4 = c3 + ldc, c5 = c4 + ldc;
        c00.add(fromArray(S, c, c0)).intoArray(c, c0);
        c01.add(fromArray(S, c, c0 + L)).intoArray(c, c0 + L);
        c10.add(fromArray(S, c, c1)).intoArray(c, c1);
        c11.add(fromArray(S, c, c1 + L)).intoArray(c, c1 + L);
        c20.add(fromArray(S, c, c2)).intoArray(c, c2);
        c21.add(fromArray(S, c, c2 + L)).intoArray(c, c2 + L);
        c30.add(fromArray(S, c, c3)).intoArray(c, c3);
        c31.add(fromArray(S, c, c3 + L)).intoArray(c, c3 + L);
        c40.add(fromArray(S, c, c4)).intoArray(c, c4);
        c41.add(fromArray(S, c, c4 + L)).intoArray(c, c4 + L);
        c50.add(fromArray(S, c, c5)).intoArray(c, c5);
        c51.add(fromArray(S, c, c5 + L)).intoArray(c, c5 + L);
    }

    /** n rounded up to whole panels. */
    public static int columns(int n) {
        return (n + COLUMNS - 1) / COLUMNS * COLUMNS;
    }

    /** m rounded up to whole tiles. */
    public static int rows(int m) {
        return (m + ROWS - 1) / ROWS * ROWS;
    }
}
