package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/**
 * The DFT of one real line of even length n as a complex one of half the length: z_j = x_2j + i x_(2j+1), and with w = e^(-2 pi i / n)
 * X_k = (E + T) / 2, X_(N-k) = conj(E - T) / 2 of E = Z_k + conj(Z_(N-k)), T = -i w^k (Z_k - conj(Z_(N-k))), N = n / 2, Z_N = Z_0.
 *
 * <p>All arrays of a call lie in one, which is handed in: lines of n numbers and areas of 2 {@link #room} numbers, real parts first.
 */
public final class RealFft {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final Map<Integer, RealFft> PLANS = new ConcurrentHashMap<>();

    private final int half;
    private final RowFft fft;
    /** w^k / 2 for k below N / 2. */
    private final float[] cos;

    private final float[] sin;

    private RealFft(int n) {
        half = n / 2;
        fft = RowFft.of(half);
        cos = new float[half / 2];
        sin = new float[half / 2];
        for (int k = 0; k < cos.length; k++) {
            cos[k] = (float) Math.cos(2 * Math.PI * k / n) / 2;
            sin[k] = (float) -Math.sin(2 * Math.PI * k / n) / 2;
        }
    }

    /** Whether a length has this form. */
    public static boolean fits(int n) {
        return n % 2 == 0 && RowFft.fits(n / 2);
    }

    /** @param n a length that {@link #fits} */
    public static RealFft of(int n) {
        RealFft known = PLANS.get(n);
        return known != null ? known : PLANS.computeIfAbsent(n, RealFft::new);
    }

    /** @return floats of real or imaginary parts in an area: n / 2 + 1 bins and a vector at least, a multiple of a cache line */
    public int room() {
        return fft.room();
    }

    private LineFft.Lines lines(float[] a, int area) {
        return new LineFft.Lines(a, area, area + room());
    }

    /**
     * Bins 0 .. n/2 of a line.
     *
     * @param x where n numbers begin; they are kept
     * @param one an area, as is {@code two}; both are overwritten
     * @return where the area with the bins begins, one of the two
     */
    public int forward(float[] a, int x, int one, int two) {
        LineFft.Lines z = transformed(a, x, one, two);
        LineFft.Lines y = lines(a, z.re() == one ? two : one);
        for (int k = 0; k < half / 2; k += L) {
            int back = half - k - L + 1;
            FloatVector ar = fromArray(S, a, z.re() + k), ai = fromArray(S, a, z.im() + k);
            FloatVector br = fromArray(S, a, z.re() + back).rearrange(Planar.REVERSED),
                    bi = fromArray(S, a, z.im() + back).rearrange(Planar.REVERSED);
            FloatVector c = fromArray(S, cos, k), s = fromArray(S, sin, k);
            FloatVector er = ar.add(br).mul(0.5f), ei = ai.sub(bi).mul(0.5f), or = ai.add(bi), oi = br.sub(ar);
            FloatVector tr = or.mul(c).sub(oi.mul(s)), ti = oi.fma(c, or.mul(s));
            er.add(tr).intoArray(a, y.re() + k);
            ei.add(ti).intoArray(a, y.im() + k);
            er.sub(tr).rearrange(Planar.REVERSED).intoArray(a, y.re() + back);
            ti.sub(ei).rearrange(Planar.REVERSED).intoArray(a, y.im() + back);
        }
        a[y.im()] = 0;
        a[y.im() + half] = 0;
        a[y.re() + half / 2] = a[z.re() + half / 2];
        a[y.im() + half / 2] = -a[z.im() + half / 2];
        return y.re();
    }

    private LineFft.Lines transformed(float[] a, int x, int one, int two) {
        return closed(fft.pairs(a, x, false, lines(a, one), lines(a, two)));
    }

    /** With Z_N = Z_0. */
    private LineFft.Lines closed(LineFft.Lines z) {
        z.a()[z.re() + half] = z.a()[z.re()];
        z.a()[z.im() + half] = z.a()[z.im()];
        return z;
    }

