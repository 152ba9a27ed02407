package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** The arithmetic of {@link LineFft} on runs of floats: inputs lie {@code step} apart, outputs {@code count} apart. */
final class Butterflies {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private Butterflies() {}

    /** (a + b, (a - b) w). */
    static void two(LineFft.Lines x, int in, int step, LineFft.Lines y, int out, int count, float c, float s) {
        float[] xr = x.re(), xi = x.im(), yr = y.re(), yi = y.im();
        for (int q = 0; q < count; q += L) {
            FloatVector ar = fromArray(S, xr, in + q), ai = fromArray(S, xi, in + q);
            FloatVector br = fromArray(S, xr, in + step + q), bi = fromArray(S, xi, in + step + q);
            ar.add(br).intoArray(yr, out + q);
            ai.add(bi).intoArray(yi, out + q);
            FloatVector dr = ar.sub(br), di = ai.sub(bi);
            dr.mul(c).sub(di.mul(s)).intoArray(yr, out + count + q);
            dr.mul(s).add(di.mul(c)).intoArray(yi, out + count + q);
        }
    }

    /** Radix 4 with twiddles w, w^2, w^3 at multiples of {@code turn}. */
    static void four(
            LineFft.Lines x,
            int in,
            int step,
            LineFft.Lines y,
            int out,
            int count,
            float[] cos,
            float[] sin,
            int turn) {
        float[] xr = x.re(), xi = x.im(), yr = y.re(), yi = y.im();
        float c1 = cos[turn],
                s1 = sin[turn],
                c2 = cos[2 * turn],
                s2 = sin[2 * turn],
                c3 = cos[3 * turn],
                s3 = sin[3 * turn];
        for (int q = 0; q < count; q += L) {
            int a = in + q, b = a + step, c = b + step, d = c + step, o = out + q;
            FloatVector sr = fromArray(S, xr, a).add(fromArray(S, xr, c)),
                    si = fromArray(S, xi, a).add(fromArray(S, xi, c));
            FloatVector dr = fromArray(S, xr, a).sub(fromArray(S, xr, c)),
                    di = fromArray(S, xi, a).sub(fromArray(S, xi, c));
            FloatVector tr = fromArray(S, xr, b).add(fromArray(S, xr, d)),
                    ti = fromArray(S, xi, b).add(fromArray(S, xi, d));
            FloatVector er = fromArray(S, xr, b).sub(fromArray(S, xr, d)),
                    ei = fromArray(S, xi, b).sub(fromArray(S, xi, d));
            sr.add(tr).intoArray(yr, o);
            si.add(ti).intoArray(yi, o);
            FloatVector ur = dr.add(ei), ui = di.sub(er);
            ur.mul(c1).sub(ui.mul(s1)).intoArray(yr, o + count);
            ur.mul(s1).add(ui.mul(c1)).intoArray(yi, o + count);
            FloatVector vr = sr.sub(tr), vi = si.sub(ti);
            vr.mul(c2).sub(vi.mul(s2)).intoArray(yr, o + 2 * count);
            vr.mul(s2).add(vi.mul(c2)).intoArray(yi, o + 2 * count);
            FloatVector wr = dr.sub(ei), wi = di.add(er);
            wr.mul(c3).sub(wi.mul(s3)).intoArray(yr, o + 3 * count);
            wr.mul(s3).add(wi.mul(c3)).intoArray(yi, o + 3 * count);
        }
    }

    /** y = x w where {@code first}, else y + x w. */
    static void add(LineFft.Lines x, int in, LineFft.Lines y, int out, int count, float c, float s, boolean first) {
        float[] xr = x.re(), xi = x.im(), yr = y.re(), yi = y.im();
        for (int q = 0; q < count; q += L) {
            FloatVector ar = fromArray(S, xr, in + q), ai = fromArray(S, xi, in + q);
            FloatVector br = ar.mul(c).sub(ai.mul(s)), bi = ar.mul(s).add(ai.mul(c));
            (first ? br : br.add(fromArray(S, yr, out + q))).intoArray(yr, out + q);
            (first ? bi : bi.add(fromArray(S, yi, out + q))).intoArray(yi, out + q);
        }
    }
}
