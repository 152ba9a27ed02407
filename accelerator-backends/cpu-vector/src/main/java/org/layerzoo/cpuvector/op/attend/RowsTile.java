package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * c = a b for {@link Lanes#PANEL} columns, one lane each, with a row-major. 6 rows by 4 vectors with 32 registers (512 bit), 6 by 2 with
 * 16; what 6 does not divide is done by 4 rows.
 *
 * <p>Ladder, one core with a ceiling of 175 GFLOP/s at 512 bit, depth 64: 6x2 132, 8x2 137, 12x2 147, 8x3 150, 6x4 155: loads of
 * single elements bound the narrow ones. Accumulators that begin with c instead of zero: 139. Distances that are no constants keep bounds
 * checks in the loop: 130. The accumulators stay in one method, because handing them on boxes them: 5.
 */
final class RowsTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int PANEL = Lanes.PANEL;

    private RowsTile() {}

    /** a [m, k] with rows lda apart, b [k, PANEL], c [m, PANEL]; a and c hold {@link Lanes#padded} rows. Only the first {@code lanes} columns are wanted. */
    static void multiply(float[] a, int aAt, int lda, int m, int k, float[] b, int bAt, float[] c, int cAt, int lanes) {
        int left = Lanes.padded(m);
        for (int i = 0; left > 0; ) {
            int step = Lanes.step(left);
            int ai = aAt + i * lda;
            int ci = cAt + i * PANEL;
            if (step == 4) {
                four(a, ai, lda, k, b, bAt, c, ci);
            } else if (lanes <= 2 * L) {
                narrow(a, ai, lda, k, b, bAt, c, ci);
            } else {
                six(a, ai, lda, k, b, bAt, c, ci);
            }
            i += step;
            left -= step;
        }
    }

    private static void six(float[] a, int a0, int lda, int k, float[] b, int b0, float[] c, int c0) {
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        FloatVector z = FloatVector.zero(S);
        FloatVector c00 = z, c01 = z, c02 = z, c03 = z;
        FloatVector c10 = z, c11 = z, c12 = z, c13 = z;
        FloatVector c20 = z, c21 = z, c22 = z, c23 = z;
        FloatVector c30 = z, c31 = z, c32 = z, c33 = z;
        FloatVector c40 = z, c41 = z, c42 = z, c43 = z;
        FloatVector c50 = z, c51 = z, c52 = z, c53 = z;
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * PANEL;
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
        c10.intoArray(c, c0 + PANEL);
        c11.intoArray(c, c0 + PANEL + L);
        c12.intoArray(c, c0 + PANEL + 2 * L);
        c13.intoArray(c, c0 + PANEL + 3 * L);
        c20.intoArray(c, c0 + 2 * PANEL);
        c21.intoArray(c, c0 + 2 * PANEL + L);
        c22.intoArray(c, c0 + 2 * PANEL + 2 * L);
        c23.intoArray(c, c0 + 2 * PANEL + 3 * L);
        c30.intoArray(c, c0 + 3 * PANEL);
        c31.intoArray(c, c0 + 3 * PANEL + L);
        c32.intoArray(c, c0 + 3 * PANEL + 2 * L);
        c33.intoArray(c, c0 + 3 * PANEL + 3 * L);
        c40.intoArray(c, c0 + 4 * PANEL);
        c41.intoArray(c, c0 + 4 * PANEL + L);
        c42.intoArray(c, c0 + 4 * PANEL + 2 * L);
        c43.intoArray(c, c0 + 4 * PANEL + 3 * L);
        c50.intoArray(c, c0 + 5 * PANEL);
        c51.intoArray(c, c0 + 5 * PANEL + L);
        c52.intoArray(c, c0 + 5 * PANEL + 2 * L);
        c53.intoArray(c, c0 + 5 * PANEL + 3 * L);
    }

    private static void four(float[] a, int a0, int lda, int k, float[] b, int b0, float[] c, int c0) {
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda;
        FloatVector z = FloatVector.zero(S);
        FloatVector c00 = z, c01 = z, c02 = z, c03 = z;
        FloatVector c10 = z, c11 = z, c12 = z, c13 = z;
        FloatVector c20 = z, c21 = z, c22 = z, c23 = z;
        FloatVector c30 = z, c31 = z, c32 = z, c33 = z;
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * PANEL;
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
        c10.intoArray(c, c0 + PANEL);
        c11.intoArray(c, c0 + PANEL + L);
        c12.intoArray(c, c0 + PANEL + 2 * L);
        c13.intoArray(c, c0 + PANEL + 3 * L);
        c20.intoArray(c, c0 + 2 * PANEL);
        c21.intoArray(c, c0 + 2 * PANEL + L);
        c22.intoArray(c, c0 + 2 * PANEL + 2 * L);
        c23.intoArray(c, c0 + 2 * PANEL + 3 * L);
        c30.intoArray(c, c0 + 3 * PANEL);
        c31.intoArray(c, c0 + 3 * PANEL + L);
        c32.intoArray(c, c0 + 3 * PANEL + 2 * L);
        c33.intoArray(c, c0 + 3 * PANEL + 3 * L);
    }

    private static void narrow(float[] a, int a0, int lda, int k, float[] b, int b0, float[] c, int c0) {
        int a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
        FloatVector z = FloatVector.zero(S);
        FloatVector c00 = z, c01 = z;
        FloatVector c10 = z, c11 = z;
        FloatVector c20 = z, c21 = z;
        FloatVector c30 = z, c31 = z;
        FloatVector c40 = z, c41 = z;
        FloatVector c50 = z, c51 = z;
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * PANEL;
            FloatVector y0 = fromArray(S, b, bp), y1 = fromArray(S, b, bp + L);
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
        c10.intoArray(c, c0 + PANEL);
        c11.intoArray(c, c0 + PANEL + L);
        c20.intoArray(c, c0 + 2 * PANEL);
        c21.intoArray(c, c0 + 2 * PANEL + L);
        c30.intoArray(c, c0 + 3 * PANEL);
        c31.intoArray(c, c0 + 3 * PANEL + L);
        c40.intoArray(c, c0 + 4 * PANEL);
        c41.intoArray(c, c0 + 4 * PANEL + L);
        c50.intoArray(c, c0 + 5 * PANEL);
        c51.intoArray(c, c0 + 5 * PANEL + L);
    }
}
