package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** {@link Butterflies} of radix 8. */
final class Eights {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final float HALF_ROOT = 0.70710678f;

    private Eights() {}

    /** Radix 8 likewise, as two of radix 4 on even and odd inputs. */
    static void eight(float[] a, int xr, int xi, int yr, int yi, int m, int count, float[] cos, float[] sin, int turn) {
        int step = m * count;
        for (int p = 0; p < m; p++) {
            float c1 = cos[p * turn], s1 = sin[p * turn];
            float c2 = cos[2 * p * turn], s2 = sin[2 * p * turn];
            float c3 = cos[3 * p * turn], s3 = sin[3 * p * turn];
            float c4 = cos[4 * p * turn], s4 = sin[4 * p * turn];
            float c5 = cos[5 * p * turn], s5 = sin[5 * p * turn];
            float c6 = cos[6 * p * turn], s6 = sin[6 * p * turn];
            float c7 = cos[7 * p * turn], s7 = sin[7 * p * turn];
            for (int q = 0; q < count; q += L) {
                int b = p * count + q, o = p * 8 * count + q;
                FloatVector r0 = fromArray(S, a, xr + b + 0 * step), i0 = fromArray(S, a, xi + b + 0 * step);
                FloatVector r4 = fromArray(S, a, xr + b + 4 * step), i4 = fromArray(S, a, xi + b + 4 * step);
                FloatVector r2 = fromArray(S, a, xr + b + 2 * step), i2 = fromArray(S, a, xi + b + 2 * step);
                FloatVector r6 = fromArray(S, a, xr + b + 6 * step), i6 = fromArray(S, a, xi + b + 6 * step);
                FloatVector sr = r0.add(r4), si = i0.add(i4), dr = r0.sub(r4), di = i0.sub(i4);
                FloatVector tr = r2.add(r6), ti = i2.add(i6), er = r2.sub(r6), ei = i2.sub(i6);
                FloatVector e0r = sr.add(tr), e0i = si.add(ti), e2r = sr.sub(tr), e2i = si.sub(ti);
                FloatVector e1r = dr.add(ei), e1i = di.sub(er), e3r = dr.sub(ei), e3i = di.add(er);
                FloatVector r1 = fromArray(S, a, xr + b + 1 * step), i1 = fromArray(S, a, xi + b + 1 * step);
                FloatVector r5 = fromArray(S, a, xr + b + 5 * step), i5 = fromArray(S, a, xi + b + 5 * step);
                FloatVector r3 = fromArray(S, a, xr + b + 3 * step), i3 = fromArray(S, a, xi + b + 3 * step);
                FloatVector r7 = fromArray(S, a, xr + b + 7 * step), i7 = fromArray(S, a, xi + b + 7 * step);
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
                FloatVector f1r = o1r.add(o1i).mul(HALF_ROOT),
                        f1i = o1i.sub(o1r).mul(HALF_ROOT);
                FloatVector f3r = o3i.sub(o3r).mul(HALF_ROOT),
                        f3i = o3r.add(o3i).mul(-HALF_ROOT);
                sr = e0r.add(o0r);
                si = e0i.add(o0i);
                sr.intoArray(a, yr + o);
                si.intoArray(a, yi + o);
                sr = e1r.add(f1r);
                si = e1i.add(f1i);
                si.fma(broadcast(S, -s1), sr.mul(c1)).intoArray(a, yr + o + 1 * count);
                si.fma(broadcast(S, c1), sr.mul(s1)).intoArray(a, yi + o + 1 * count);
                sr = e2r.add(o2i);
                si = e2i.sub(o2r);
                si.fma(broadcast(S, -s2), sr.mul(c2)).intoArray(a, yr + o + 2 * count);
                si.fma(broadcast(S, c2), sr.mul(s2)).intoArray(a, yi + o + 2 * count);
                sr = e3r.add(f3r);
                si = e3i.add(f3i);
                si.fma(broadcast(S, -s3), sr.mul(c3)).intoArray(a, yr + o + 3 * count);
                si.fma(broadcast(S, c3), sr.mul(s3)).intoArray(a, yi + o + 3 * count);
                sr = e0r.sub(o0r);
                si = e0i.sub(o0i);
                si.fma(broadcast(S, -s4), sr.mul(c4)).intoArray(a, yr + o + 4 * count);
                si.fma(broadcast(S, c4), sr.mul(s4)).intoArray(a, yi + o + 4 * count);
                sr = e1r.sub(f1r);
                si = e1i.sub(f1i);
                si.fma(broadcast(S, -s5), sr.mul(c5)).intoArray(a, yr + o + 5 * count);
                si.fma(broadcast(S, c5), sr.mul(s5)).intoArray(a, yi + o + 5 * count);
                sr = e2r.sub(o2i);
                si = e2i.add(o2r);
                si.fma(broadcast(S, -s6), sr.mul(c6)).intoArray(a, yr + o + 6 * count);
                si.fma(broadcast(S, c6), sr.mul(s6)).intoArray(a, yi + o + 6 * count);
                sr = e3r.sub(f3r);
                si = e3i.sub(f3i);
                si.fma(broadcast(S, -s7), sr.mul(c7)).intoArray(a, yr + o + 7 * count);
                si.fma(broadcast(S, c7), sr.mul(s7)).intoArray(a, yi + o + 7 * count);
            }
        }
    }

