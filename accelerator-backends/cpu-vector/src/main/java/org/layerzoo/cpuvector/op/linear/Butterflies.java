package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
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
            di.fma(broadcast(S, -s), dr.mul(c)).intoArray(yr, out + count + q);
            di.fma(broadcast(S, c), dr.mul(s)).intoArray(yi, out + count + q);
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
            ui.fma(broadcast(S, -s1), ur.mul(c1)).intoArray(yr, o + count);
            ui.fma(broadcast(S, c1), ur.mul(s1)).intoArray(yi, o + count);
            FloatVector vr = sr.sub(tr), vi = si.sub(ti);
            vi.fma(broadcast(S, -s2), vr.mul(c2)).intoArray(yr, o + 2 * count);
            vi.fma(broadcast(S, c2), vr.mul(s2)).intoArray(yi, o + 2 * count);
            FloatVector wr = dr.sub(ei), wi = di.add(er);
            wi.fma(broadcast(S, -s3), wr.mul(c3)).intoArray(yr, o + 3 * count);
            wi.fma(broadcast(S, c3), wr.mul(s3)).intoArray(yi, o + 3 * count);
        }
    }

    private static final float HALF_ROOT = 0.70710678f;

    /** Radix 8 as two of radix 4 on even and odd inputs, with twiddles w .. w^7 at multiples of {@code turn}. */
    static void eight(
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
        for (int q = 0; q < count; q += L) {
            int a = in + q, o = out + q;
            FloatVector r0 = fromArray(S, xr, a), r4 = fromArray(S, xr, a + 4 * step);
            FloatVector i0 = fromArray(S, xi, a), i4 = fromArray(S, xi, a + 4 * step);
            FloatVector r2 = fromArray(S, xr, a + 2 * step), r6 = fromArray(S, xr, a + 6 * step);
            FloatVector i2 = fromArray(S, xi, a + 2 * step), i6 = fromArray(S, xi, a + 6 * step);
            FloatVector sr = r0.add(r4), si = i0.add(i4), dr = r0.sub(r4), di = i0.sub(i4);
            FloatVector tr = r2.add(r6), ti = i2.add(i6), er = r2.sub(r6), ei = i2.sub(i6);
            FloatVector e0r = sr.add(tr), e0i = si.add(ti), e2r = sr.sub(tr), e2i = si.sub(ti);
            FloatVector e1r = dr.add(ei), e1i = di.sub(er), e3r = dr.sub(ei), e3i = di.add(er);
            FloatVector r1 = fromArray(S, xr, a + step), r5 = fromArray(S, xr, a + 5 * step);
            FloatVector i1 = fromArray(S, xi, a + step), i5 = fromArray(S, xi, a + 5 * step);
            FloatVector r3 = fromArray(S, xr, a + 3 * step), r7 = fromArray(S, xr, a + 7 * step);
            FloatVector i3 = fromArray(S, xi, a + 3 * step), i7 = fromArray(S, xi, a + 7 * step);
            sr = r1.add(r5);
            si = i1.add(i5);
            dr = r1.sub(r5);
            di = i1.sub(i5);
            tr = r3.add(r7);
            ti = i3.add(i7);
            er = r3.sub(r7);
            ei = i3.sub(i7);
            FloatVector o0r = sr.add(tr), o0i = si.add(ti), o2r = sr.sub(tr), o2i = si.sub(ti);
            FloatVector o1r = dr.add(ei), o1i = di.sub(er), o3r = dr.sub(ei), o3i = di.add(er);
            // e^(-i pi / 4) and e^(-3 i pi / 4)
            FloatVector f1r = o1r.add(o1i).mul(HALF_ROOT), f1i = o1i.sub(o1r).mul(HALF_ROOT);
            FloatVector f3r = o3i.sub(o3r).mul(HALF_ROOT), f3i = o3r.add(o3i).mul(-HALF_ROOT);
            e0r.add(o0r).intoArray(yr, o);
            e0i.add(o0i).intoArray(yi, o);
            sr = e1r.add(f1r);
            si = e1i.add(f1i);
            si.fma(broadcast(S, -sin[turn]), sr.mul(cos[turn])).intoArray(yr, o + count);
            si.fma(broadcast(S, cos[turn]), sr.mul(sin[turn])).intoArray(yi, o + count);
            sr = e2r.add(o2i);
            si = e2i.sub(o2r);
            si.fma(broadcast(S, -sin[2 * turn]), sr.mul(cos[2 * turn])).intoArray(yr, o + 2 * count);
            si.fma(broadcast(S, cos[2 * turn]), sr.mul(sin[2 * turn])).intoArray(yi, o + 2 * count);
            sr = e3r.add(f3r);
            si = e3i.add(f3i);
            si.fma(broadcast(S, -sin[3 * turn]), sr.mul(cos[3 * turn])).intoArray(yr, o + 3 * count);
            si.fma(broadcast(S, cos[3 * turn]), sr.mul(sin[3 * turn])).intoArray(yi, o + 3 * count);
            sr = e0r.sub(o0r);
            si = e0i.sub(o0i);
            si.fma(broadcast(S, -sin[4 * turn]), sr.mul(cos[4 * turn])).intoArray(yr, o + 4 * count);
            si.fma(broadcast(S, cos[4 * turn]), sr.mul(sin[4 * turn])).intoArray(yi, o + 4 * count);
            sr = e1r.sub(f1r);
            si = e1i.sub(f1i);
            si.fma(broadcast(S, -sin[5 * turn]), sr.mul(cos[5 * turn])).intoArray(yr, o + 5 * count);
            si.fma(broadcast(S, cos[5 * turn]), sr.mul(sin[5 * turn])).intoArray(yi, o + 5 * count);
            sr = e2r.sub(o2i);
            si = e2i.add(o2r);
            si.fma(broadcast(S, -sin[6 * turn]), sr.mul(cos[6 * turn])).intoArray(yr, o + 6 * count);
            si.fma(broadcast(S, cos[6 * turn]), sr.mul(sin[6 * turn])).intoArray(yi, o + 6 * count);
            sr = e3r.sub(f3r);
            si = e3i.sub(f3i);
            si.fma(broadcast(S, -sin[7 * turn]), sr.mul(cos[7 * turn])).intoArray(yr, o + 7 * count);
            si.fma(broadcast(S, cos[7 * turn]), sr.mul(sin[7 * turn])).intoArray(yi, o + 7 * count);
        }
    }

    /** y = x w where {@code first}, else y + x w. */
    static void add(LineFft.Lines x, int in, LineFft.Lines y, int out, int count, float c, float s, boolean first) {
        float[] xr = x.re(), xi = x.im(), yr = y.re(), yi = y.im();
        for (int q = 0; q < count; q += L) {
            FloatVector ar = fromArray(S, xr, in + q), ai = fromArray(S, xi, in + q);
            FloatVector br = ai.fma(broadcast(S, -s), ar.mul(c)), bi = ai.fma(broadcast(S, c), ar.mul(s));
            (first ? br : br.add(fromArray(S, yr, out + q))).intoArray(yr, out + q);
            (first ? bi : bi.add(fromArray(S, yi, out + q))).intoArray(yi, out + q);
        }
    }
}
