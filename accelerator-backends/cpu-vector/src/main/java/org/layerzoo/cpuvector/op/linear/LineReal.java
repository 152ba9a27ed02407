package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** {@link RealFft}'s steps between a transform of half the length and the bins, on many lines at once: element j of all lines lies together. */
final class LineReal {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final Map<Integer, LineReal> PLANS = new ConcurrentHashMap<>();

    private final int half;
    private final float[] cos;
    private final float[] sin;

    private LineReal(int n) {
        half = n / 2;
        cos = new float[half / 2 + 1];
        sin = new float[half / 2 + 1];
        for (int k = 0; k < cos.length; k++) {
            cos[k] = (float) Math.cos(2 * Math.PI * k / n);
            sin[k] = (float) -Math.sin(2 * Math.PI * k / n);
        }
    }

    /** @param n an even length */
    static LineReal of(int n) {
        LineReal known = PLANS.get(n);
        return known != null ? known : PLANS.computeIfAbsent(n, LineReal::new);
    }

    /** Bins 0 .. n/2 into y of the transforms z of n/2 pairs. */
    void bins(LineFft.Lines z, LineFft.Lines y, int width) {
        float[] a = z.a();
        for (int k = 0; k <= half / 2; k++) {
            int from = k * width, back = (half - k) % half * width, to = (half - k) * width;
            float c = cos[k] / 2, s = sin[k] / 2;
            for (int q = 0; q < width; q += L) {
                FloatVector ar = fromArray(S, a, z.re() + from + q), ai = fromArray(S, a, z.im() + from + q);
                FloatVector br = fromArray(S, a, z.re() + back + q), bi = fromArray(S, a, z.im() + back + q);
                FloatVector er = ar.add(br).mul(0.5f), ei = ai.sub(bi).mul(0.5f), or = ai.add(bi), oi = br.sub(ar);
                FloatVector tr = or.mul(c).sub(oi.mul(s)), ti = oi.mul(c).add(or.mul(s));
                er.add(tr).intoArray(a, y.re() + from + q);
                ei.add(ti).intoArray(a, y.im() + from + q);
                er.sub(tr).intoArray(a, y.re() + to + q);
                ti.sub(ei).intoArray(a, y.im() + to + q);
            }
        }
    }

    /** What the inverse transform of n/2 pairs makes n times the lines of; the imaginary parts of bins 0 and n/2 are set to 0. */
    void halves(LineFft.Lines y, LineFft.Lines z, int width) {
        float[] a = y.a();
        java.util.Arrays.fill(a, y.im(), y.im() + width, 0f);
        java.util.Arrays.fill(a, y.im() + half * width, y.im() + (half + 1) * width, 0f);
        for (int k = 0; k <= half / 2; k++) {
            int from = k * width, back = (half - k) * width;
            float c = cos[k], s = sin[k];
            for (int q = 0; q < width; q += L) {
                FloatVector ar = fromArray(S, a, y.re() + from + q), ai = fromArray(S, a, y.im() + from + q);
                FloatVector br = fromArray(S, a, y.re() + back + q), bi = fromArray(S, a, y.im() + back + q);
                FloatVector er = ar.add(br), ei = ai.sub(bi), dr = ar.sub(br), di = ai.add(bi);
                FloatVector tr = dr.mul(s).sub(di.mul(c)), ti = dr.mul(c).add(di.mul(s));
                er.add(tr).intoArray(a, z.re() + from + q);
                ei.add(ti).intoArray(a, z.im() + from + q);
                er.sub(tr).intoArray(a, z.re() + back + q);
                ti.sub(ei).intoArray(a, z.im() + back + q);
            }
        }
    }
}
