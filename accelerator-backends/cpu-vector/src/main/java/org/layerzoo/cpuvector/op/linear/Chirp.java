package org.layerzoo.cpuvector.op.linear;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.cpuvector.Width;

/**
 * Bluestein's form for lengths with large prime factors: X_k = w_k sum_j (x_j w_j) conj(w)_(k - j) with w_j = e^(-i pi j^2 / n), a convolution
 * done by transforms of a power of two.
 */
final class Chirp {
    private static final int L = Width.LANES;
    private static final Map<Integer, Chirp> PLANS = new ConcurrentHashMap<>();

    private final int n;
    private final int m;
    private final LineFft fft;
    private final float[] re;
    private final float[] im;
    private final float[] filterRe;
    private final float[] filterIm;

    private Chirp(int n) {
        this.n = n;
        m = Integer.highestOneBit(2 * n - 1) * 2;
        fft = LineFft.of(m);
        re = new float[n];
        im = new float[n];
        float[] a = new float[4 * m * L];
        for (int j = 0; j < n; j++) {
            double angle = Math.PI * ((long) j * j % (2L * n)) / n;
            re[j] = (float) Math.cos(angle);
            im[j] = (float) -Math.sin(angle);
            for (int k : new int[] {j, (m - j) % m}) {
                Arrays.fill(a, k * L, (k + 1) * L, re[j]);
                Arrays.fill(a, (m + k) * L, (m + k + 1) * L, -im[j]);
            }
        }
        LineFft.Lines y = fft.run(new LineFft.Lines(a, 0, m * L), new LineFft.Lines(a, 2 * m * L, 3 * m * L), L);
        filterRe = new float[m];
        filterIm = new float[m];
        for (int k = 0; k < m; k++) {
            filterRe[k] = a[y.re() + k * L] / m;
            filterIm[k] = a[y.im() + k * L] / m;
        }
    }

    static Chirp of(int n) {
        Chirp known = PLANS.get(n);
        return known != null ? known : PLANS.computeIfAbsent(n, Chirp::new);
    }

    /** Elements that each of the arrays must hold. */
    int room() {
        return m;
    }

    /** The transforms of n elements of x, which {@code x} then holds; both have room for {@link #room} elements of {@code width} lines. */
    LineFft.Lines run(LineFft.Lines x, LineFft.Lines work, int width) {
        float[] a = x.a();
        for (int j = 0; j < n; j++) {
            turn(a, x, j * width, width, re[j], im[j]);
        }
        Arrays.fill(a, x.re() + n * width, x.re() + m * width, 0f);
        Arrays.fill(a, x.im() + n * width, x.im() + m * width, 0f);
        LineFft.Lines y = fft.run(x, work, width);
        for (int k = 0; k < m; k++) {
            turn(a, y, k * width, width, filterRe[k], filterIm[k]);
        }
        LineFft.Lines z =
                fft.run(y.swapped(), y.re() == x.re() ? work : x, width).swapped();
        for (int k = 0; k < n; k++) {
            turn(a, z, k * width, width, re[k], im[k]);
        }
        return z;
    }

    private static void turn(float[] a, LineFft.Lines x, int at, int width, float c, float s) {
        Butterflies.add(a, x.re() + at, x.im() + at, x.re() + at, x.im() + at, width, c, s, true);
    }
}
