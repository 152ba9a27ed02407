package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** As {@link RowsTile}, with a stored as [k, m]: single elements of a row of a lie next to each other, so that values need no packing. */
final class ColumnsTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private ColumnsTile() {}

    /** a [k, m], whose last row may be read up to {@link Lanes#padded} elements; all else as in {@link RowsTile}. */
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
            int ai = aAt + i;
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
            int ap = a0 + p * lda;
            FloatVector y0 = fromArray(S, b, bp), y1 = fromArray(S, b, bp + L);
            FloatVector y2 = fromArray(S, b, bp + 2 * L), y3 = fromArray(S, b, bp + 3 * L);
            FloatVector x0 = broadcast(S, a[ap]);
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            c02 = x0.fma(y2, c02);
            c03 = x0.fma(y3, c03);
            FloatVector x1 = broadcast(S, a[ap + 1]);
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            c12 = x1.fma(y2, c12);
            c13 = x1.fma(y3, c13);
            FloatVector x2 = broadcast(S, a[ap + 2]);
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            c22 = x2.fma(y2, c22);
            c23 = x2.fma(y3, c23);
            FloatVector x3 = broadcast(S, a[ap + 3]);
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            c32 = x3.fma(y2, c32);
            c33 = x3.fma(y3, c33);
            FloatVector x4 = broadcast(S, a[ap + 4]);
            c40 = x4.fma(y0, c40);
            c41 = x4.fma(y1, c41);
            c42 = x4.fma(y2, c42);
            c43 = x4.fma(y3, c43);
            FloatVector x5 = broadcast(S, a[ap + 5]);
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
            int ap = a0 + p * lda;
            FloatVector y0 = fromArray(S, b, bp), y1 = fromArray(S, b, bp + L);
            FloatVector y2 = fromArray(S, b, bp + 2 * L), y3 = fromArray(S, b, bp + 3 * L);
            FloatVector x0 = broadcast(S, a[ap]);
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            c02 = x0.fma(y2, c02);
            c03 = x0.fma(y3, c03);
            FloatVector x1 = broadcast(S, a[ap + 1]);
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            c12 = x1.fma(y2, c12);
            c13 = x1.fma(y3, c13);
            FloatVector x2 = broadcast(S, a[ap + 2]);
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            c22 = x2.fma(y2, c22);
            c23 = x2.fma(y3, c23);
            FloatVector x3 = broadcast(S, a[ap + 3]);
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
        int f1 = f0 + ldf, f2 = f1 + ldf, f3 = f2 + ldf, f4 = f3 + ldf, f5 = f4 + ldf;
        FloatVector c00 = fromArray(S, f, f0), c01 = fromArray(S, f, f0 + L);
        FloatVector c10 = fromArray(S, f, f1), c11 = fromArray(S, f, f1 + L);
        FloatVector c20 = fromArray(S, f, f2), c21 = fromArray(S, f, f2 + L);
        FloatVector c30 = fromArray(S, f, f3), c31 = fromArray(S, f, f3 + L);
        FloatVector c40 = fromArray(S, f, f4), c41 = fromArray(S, f, f4 + L);
        FloatVector c50 = fromArray(S, f, f5), c51 = fromArray(S, f, f5 + L);
        for (int p = 0; p < k; p++) {
            FloatVector y0 = fromArray(S, b, b0 + p * ldb), y1 = fromArray(S, b, b0 + p * ldb + L);
            int ap = a0 + p * lda;
            FloatVector x0 = broadcast(S, a[ap]);
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            FloatVector x1 = broadcast(S, a[ap + 1]);
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            FloatVector x2 = broadcast(S, a[ap + 2]);
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            FloatVector x3 = broadcast(S, a[ap + 3]);
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            FloatVector x4 = broadcast(S, a[ap + 4]);
            c40 = x4.fma(y0, c40);
            c41 = x4.fma(y1, c41);
            FloatVector x5 = broadcast(S, a[ap + 5]);
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