    /** The same of radix 8. */
    static void turned(float[] a, int xr, int xi, int yr, int yi, int count, float[] cos, float[] sin) {
        int step = count;
        for (int q = 0; q < count; q += L) {
            int b = q, o = q;
            FloatVector c, s;
            FloatVector r0 = fromArray(S, a, xr + b + 0 * step), i0 = fromArray(S, a, xi + b + 0 * step);
            FloatVector r4 = fromArray(S, a, xr + b + 4 * step), i4 = fromArray(S, a, xi + b + 4 * step);
            FloatVector r2 = fromArray(S, a, xr + b + 2 * step), i2 = fromArray(S, a, xi + b + 2 * step);
            FloatVector r6 = fromArray(S, a, xr + b + 6 * step), i6 = fromArray(S, a, xi + b + 6 * step);
            FloatVector sr = r0.add(r4), si = i0.add(i4), dr = r0.sub(r4), di = i0.sub(i4);
            FloatVector tr = r2.add(r6), ti = i2.add(i6), er = r2.sub(r6), ei = i2.sub(i6);
            FloatVector e0r = sr.add(tr), e0i = si.add(ti), e2r = sr.sub(tr), e2i = si.sub(ti);
            FloatVector e1r = dr.add(ei), e1i = di.sub(er), e3r = dr.sub(ei), e3i = di.add(er);
            FloatVector r1 = fromArray(S, a, xr + b + 1 * step), i1 = fromArray(S, a, xi + b + 1 * step);
            FloatVector r5 = fromArray(S, a, xr + b + 5 * step), i5 = fromArray(S, a, xi + b + 5 * step);
            FloatVector r3 = fromArray(S, a, xr + b + 3 * step), i3 = fromArray(S, a, xi + b + 3 * step);
            FloatVector r7 = fromArray(S, a, xr + b + 7 * step), i7 = fromArray(S, a, xi + b + 7 * step);
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
            sr = e0r.add(o0r);
            si = e0i.add(o0i);
            c = fromArray(S, cos, q + 0 * count);
            s = fromArray(S, sin, q + 0 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 0 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 0 * count);
            sr = e1r.add(f1r);
            si = e1i.add(f1i);
            c = fromArray(S, cos, q + 1 * count);
            s = fromArray(S, sin, q + 1 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 1 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 1 * count);
            sr = e2r.add(o2i);
            si = e2i.sub(o2r);
            c = fromArray(S, cos, q + 2 * count);
            s = fromArray(S, sin, q + 2 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 2 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 2 * count);
            sr = e3r.add(f3r);
            si = e3i.add(f3i);
            c = fromArray(S, cos, q + 3 * count);
            s = fromArray(S, sin, q + 3 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 3 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 3 * count);
            sr = e0r.sub(o0r);
            si = e0i.sub(o0i);
            c = fromArray(S, cos, q + 4 * count);
            s = fromArray(S, sin, q + 4 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 4 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 4 * count);
            sr = e1r.sub(f1r);
            si = e1i.sub(f1i);
            c = fromArray(S, cos, q + 5 * count);
            s = fromArray(S, sin, q + 5 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 5 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 5 * count);
            sr = e2r.sub(o2i);
            si = e2i.add(o2r);
            c = fromArray(S, cos, q + 6 * count);
            s = fromArray(S, sin, q + 6 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 6 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 6 * count);
            sr = e3r.sub(f3r);
            si = e3i.sub(f3i);
            c = fromArray(S, cos, q + 7 * count);
            s = fromArray(S, sin, q + 7 * count);
            sr.mul(c).sub(si.mul(s)).intoArray(a, yr + o + 7 * count);
            si.fma(c, sr.mul(s)).intoArray(a, yi + o + 7 * count);
        }
    }

