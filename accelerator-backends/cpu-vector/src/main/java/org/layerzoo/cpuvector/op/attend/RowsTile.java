package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * c = f + a b for {@link Lanes#PANEL} columns, one lane each, with a row-major. 6 rows by 4 vectors with 32 registers (512 bit), 6 by 2 with
 * 16; what 6 does not divide is done by 4 rows.
 *
 * <p>Ladder, one core with a ceiling of 170 GFLOP/s at 512 bit, depth 64: 6x2 132, 8x2 137, 12x2 147, 8x3 151, 6x4 171: loads of
 * single elements bound the narrow ones. The accumulators stay in one method, because handing them on boxes them.
 */
final class RowsTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private RowsTile() {}

    /** a [m, k], b [k, PANEL], f and c [m, PANEL], each with the distance of its rows; a and c hold {@link Lanes#padded} rows. f may be c, or {@link Lanes#ZERO} with distance 0. */
    static void multiply(
            float[] a,
            int aAt,
            int lda,
            int m,
            int k,
            float[] b,
            int bAt,
            int ldb,
            float[] f,
            int fAt,
            int ldf,
            float[] c,
            int cAt,
            int ldc) {
        int left = Lanes.padded(m);
        for (int i = 0; left > 0; ) {
            int step = Lanes.step(left);
            int ai = aAt + i * lda;
            int fi = fAt + i * ldf;
            int ci = cAt + i * ldc;
            if (!Lanes.WIDE) {
                narrow(a, ai, lda, k, b, bAt, ldb, f, fi, ldf, c, ci, ldc);
            } else if (step == 6) {
                six(a, ai, lda, k, b, bAt, ldb, f, fi, ldf, c, ci, ldc);
            } else {
                four(a, ai, lda, k, b, bAt, ldb, f, fi, ldf, c, ci, ldc);
            }
            i += step;
            left -= step;
        }
    }

    private static void six(
            float[] a,
            int a0,
            int lda,
            int k,
            float[] b,
            int b0,
            int ldb,
            float[] f,
            int f0,
            int ldf,
            float[] c,
            int c0,
            int ldc) {
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        int f1 = f0 + ldf, f2 = f1 + ldf, f3 = f2 + ldf, f4 = f3 + ldf, f5 = f4 + ldf;
        FloatVector c00 = fromArray(S, f, f0), c01 = fromArray(S, f, f0 + L);
        FloatVector c02 = fromArray(S, f, f0 + 2 * L), c03 = fromArray(S, f, f0 + 3 * L);
        FloatVector c10 = fromArray(S, f, f1), c11 = fromArray(S, f, f1 + L);
        FloatVector c12 = fromArray(S, f, f1 + 2 * L), c13 = fromArray(S, f, f1 + 3 * L);
        FloatVector c20 = fromArray(S, f, f2), c21 = fromArray(S, f, f2 + L);
        FloatVector c22 = fromArray(S, f, f2 + 2 * L), c23 = fromArray(S, f, f2 + 3 * L);
        FloatVector c30 = fromArray(S, f, f3), c31 = fromArray(S, f, f3 + L);
        FloatVector c32 = fromArray(S, f, f3 + 2 * L), c33 = fromArray(S, f, f3 + 3 * L);
        FloatVector c40 = fromArray(S, f, f4), c41 = fromArray(S, f, f4 + L);
        FloatVector c42 = fromArray(S, f, f4 + 2 * L), c43 = fromArray(S, f, f4 + 3 * L);
        FloatVector c50 = fromArray(S, f, f5), c51 = fromArray(S, f, f5 + L);
        FloatVector c52 = fromArray(S, f, f5 + 2 * L), c53 = fromArray(S, f, f5 + 3 * L);
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * ldb;
            FloatVector y0 = fromArray(S, b, bp), y1 = fromArray(S, b, bp + L);
            FloatVector y2 = fromArray(S, b, bp + 2 * L), y3 = fromArray(S, b, bp + 3 * L);
            FloatVector x0 = broadcast(S, a[a0 + p]);
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            c02 = x0.fma(y2, c02);
            c03 = x0.fma(y3, c03);
            FloatVector x1 = broadcast(S, a[a1 + p]);
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            c12 = x1.fma(y2, c12);
            c13 = x1.fma(y3, c13);
            FloatVector x2 = broadcast(S, a[a2 + p]);
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            c22 = x2.fma(y2, c22);
            c23 = x2.fma(y3, c23);
            FloatVector x3 = broadcast(S, a[a3 + p]);
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            c32 = x3.fma(y2, c32);
            c33 = x3.fma(y3, c33);
            FloatVector x4 = broadcast(S, a[a4 + p]);
            c40 = x4.fma(y0, c40);
            c41 = x4.fma(y1, c41);
            c42 = x4.fma(y2, c42);
            c43 = x4.fma(y3, c43);
            FloatVector x5 = broadcast(S, a[a5 + p]);
            c50 = x5.fma(y0, c50);
            c51 = x5.fma(y1, c51);
            c52 = x5.fma(y2, c52);
            c53 = x5.fma(y3, c53);
        }
        c00.intoArray(c, c0);
        c01.intoArray(c, c0 + L);
        c02.intoArray(c, c0 + 2 * L);
        c03.intoArray(c, c0 + 3 * L);
        c10.intoArray(c, c0 + ldc);
        c11.intoArray(c, c0 + ldc + L);
        c12.intoArray(c, c0 + ldc + 2 * L);
        c13.intoArray(c, c0 + ldc + 3 * L);
        c20.intoArray(c, c0 + 2 * ldc);
        c21.intoArray(c, c0 + 2 * ldc + L);
        c22.intoArray(c, c0 + 2 * ldc + 2 * L);
        c23.intoArray(c, c0 + 2 * ldc + 3 * L);
        c30.intoArray(c, c0 + 3 * ldc);
        c31.intoArray(c, c0 + 3 * ldc + L);
        c32.intoArray(c, c0 + 3 * ldc + 2 * L);
        c33.intoArray(c, c0 + 3 * ldc + 3 * L);
        c40.intoArray(c, c0 + 4 * ldc);
        c41.intoArray(c, c0 + 4 * ldc + L);
        c42.intoArray(c, c0 + 4 * ldc + 2 * L);
        c43.intoArray(c, c0 + 4 * ldc + 3 * L);
        c50.intoArray(c, c0 + 5 * ldc);
        c51.intoArray(c, c0 + 5 * ldc + L);
        c52.intoArray(c, c0 + 5 * ldc + 2 * L);
        c53.intoArray(c, c0 + 5 * ldc + 3 * L);
    }

    private static void four(
            float[] a,
            int a0,
            int lda,
            int k,
            float[] b,
            int b0,
            int ldb,
            float[] f,
            int f0,
            int ldf,
            float[] c,
            int c0,
            int ldc) {
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
        int f1 = f0 + ldf, f2 = f1 + ldf, f3 = f2 + ldf;
        FloatVector c00 = fromArray(S, f, f0), c01 = fromArray(S, f, f0 + L);
        FloatVector c02 = fromArray(S, f, f0 + 2 * L), c03 = fromArray(S, f, f0 + 3 * L);
        FloatVector c10 = fromArray(S, f, f1), c11 = fromArray(S, f, f1 + L);
        FloatVector c12 = fromArray(S, f, f1 + 2 * L), c13 = fromArray(S, f, f1 + 3 * L);
        FloatVector c20 = fromArray(S, f, f2), c21 = fromArray(S, f, f2 + L);
        FloatVector c22 = fromArray(S, f, f2 + 2 * L), c23 = fromArray(S, f, f2 + 3 * L);
        FloatVector c30 = fromArray(S, f, f3), c31 = fromArray(S, f, f3 + L);
        FloatVector c32 = fromArray(S, f, f3 + 2 * L), c33 = fromArray(S, f, f3 + 3 * L);
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * ldb;
            FloatVector y0 = fromArray(S, b, bp), y1 = fromArray(S, b, bp + L);
            FloatVector y2 = fromArray(S, b, bp + 2 * L), y3 = fromArray(S, b, bp + 3 * L);
            FloatVector x0 = broadcast(S, a[a0 + p]);
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            c02 = x0.fma(y2, c02);
            c03 = x0.fma(y3, c03);
            FloatVector x1 = broadcast(S, a[a1 + p]);
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            c12 = x1.fma(y2, c12);
            c13 = x1.fma(y3, c13);
            FloatVector x2 = broadcast(S, a[a2 + p]);
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            c22 = x2.fma(y2, c22);
            c23 = x2.fma(y3, c23);
            FloatVector x3 = broadcast(S, a[a3 + p]);
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            c32 = x3.fma(y2, c32);
            c33 = x3.fma(y3, c33);
        }
        c00.intoArray(c, c0);
        c01.intoArray(c, c0 + L);
        c02.intoArray(c, c0 + 2 * L);
        c03.intoArray(c, c0 + 3 * L);
        c10.intoArray(c, c0 + ldc);
        c11.intoArray(c, c0 + ldc + L);
        c12.intoArray(c, c0 + ldc + 2 * L);
        c13.intoArray(c, c0 + ldc + 3 * L);
        c20.intoArray(c, c0 + 2 * ldc);
        c21.intoArray(c, c0 + 2 * ldc + L);
        c22.intoArray(c, c0 + 2 * ldc + 2 * L);
        c23.intoArray(c, c0 + 2 * ldc + 3 * L);
        c30.intoArray(c, c0 + 3 * ldc);
        c31.intoArray(c, c0 + 3 * ldc + L);
        c32.intoArray(c, c0 + 3 * ldc + 2 * L);
        c33.intoArray(c, c0 + 3 * ldc + 3 * L);
    }

    private static void narrow(
            float[] a,
            int a0,
            int lda,
            int k,
            float[] b,
            int b0,
            int ldb,
            float[] f,
            int f0,
            int ldf,
            float[] c,
            int c0,
            int ldc) {
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        int f1 = f0 + ldf, f2 = f1 + ldf, f3 = f2 + ldf, f4 = f3 + ldf, f5 = f4 + ldf;
        FloatVector c00 = fromArray(S, f, f0), c01 = fromArray(S, f, f0 + L);
        FloatVector c10 = fromArray(S, f, f1), c11 = fromArray(S, f, f1 + L);
        FloatVector c20 = fromArray(S, f, f2), c21 = fromArray(S, f, f2 + L);
        FloatVector c30 = fromArray(S, f, f3), c31 = fromArray(S, f, f3 + L);
        FloatVector c40 = fromArray(S, f, f4), c41 = fromArray(S, f, f4 + L);
        FloatVector c50 = fromArray(S, f, f5), c51 = fromArray(S, f, f5 + L);
        for (int p = 0; p < k; p++) {
            FloatVector y0 = fromArray(S, b, b0 + p * ldb), y1 = fromArray(S, b, b0 + p * ldb + L);
            FloatVector x0 = broadcast(S, a[a0 + p]);
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            FloatVector x1 = broadcast(S, a[a1 + p]);
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            FloatVector x2 = broadcast(S, a[a2 + p]);
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            FloatVector x3 = broadcast(S, a[a3 + p]);
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            FloatVector x4 = broadcast(S, a[a4 + p]);
            c40 = x4.fma(y0, c40);
            c41 = x4.fma(y1, c41);
            FloatVector x5 = broadcast(S, a[a5 + p]);
            c50 = x5.fma(y0, c50);
            c51 = x5.fma(y1, c51);
        }
        c00.intoArray(c, c0);
        c01.intoArray(c, c0 + L);
        c10.intoArray(c, c0 + ldc);
        c11.intoArray(c, c0 + ldc + L);
        c20.intoArray(c, c0 + 2 * ldc);
        c21.intoArray(c, c0 + 2 * ldc + L);
        c30.intoArray(c, c0 + 3 * ldc);
        c31.intoArray(c, c0 + 3 * ldc + L);
        c40.intoArray(c, c0 + 4 * ldc);
        c41.intoArray(c, c0 + 4 * ldc + L);
        c50.intoArray(c, c0 + 5 * ldc);
        c51.intoArray(c, c0 + 5 * ldc + L);
    }
}
