package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * The arithmetic of {@link LineFft}: one pass of Stockham's form over all lines, from x to y, real and imaginary parts apart. Group p of m takes
 * its inputs m count apart, and leaves results count apart.
 */
final class Butterflies {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Sine of a third of a circle, cosines and sines of one and two fifths. */
    private static final float SIN3 = 0.8660254f;

    private static final float COS5 = 0.30901699f;
    private static final float SIN5 = 0.95105652f;
    private static final float COS52 = -0.80901699f;
    private static final float SIN52 = 0.58778525f;

    private Butterflies() {}

    /** Radix 2 with twiddles at multiples of {@code turn}. */
    static void two(float[] a, int xr, int xi, int yr, int yi, int m, int count, float[] cos, float[] sin, int turn) {
        int step = m * count;
        for (int p = 0; p < m; p++) {
            float c1 = cos[p * turn], s1 = sin[p * turn];
            for (int q = 0; q < count; q += L) {
                int b = p * count + q, o = p * 2 * count + q;
                FloatVector r0 = fromArray(S, a, xr + b), i0 = fromArray(S, a, xi + b);
                FloatVector r1 = fromArray(S, a, xr + b + step), i1 = fromArray(S, a, xi + b + step);
                r0.add(r1).intoArray(a, yr + o);
                i0.add(i1).intoArray(a, yi + o);
                FloatVector ur = r0.sub(r1), ui = i0.sub(i1);
                ui.fma(broadcast(S, -s1), ur.mul(c1)).intoArray(a, yr + o + 1 * count);
                ui.fma(broadcast(S, c1), ur.mul(s1)).intoArray(a, yi + o + 1 * count);
            }
        }
    }

    /** Radix 3 likewise. */
    static void three(float[] a, int xr, int xi, int yr, int yi, int m, int count, float[] cos, float[] sin, int turn) {
        int step = m * count;
        for (int p = 0; p < m; p++) {
            float c1 = cos[p * turn], s1 = sin[p * turn];
            float c2 = cos[2 * p * turn], s2 = sin[2 * p * turn];
            for (int q = 0; q < count; q += L) {
                int b = p * count + q, o = p * 3 * count + q;
                FloatVector r0 = fromArray(S, a, xr + b + 0 * step), i0 = fromArray(S, a, xi + b + 0 * step);
                FloatVector r1 = fromArray(S, a, xr + b + 1 * step), i1 = fromArray(S, a, xi + b + 1 * step);
                FloatVector r2 = fromArray(S, a, xr + b + 2 * step), i2 = fromArray(S, a, xi + b + 2 * step);
                FloatVector sr = r1.add(r2),
                        si = i1.add(i2),
                        dr = r1.sub(r2).mul(SIN3),
                        di = i1.sub(i2).mul(SIN3);
                FloatVector mr = sr.mul(-0.5f).add(r0), mi = si.mul(-0.5f).add(i0);
                FloatVector ur = r0.add(sr), ui = i0.add(si);
                ur.intoArray(a, yr + o);
                ui.intoArray(a, yi + o);
                ur = mr.add(di);
                ui = mi.sub(dr);
                ui.fma(broadcast(S, -s1), ur.mul(c1)).intoArray(a, yr + o + 1 * count);
                ui.fma(broadcast(S, c1), ur.mul(s1)).intoArray(a, yi + o + 1 * count);
                ur = mr.sub(di);
                ui = mi.add(dr);
                ui.fma(broadcast(S, -s2), ur.mul(c2)).intoArray(a, yr + o + 2 * count);
                ui.fma(broadcast(S, c2), ur.mul(s2)).intoArray(a, yi + o + 2 * count);
            }
        }
    }

    /** Radix 4 likewise. */
    static void four(float[] a, int xr, int xi, int yr, int yi, int m, int count, float[] cos, float[] sin, int turn) {
        int step = m * count;
        for (int p = 0; p < m; p++) {
            float c1 = cos[p * turn], s1 = sin[p * turn];
            float c2 = cos[2 * p * turn], s2 = sin[2 * p * turn];
            float c3 = cos[3 * p * turn], s3 = sin[3 * p * turn];
            for (int q = 0; q < count; q += L) {
                int b = p * count + q, o = p * 4 * count + q;
                FloatVector r0 = fromArray(S, a, xr + b + 0 * step), i0 = fromArray(S, a, xi + b + 0 * step);
                FloatVector r2 = fromArray(S, a, xr + b + 2 * step), i2 = fromArray(S, a, xi + b + 2 * step);
                FloatVector r1 = fromArray(S, a, xr + b + 1 * step), i1 = fromArray(S, a, xi + b + 1 * step);
                FloatVector r3 = fromArray(S, a, xr + b + 3 * step), i3 = fromArray(S, a, xi + b + 3 * step);
                FloatVector sr = r0.add(r2), si = i0.add(i2), dr = r0.sub(r2), di = i0.sub(i2);
                FloatVector tr = r1.add(r3), ti = i1.add(i3), er = r1.sub(r3), ei = i1.sub(i3);
                FloatVector ur = sr.add(tr), ui = si.add(ti);
                ur.intoArray(a, yr + o);
                ui.intoArray(a, yi + o);
                ur = dr.add(ei);
                ui = di.sub(er);
                ui.fma(broadcast(S, -s1), ur.mul(c1)).intoArray(a, yr + o + 1 * count);
                ui.fma(broadcast(S, c1), ur.mul(s1)).intoArray(a, yi + o + 1 * count);
                ur = sr.sub(tr);
                ui = si.sub(ti);
                ui.fma(broadcast(S, -s2), ur.mul(c2)).intoArray(a, yr + o + 2 * count);
                ui.fma(broadcast(S, c2), ur.mul(s2)).intoArray(a, yi + o + 2 * count);
                ur = dr.sub(ei);
                ui = di.add(er);
                ui.fma(broadcast(S, -s3), ur.mul(c3)).intoArray(a, yr + o + 3 * count);
                ui.fma(broadcast(S, c3), ur.mul(s3)).intoArray(a, yi + o + 3 * count);
            }
        }
    }

