package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * c += a b as {@link RowsTile}, with a stored as [k, {@link Lanes#STRIP}]: single elements of a row of a lie next to each other, so that
 * values need no transposing.
 */
final class ColumnsTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int PANEL = Lanes.PANEL;
    private static final int STRIP = Lanes.STRIP;

    private ColumnsTile() {}

    /** a [k, STRIP] of which m columns count, b [k, PANEL], c [m, PANEL]; c holds {@link Lanes#padded} rows. Only the first {@code lanes} columns are wanted. */
    static void multiply(float[] a, int aAt, int m, int k, float[] b, int bAt, float[] c, int cAt, int lanes) {
        int left = Lanes.padded(m);
        for (int i = 0; left > 0; ) {
            int step = Lanes.step(left);
            int ai = aAt + i;
            int ci = cAt + i * PANEL;
            if (step == 4) {
                four(a, ai, k, b, bAt, c, ci);
            } else if (lanes <= 2 * L) {
                narrow(a, ai, k, b, bAt, c, ci);
            } else {
                six(a, ai, k, b, bAt, c, ci);
            }
            i += step;
            left -= step;
        }
    }

    private static void six(float[] a, int a0, int k, float[] b, int b0, float[] c, int c0) {
        FloatVector z = FloatVector.zero(S);
        FloatVector c00 = z, c01 = z, c02 = z, c03 = z;
        FloatVector c10 = z, c11 = z, c12 = z, c13 = z;
        FloatVector c20 = z, c21 = z, c22 = z, c23 = z;
        FloatVector c30 = z, c31 = z, c32 = z, c33 = z;
        FloatVector c40 = z, c41 = z, c42 = z, c43 = z;
        FloatVector c50 = z, c51 = z, c52 = z, c53 = z;
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * PANEL;
            int ap = a0 + p * STRIP;
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
        c00.add(fromArray(S, c, c0)).intoArray(c, c0);
        c01.add(fromArray(S, c, c0 + L)).intoArray(c, c0 + L);
        c02.add(fromArray(S, c, c0 + 2 * L)).intoArray(c, c0 + 2 * L);
        c03.add(fromArray(S, c, c0 + 3 * L)).intoArray(c, c0 + 3 * L);
        c10.add(fromArray(S, c, c0 + PANEL)).intoArray(c, c0 + PANEL);
        c11.add(fromArray(S, c, c0 + PANEL + L)).intoArray(c, c0 + PANEL + L);
        c12.add(fromArray(S, c, c0 + PANEL + 2 * L)).intoArray(c, c0 + PANEL + 2 * L);
        c13.add(fromArray(S, c, c0 + PANEL + 3 * L)).intoArray(c, c0 + PANEL + 3 * L);
        c20.add(fromArray(S, c, c0 + 2 * PANEL)).intoArray(c, c0 + 2 * PANEL);
        c21.add(fromArray(S, c, c0 + 2 * PANEL + L)).intoArray(c, c0 + 2 * PANEL + L);
        c22.add(fromArray(S, c, c0 + 2 * PANEL + 2 * L)).intoArray(c, c0 + 2 * PANEL + 2 * L);
        c23.add(fromArray(S, c, c0 + 2 * PANEL + 3 * L)).intoArray(c, c0 + 2 * PANEL + 3 * L);
        c30.add(fromArray(S, c, c0 + 3 * PANEL)).intoArray(c, c0 + 3 * PANEL);
        c31.add(fromArray(S, c, c0 + 3 * PANEL + L)).intoArray(c, c0 + 3 * PANEL + L);
        c32.add(fromArray(S, c, c0 + 3 * PANEL + 2 * L)).intoArray(c, c0 + 3 * PANEL + 2 * L);
        c33.add(fromArray(S, c, c0 + 3 * PANEL + 3 * L)).intoArray(c, c0 + 3 * PANEL + 3 * L);
        c40.add(fromArray(S, c, c0 + 4 * PANEL)).intoArray(c, c0 + 4 * PANEL);
        c41.add(fromArray(S, c, c0 + 4 * PANEL + L)).intoArray(c, c0 + 4 * PANEL + L);
        c42.add(fromArray(S, c, c0 + 4 * PANEL + 2 * L)).intoArray(c, c0 + 4 * PANEL + 2 * L);
        c43.add(fromArray(S, c, c0 + 4 * PANEL + 3 * L)).intoArray(c, c0 + 4 * PANEL + 3 * L);
        c50.add(fromArray(S, c, c0 + 5 * PANEL)).intoArray(c, c0 + 5 * PANEL);
        c51.add(fromArray(S, c, c0 + 5 * PANEL + L)).intoArray(c, c0 + 5 * PANEL + L);
        c52.add(fromArray(S, c, c0 + 5 * PANEL + 2 * L)).intoArray(c, c0 + 5 * PANEL + 2 * L);
        c53.add(fromArray(S, c, c0 + 5 * PANEL + 3 * L)).intoArray(c, c0 + 5 * PANEL + 3 * L);
    }

    private static void four(float[] a, int a0, int k, float[] b, int b0, float[] c, int c0) {
        FloatVector z = FloatVector.zero(S);
        FloatVector c00 = z, c01 = z, c02 = z, c03 = z;
        FloatVector c10 = z, c11 = z, c12 = z, c13 = z;
        FloatVector c20 = z, c21 = z, c22 = z, c23 = z;
        FloatVector c30 = z, c31 = z, c32 = z, c33 = z;
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * PANEL;
            int ap = a0 + p * STRIP;
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
        c00.add(fromArray(S, c, c0)).intoArray(c, c0);
        c01.add(fromArray(S, c, c0 + L)).intoArray(c, c0 + L);
        c02.add(fromArray(S, c, c0 + 2 * L)).intoArray(c, c0 + 2 * L);
        c03.add(fromArray(S, c, c0 + 3 * L)).intoArray(c, c0 + 3 * L);
        c10.add(fromArray(S, c, c0 + PANEL)).intoArray(c, c0 + PANEL);
        c11.add(fromArray(S, c, c0 + PANEL + L)).intoArray(c, c0 + PANEL + L);
        c12.add(fromArray(S, c, c0 + PANEL + 2 * L)).intoArray(c, c0 + PANEL + 2 * L);
        c13.add(fromArray(S, c, c0 + PANEL + 3 * L)).intoArray(c, c0 + PANEL + 3 * L);
        c20.add(fromArray(S, c, c0 + 2 * PANEL)).intoArray(c, c0 + 2 * PANEL);
        c21.add(fromArray(S, c, c0 + 2 * PANEL + L)).intoArray(c, c0 + 2 * PANEL + L);
        c22.add(fromArray(S, c, c0 + 2 * PANEL + 2 * L)).intoArray(c, c0 + 2 * PANEL + 2 * L);
        c23.add(fromArray(S, c, c0 + 2 * PANEL + 3 * L)).intoArray(c, c0 + 2 * PANEL + 3 * L);
        c30.add(fromArray(S, c, c0 + 3 * PANEL)).intoArray(c, c0 + 3 * PANEL);
        c31.add(fromArray(S, c, c0 + 3 * PANEL + L)).intoArray(c, c0 + 3 * PANEL + L);
        c32.add(fromArray(S, c, c0 + 3 * PANEL + 2 * L)).intoArray(c, c0 + 3 * PANEL + 2 * L);
        c33.add(fromArray(S, c, c0 + 3 * PANEL + 3 * L)).intoArray(c, c0 + 3 * PANEL + 3 * L);
    }

    private static void narrow(float[] a, int a0, int k, float[] b, int b0, float[] c, int c0) {
        FloatVector z = FloatVector.zero(S);
        FloatVector c00 = z, c01 = z;
        FloatVector c10 = z, c11 = z;
        FloatVector c20 = z, c21 = z;
        FloatVector c30 = z, c31 = z;
        FloatVector c40 = z, c41 = z;
        FloatVector c50 = z, c51 = z;
        for (int p = 0; p < k; p++) {
            int bp = b0 + p * PANEL;
            int ap = a0 + p * STRIP;
            FloatVector y0 = fromArray(S, b, bp), y1 = fromArray(S, b, bp + L);
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
        c00.add(fromArray(S, c, c0)).intoArray(c, c0);
        c01.add(fromArray(S, c, c0 + L)).intoArray(c, c0 + L);
        c10.add(fromArray(S, c, c0 + PANEL)).intoArray(c, c0 + PANEL);
        c11.add(fromArray(S, c, c0 + PANEL + L)).intoArray(c, c0 + PANEL + L);
        c20.add(fromArray(S, c, c0 + 2 * PANEL)).intoArray(c, c0 + 2 * PANEL);
        c21.add(fromArray(S, c, c0 + 2 * PANEL + L)).intoArray(c, c0 + 2 * PANEL + L);
        c30.add(fromArray(S, c, c0 + 3 * PANEL)).intoArray(c, c0 + 3 * PANEL);
        c31.add(fromArray(S, c, c0 + 3 * PANEL + L)).intoArray(c, c0 + 3 * PANEL + L);
        c40.add(fromArray(S, c, c0 + 4 * PANEL)).intoArray(c, c0 + 4 * PANEL);
        c41.add(fromArray(S, c, c0 + 4 * PANEL + L)).intoArray(c, c0 + 4 * PANEL + L);
        c50.add(fromArray(S, c, c0 + 5 * PANEL)).intoArray(c, c0 + 5 * PANEL);
        c51.add(fromArray(S, c, c0 + 5 * PANEL + L)).intoArray(c, c0 + 5 * PANEL + L);
    }
}
