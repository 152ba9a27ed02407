package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** The first pass of {@link Eights} on a line where it lies: a copy of it would cost a tenth of its transform. */
final class StoredEights {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final float HALF_ROOT = 0.70710678f;

    private StoredEights() {}

    /** Radix 8 as the first pass of one line in rows of a vector, whose pairs lie in tensor memory from byte {@code from} on. */
    static void split(MemorySegment x0, long from, float[] a, int yr, int yi, int m, float[] cos, float[] sin) {
        int count = L;
        long step = 8L * m * L;
        FloatVector even = Planar.EVEN, odd = Planar.ODD;
        for (int p = 0; p < m; p++) {
            int o = 8 * p * L;
            long x = from + 8L * p * L;
            FloatVector u, v;
            float c1 = cos[p], s1 = sin[p];
            float c2 = cos[2 * p], s2 = sin[2 * p];
            float c3 = cos[3 * p], s3 = sin[3 * p];
            float c4 = cos[4 * p], s4 = sin[4 * p];
            float c5 = cos[5 * p], s5 = sin[5 * p];
            float c6 = cos[6 * p], s6 = sin[6 * p];
            float c7 = cos[7 * p], s7 = sin[7 * p];
            u = fromMemorySegment(S, x0, x + 0 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 0 * step + 4 * L, ORDER);
            FloatVector r0 = even.selectFrom(u, v), i0 = odd.selectFrom(u, v);
            u = fromMemorySegment(S, x0, x + 4 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 4 * step + 4 * L, ORDER);
            FloatVector r4 = even.selectFrom(u, v), i4 = odd.selectFrom(u, v);
            u = fromMemorySegment(S, x0, x + 2 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 2 * step + 4 * L, ORDER);
            FloatVector r2 = even.selectFrom(u, v), i2 = odd.selectFrom(u, v);
            u = fromMemorySegment(S, x0, x + 6 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 6 * step + 4 * L, ORDER);
            FloatVector r6 = even.selectFrom(u, v), i6 = odd.selectFrom(u, v);
            FloatVector sr = r0.add(r4), si = i0.add(i4), dr = r0.sub(r4), di = i0.sub(i4);
            FloatVector tr = r2.add(r6), ti = i2.add(i6), er = r2.sub(r6), ei = i2.sub(i6);
            FloatVector e0r = sr.add(tr), e0i = si.add(ti), e2r = sr.sub(tr), e2i = si.sub(ti);
            FloatVector e1r = dr.add(ei), e1i = di.sub(er), e3r = dr.sub(ei), e3i = di.add(er);
            u = fromMemorySegment(S, x0, x + 1 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 1 * step + 4 * L, ORDER);
            FloatVector r1 = even.selectFrom(u, v), i1 = odd.selectFrom(u, v);
            u = fromMemorySegment(S, x0, x + 5 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 5 * step + 4 * L, ORDER);
            FloatVector r5 = even.selectFrom(u, v), i5 = odd.selectFrom(u, v);
            u = fromMemorySegment(S, x0, x + 3 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 3 * step + 4 * L, ORDER);
            FloatVector r3 = even.selectFrom(u, v), i3 = odd.selectFrom(u, v);
            u = fromMemorySegment(S, x0, x + 7 * step, ORDER);
            v = fromMemorySegment(S, x0, x + 7 * step + 4 * L, ORDER);
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