    /** Radix 5 likewise. */
    static void five(float[] a, int xr, int xi, int yr, int yi, int m, int count, float[] cos, float[] sin, int turn) {
        int step = m * count;
        for (int p = 0; p < m; p++) {
            float c1 = cos[p * turn], s1 = sin[p * turn];
            float c2 = cos[2 * p * turn], s2 = sin[2 * p * turn];
            float c3 = cos[3 * p * turn], s3 = sin[3 * p * turn];
            float c4 = cos[4 * p * turn], s4 = sin[4 * p * turn];
            for (int q = 0; q < count; q += L) {
                int b = p * count + q, o = p * 5 * count + q;
                FloatVector r0 = fromArray(S, a, xr + b + 0 * step), i0 = fromArray(S, a, xi + b + 0 * step);
                FloatVector r1 = fromArray(S, a, xr + b + 1 * step), i1 = fromArray(S, a, xi + b + 1 * step);
                FloatVector r2 = fromArray(S, a, xr + b + 2 * step), i2 = fromArray(S, a, xi + b + 2 * step);
                FloatVector r3 = fromArray(S, a, xr + b + 3 * step), i3 = fromArray(S, a, xi + b + 3 * step);
                FloatVector r4 = fromArray(S, a, xr + b + 4 * step), i4 = fromArray(S, a, xi + b + 4 * step);
                FloatVector ar = r1.add(r4), ai = i1.add(i4), br = r2.add(r3), bi = i2.add(i3);
                FloatVector dr = r1.sub(r4), di = i1.sub(i4), er = r2.sub(r3), ei = i2.sub(i3);
                FloatVector ur = r0.add(ar).add(br), ui = i0.add(ai).add(bi);
                ur.intoArray(a, yr + o);
                ui.intoArray(a, yi + o);
                FloatVector mr = r0.add(ar.mul(COS5)).add(br.mul(COS52)),
                        mi = i0.add(ai.mul(COS5)).add(bi.mul(COS52));
                FloatVector nr = dr.mul(SIN5).add(er.mul(SIN52)),
                        ni = di.mul(SIN5).add(ei.mul(SIN52));
                FloatVector gr = r0.add(ar.mul(COS52)).add(br.mul(COS5)),
                        gi = i0.add(ai.mul(COS52)).add(bi.mul(COS5));
                FloatVector hr = dr.mul(SIN52).sub(er.mul(SIN5)),
                        hi = di.mul(SIN52).sub(ei.mul(SIN5));
                ur = mr.add(ni);
                ui = mi.sub(nr);
                ui.fma(broadcast(S, -s1), ur.mul(c1)).intoArray(a, yr + o + 1 * count);
                ui.fma(broadcast(S, c1), ur.mul(s1)).intoArray(a, yi + o + 1 * count);
                ur = gr.add(hi);
                ui = gi.sub(hr);
                ui.fma(broadcast(S, -s2), ur.mul(c2)).intoArray(a, yr + o + 2 * count);
                ui.fma(broadcast(S, c2), ur.mul(s2)).intoArray(a, yi + o + 2 * count);
                ur = gr.sub(hi);
                ui = gi.add(hr);
                ui.fma(broadcast(S, -s3), ur.mul(c3)).intoArray(a, yr + o + 3 * count);
                ui.fma(broadcast(S, c3), ur.mul(s3)).intoArray(a, yi + o + 3 * count);
                ur = mr.sub(ni);
                ui = mi.add(nr);
                ui.fma(broadcast(S, -s4), ur.mul(c4)).intoArray(a, yr + o + 4 * count);
                ui.fma(broadcast(S, c4), ur.mul(s4)).intoArray(a, yi + o + 4 * count);
            }
        }
    }