    /** Radix 8 as the first pass of one line in rows of a vector, whose pairs lie at {@code x0}. */
    static void split(float[] a, int x0, int yr, int yi, int m, float[] cos, float[] sin) {
        int step = 2 * m * L, count = L;
        FloatVector even = Planar.EVEN, odd = Planar.ODD;
        for (int p = 0; p < m; p++) {
            int turn = 1, x = x0 + 2 * p * L, o = 8 * p * L;
            FloatVector u, v;
            float c1 = cos[p * turn], s1 = sin[p * turn];
            float c2 = cos[2 * p * turn], s2 = sin[2 * p * turn];
            float c3 = cos[3 * p * turn], s3 = sin[3 * p * turn];
            float c4 = cos[4 * p * turn], s4 = sin[4 * p * turn];
            float c5 = cos[5 * p * turn], s5 = sin[5 * p * turn];
            float c6 = cos[6 * p * turn], s6 = sin[6 * p * turn];
            float c7 = cos[7 * p * turn], s7 = sin[7 * p * turn];
            u = fromArray(S, a, x + 0 * step);
            v = fromArray(S, a, x + 0 * step + L);
            FloatVector r0 = even.selectFrom(u, v), i0 = odd.selectFrom(u, v);
            u = fromArray(S, a, x + 4 * step);
            v = fromArray(S, a, x + 4 * step + L);
            FloatVector r4 = even.selectFrom(u, v), i4 = odd.selectFrom(u, v);
            u = fromArray(S, a, x + 2 * step);
            v = fromArray(S, a, x + 2 * step + L);
            FloatVector r2 = even.selectFrom(u, v), i2 = odd.selectFrom(u, v);
            u = fromArray(S, a, x + 6 * step);
            v = fromArray(S, a, x + 6 * step + L);
            FloatVector r6 = even.selectFrom(u, v), i6 = odd.selectFrom(u, v);
            FloatVector sr = r0.add(r4), si = i0.add(i4), dr = r0.sub(r4), di = i0.sub(i4);
            FloatVector tr = r2.add(r6), ti = i2.add(i6), er = r2.sub(r6), ei = i2.sub(i6);
            FloatVector e0r = sr.add(tr), e0i = si.add(ti), e2r = sr.sub(tr), e2i = si.sub(ti);
            FloatVector e1r = dr.add(ei), e1i = di.sub(er), e3r = dr.sub(ei), e3i = di.add(er);
            u = fromArray(S, a, x + 1 * step);
            v = fromArray(S, a, x + 1 * step + L);
            FloatVector r1 = even.selectFrom(u, v), i1 = odd.selectFrom(u, v);
            u = fromArray(S, a, x + 5 * step);
            v = fromArray(S, a, x + 5 * step + L);
            FloatVector r5 = even.selectFrom(u, v), i5 = odd.selectFrom(u, v);
            u = fromArray(S, a, x + 3 * step);
            v = fromArray(S, a, x + 3 * step + L);
            FloatVector r3 = even.selectFrom(u, v), i3 = odd.selectFrom(u, v);
            u = fromArray(S, a, x + 7 * step);
            v = fromArray(S, a, x + 7 * step + L);
            FloatVector r7 = even.selectFrom(u, v), i7 = odd.selectFrom(u, v);
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
            sr = e0r.add(o0r);
            si = e0i.add(o0i);
            sr.intoArray(a, yr + o);
            si.intoArray(a, yi + o);
            sr = e1r.add(f1r);
            si = e1i.add(f1i);
            si.fma(broadcast(S, -s1), sr.mul(c1)).intoArray(a, yr + o + 1 * count);
            si.fma(broadcast(S, c1), sr.mul(s1)).intoArray(a, yi + o + 1 * count);
            sr = e2r.add(o2i);
            si = e2i.sub(o2r);
            si.fma(broadcast(S, -s2), sr.mul(c2)).intoArray(a, yr + o + 2 * count);
            si.fma(broadcast(S, c2), sr.mul(s2)).intoArray(a, yi + o + 2 * count);
            sr = e3r.add(f3r);
            si = e3i.add(f3i);
            si.fma(broadcast(S, -s3), sr.mul(c3)).intoArray(a, yr + o + 3 * count);
            si.fma(broadcast(S, c3), sr.mul(s3)).intoArray(a, yi + o + 3 * count);
            sr = e0r.sub(o0r);
            si = e0i.sub(o0i);
            si.fma(broadcast(S, -s4), sr.mul(c4)).intoArray(a, yr + o + 4 * count);
            si.fma(broadcast(S, c4), sr.mul(s4)).intoArray(a, yi + o + 4 * count);
            sr = e1r.sub(f1r);
            si = e1i.sub(f1i);
            si.fma(broadcast(S, -s5), sr.mul(c5)).intoArray(a, yr + o + 5 * count);
            si.fma(broadcast(S, c5), sr.mul(s5)).intoArray(a, yi + o + 5 * count);
            sr = e2r.sub(o2i);
            si = e2i.add(o2r);
            si.fma(broadcast(S, -s6), sr.mul(c6)).intoArray(a, yr + o + 6 * count);
            si.fma(broadcast(S, c6), sr.mul(s6)).intoArray(a, yi + o + 6 * count);
            sr = e3r.sub(f3r);
            si = e3i.sub(f3i);
            si.fma(broadcast(S, -s7), sr.mul(c7)).intoArray(a, yr + o + 7 * count);
            si.fma(broadcast(S, c7), sr.mul(s7)).intoArray(a, yi + o + 7 * count);
        }
    }
}
