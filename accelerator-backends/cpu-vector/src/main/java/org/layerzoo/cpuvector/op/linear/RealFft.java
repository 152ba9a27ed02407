package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;

/**
 * The DFT of one real line of even length n as a complex one of half the length: z_j = x_2j + i x_(2j+1), and with w = e^(-2 pi i / n)
 * X_k = (Z_k + conj(Z_(N-k)) - i w^k (Z_k - conj(Z_(N-k)))) / 2, N = n / 2, Z_N = Z_0.
 */
public final class RealFft {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final Map<Integer, RealFft> PLANS = new ConcurrentHashMap<>();
    private static final Scratch WORK_RE = new Scratch();
    private static final Scratch WORK_IM = new Scratch();
    private static final Scratch SWAP_RE = new Scratch();
    private static final Scratch SWAP_IM = new Scratch();

    private final int half;
    private final RowFft fft;
    private final float[] cos;
    private final float[] sin;

    private RealFft(int n) {
        half = n / 2;
        fft = RowFft.of(half);
        cos = new float[half + L];
        sin = new float[half + L];
        for (int k = 0; k < half; k++) {
            cos[k] = (float) Math.cos(2 * Math.PI * k / n);
            sin[k] = (float) -Math.sin(2 * Math.PI * k / n);
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

    /** @return floats that {@code re} and {@code im} must hold: n / 2 + 1 bins and a vector */
    public int room() {
        return half + 1 + L;
    }

    /**
     * Bins 0 .. n/2 of a line.
     *
     * @param x n numbers and a vector; unchanged
     */
    public void forward(float[] x, float[] re, float[] im) {
        float[] zr = WORK_RE.floats(half + L), zi = WORK_IM.floats(half + L);
        Planar.split(x, zr, zi, half);
        LineFft.Lines z = fft.run(
                new LineFft.Lines(zr, zi), new LineFft.Lines(SWAP_RE.floats(half + L), SWAP_IM.floats(half + L)));
        z.re()[half] = z.re()[0];
        z.im()[half] = z.im()[0];
        for (int k = 0; k < half; k += L) {
            bins(z.re(), z.im(), k, re, im);
        }
        re[half] = z.re()[0] - z.im()[0];
        im[0] = 0;
        im[half] = 0;
    }

    private void bins(float[] zr, float[] zi, int k, float[] re, float[] im) {
        int back = half - k - L + 1;
        FloatVector ar = fromArray(S, zr, k), ai = fromArray(S, zi, k);
        FloatVector br = fromArray(S, zr, back).rearrange(Planar.REVERSED),
                bi = fromArray(S, zi, back).rearrange(Planar.REVERSED);
        FloatVector c = fromArray(S, cos, k), s = fromArray(S, sin, k);
        // a + conj(b) and -i (a - conj(b))
        FloatVector er = ar.add(br), ei = ai.sub(bi), or = ai.add(bi), oi = br.sub(ar);
        er.add(or.mul(c)).sub(oi.mul(s)).mul(0.5f).intoArray(re, k);
        ei.add(or.mul(s)).add(oi.mul(c)).mul(0.5f).intoArray(im, k);
    }

    /**
     * n times the line that has these bins; the imaginary parts of bins 0 and n/2 are taken as 0.
     *
     * @param re bins 0 .. n/2 with room for a vector; overwritten, as is {@code im}
     * @param x n numbers and a vector, written
     */
    public void inverse(float[] re, float[] im, float[] x) {
        im[0] = 0;
        im[half] = 0;
        float[] zr = WORK_RE.floats(half + L), zi = WORK_IM.floats(half + L);
        for (int k = 0; k < half; k += L) {
            halves(re, im, k, zr, zi);
        }
        // the inverse transform is the forward one with parts swapped
        LineFft.Lines z = fft.run(
                new LineFft.Lines(zi, zr), new LineFft.Lines(SWAP_RE.floats(half + L), SWAP_IM.floats(half + L)));
        Planar.join(z.im(), z.re(), x, half);
    }

    /** Z_k = X_k + conj(X_(N-k)) + i conj(w^k) (X_k - conj(X_(N-k))). */
    private void halves(float[] re, float[] im, int k, float[] zr, float[] zi) {
        int back = half - k - L + 1;
        FloatVector ar = fromArray(S, re, k), ai = fromArray(S, im, k);
        FloatVector br = fromArray(S, re, back).rearrange(Planar.REVERSED),
                bi = fromArray(S, im, back).rearrange(Planar.REVERSED);
        FloatVector c = fromArray(S, cos, k), s = fromArray(S, sin, k);
        FloatVector dr = ar.sub(br), di = ai.add(bi);
        // i (c - i s) (dr + i di) with s = -sin: the conjugate twiddle is c - i s
        FloatVector tr = dr.mul(c).add(di.mul(s)), ti = di.mul(c).sub(dr.mul(s));
        ar.add(br).sub(ti).intoArray(zr, k);
        ai.sub(bi).add(tr).intoArray(zi, k);
    }
}