    /** The last pass, which has no twiddles. */
    static void lastFour(float[] a, int xr, int xi, int yr, int yi, int count) {
        int step = count;
        for (int q = 0; q < count; q += L) {
            int b = q, o = q;
            FloatVector r0 = fromArray(S, a, xr + b + 0 * step), i0 = fromArray(S, a, xi + b + 0 * step);
            FloatVector r2 = fromArray(S, a, xr + b + 2 * step), i2 = fromArray(S, a, xi + b + 2 * step);
            FloatVector r1 = fromArray(S, a, xr + b + 1 * step), i1 = fromArray(S, a, xi + b + 1 * step);
            FloatVector r3 = fromArray(S, a, xr + b + 3 * step), i3 = fromArray(S, a, xi + b + 3 * step);
            FloatVector sr = r0.add(r2), si = i0.add(i2), dr = r0.sub(r2), di = i0.sub(i2);
            FloatVector tr = r1.add(r3), ti = i1.add(i3), er = r1.sub(r3), ei = i1.sub(i3);
            FloatVector ur = sr.add(tr), ui = si.add(ti);
            ur.intoArray(a, yr + o);
            ui.intoArray(a, yi + o);
            ur = dr.add(ei);
            ui = di.sub(er);
            ur.intoArray(a, yr + o + 1 * count);
            ui.intoArray(a, yi + o + 1 * count);
            ur = sr.sub(tr);
            ui = si.sub(ti);
            ur.intoArray(a, yr + o + 2 * count);
            ui.intoArray(a, yi + o + 2 * count);
            ur = dr.sub(ei);
            ui = di.add(er);
            ur.intoArray(a, yr + o + 3 * count);
            ui.intoArray(a, yi + o + 3 * count);
        }
    }

    /** The last pass with every result multiplied by a table's entry. */
    static void turnedFour(float[] a, int xr, int xi, int yr, int yi, int count, float[] cos, float[] sin) {
        int step = count;
        for (int q = 0; q < count; q += L) {
            int b = q, o = q;
            FloatVector c, s;
            FloatVector r0 = fromArray(S, a, xr + b + 0 * step), i0 = fromArray(S, a, xi + b + 0 * step);
            FloatVector r2 = fromArray(S, a, xr + b + 2 * step), i2 = fromArray(S, a, xi + b + 2 * step);
            FloatVector r1 = fromArray(S, a, xr + b + 1 * step), i1 = fromArray(S, a, xi + b + 1 * step);
            FloatVector r3 = fromArray(S, a, xr + b + 3 * step), i3 = fromArray(S, a, xi + b + 3 * step);
            FloatVector sr = r0.add(r2), si = i0.add(i2), dr = r0.sub(r2), di = i0.sub(i2);
            FloatVector tr = r1.add(r3), ti = i1.add(i3), er = r1.sub(r3), ei = i1.sub(i3);
            FloatVector ur = sr.add(tr), ui = si.add(ti);
            c = fromArray(S, cos, q + 0 * count);
            s = fromArray(S, sin, q + 0 * count);
            ur.mul(c).sub(ui.mul(s)).intoArray(a, yr + o + 0 * count);
            ui.fma(c, ur.mul(s)).intoArray(a, yi + o + 0 * count);
            ur = dr.add(ei);
            ui = di.sub(er);
            c = fromArray(S, cos, q + 1 * count);
            s = fromArray(S, sin, q + 1 * count);
            ur.mul(c).sub(ui.mul(s)).intoArray(a, yr + o + 1 * count);
            ui.fma(c, ur.mul(s)).intoArray(a, yi + o + 1 * count);
            ur = sr.sub(tr);
            ui = si.sub(ti);
            c = fromArray(S, cos, q + 2 * count);
            s = fromArray(S, sin, q + 2 * count);
            ur.mul(c).sub(ui.mul(s)).intoArray(a, yr + o + 2 * count);
            ui.fma(c, ur.mul(s)).intoArray(a, yi + o + 2 * count);
            ur = dr.sub(ei);
            ui = di.add(er);
            c = fromArray(S, cos, q + 3 * count);
            s = fromArray(S, sin, q + 3 * count);
            ur.mul(c).sub(ui.mul(s)).intoArray(a, yr + o + 3 * count);
            ui.fma(c, ur.mul(s)).intoArray(a, yi + o + 3 * count);
        }
    }

    /** y = x w where {@code first}, else y + x w, over {@code count} floats. */
    static void add(float[] a, int xr, int xi, int yr, int yi, int count, float c, float s, boolean first) {
        for (int q = 0; q < count; q += L) {
            FloatVector r = fromArray(S, a, xr + q), i = fromArray(S, a, xi + q);
            FloatVector br = i.fma(broadcast(S, -s), r.mul(c)), bi = i.fma(broadcast(S, c), r.mul(s));
            (first ? br : br.add(fromArray(S, a, yr + q))).intoArray(a, yr + q);
            (first ? bi : bi.add(fromArray(S, a, yi + q))).intoArray(a, yi + q);
        }
    }
}