    /**
     * {@link #forward} of n numbers in tensor memory from {@code from} on, with bins as n + 2 numbers from {@code to} on.
     *
     * @param copy where a line may lie
     */
    void stored(MemorySegment x, long from, MemorySegment y, long to, float[] a, int copy, int one, int two) {
        LineFft.Lines z = closed(fft.pairs(x, from, copy, lines(a, one), lines(a, two)));
        long at = 4 * to;
        for (int k = 0; k < half / 2; k += L) {
            int back = half - k - L + 1;
            FloatVector ar = fromArray(S, a, z.re() + k), ai = fromArray(S, a, z.im() + k);
            FloatVector br = fromArray(S, a, z.re() + back).rearrange(Planar.REVERSED),
                    bi = fromArray(S, a, z.im() + back).rearrange(Planar.REVERSED);
            FloatVector c = fromArray(S, cos, k), s = fromArray(S, sin, k);
            FloatVector er = ar.add(br).mul(0.5f), ei = ai.sub(bi).mul(0.5f), or = ai.add(bi), oi = br.sub(ar);
            FloatVector tr = or.mul(c).sub(oi.mul(s)), ti = oi.fma(c, or.mul(s));
            FloatVector re = er.add(tr), im = ei.add(ti), mr = er.sub(tr), mi = ti.sub(ei);
            Planar.LOW.selectFrom(re, im).intoMemorySegment(y, at + 8L * k, ORDER);
            Planar.HIGH.selectFrom(re, im).intoMemorySegment(y, at + 8L * k + 4 * L, ORDER);
            Planar.BACK_LOW.selectFrom(mr, mi).intoMemorySegment(y, at + 8L * back, ORDER);
            Planar.BACK_HIGH.selectFrom(mr, mi).intoMemorySegment(y, at + 8L * back + 4 * L, ORDER);
        }
        Floats.set(y, to + 1, 0);
        Floats.set(y, to + 2 * half + 1, 0);
        Floats.set(y, to + half, a[z.re() + half / 2]);
        Floats.set(y, to + half + 1, -a[z.im() + half / 2]);
    }

    /**
     * n times the line that has these bins; the imaginary parts of bins 0 and n/2 are taken as 0.
     *
     * @param bins area with bins 0 .. n/2; overwritten, as is the area {@code work}
     * @param x where n numbers and a vector are written
     */
    public void inverse(float[] a, int bins, int work, int x) {
        LineFft.Lines b = lines(a, bins);
        LineFft.Lines z = lines(a, work);
        a[b.im()] = 0;
        a[b.im() + half] = 0;
        for (int k = 0; k < half / 2; k += L) {
            halves(b, k, z);
        }
        a[z.re() + half / 2] = 2 * a[b.re() + half / 2];
        a[z.im() + half / 2] = -2 * a[b.im() + half / 2];
        // the inverse transform is the forward one with parts swapped
        LineFft.Lines y = fft.run(z.swapped(), b).swapped();
        Planar.join(a, y.re(), y.im(), x, half);
    }

    /** Z_k = E + T, Z_(N-k) = conj(E - T) of E = X_k + conj(X_(N-k)), T = i conj(w^k) (X_k - conj(X_(N-k))). */
    private void halves(LineFft.Lines b, int k, LineFft.Lines z) {
        float[] a = b.a();
        int back = half - k - L + 1;
        FloatVector ar = fromArray(S, a, b.re() + k), ai = fromArray(S, a, b.im() + k);
        FloatVector br = fromArray(S, a, b.re() + back).rearrange(Planar.REVERSED),
                bi = fromArray(S, a, b.im() + back).rearrange(Planar.REVERSED);
        FloatVector c = fromArray(S, cos, k).mul(2f), s = fromArray(S, sin, k).mul(2f);
        FloatVector er = ar.add(br), ei = ai.sub(bi), dr = ar.sub(br), di = ai.add(bi);
        // conj(w^k) is c - i s with s = -sin
        FloatVector tr = dr.mul(s).sub(di.mul(c)), ti = di.fma(s, dr.mul(c));
        er.add(tr).intoArray(a, z.re() + k);
        ei.add(ti).intoArray(a, z.im() + k);
        er.sub(tr).rearrange(Planar.REVERSED).intoArray(a, z.re() + back);
        ti.sub(ei).rearrange(Planar.REVERSED).intoArray(a, z.im() + back);
    }
}
