package org.layerzoo.cpuvector.op.linear;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.cpuvector.Width;

/**
 * Forward DFTs of one length on as many lines at once as a vector has lanes: element j of all lines lies together, so every
 * operation is one of whole vectors. Stockham's self-sorting form with radices 8, 4, 2, 3, 5, ... up to 13; lengths with larger prime
 * factors by Bluestein's chirp. An inverse transform swaps real and imaginary parts on the way in and out.
 */
final class LineFft {
    private static final int L = Width.LANES;
    private static final int LARGEST_RADIX = 13;
    private static final Map<Integer, LineFft> PLANS = new ConcurrentHashMap<>();

    private final int n;
    private final int[] factors;
    /** e^(-2 pi i j / n). */
    private final float[] cos;

    private final float[] sin;

    private final Chirp chirp;

    private LineFft(int n) {
        this.n = n;
        factors = factors(n);
        cos = new float[n];
        sin = new float[n];
        for (int j = 0; j < n; j++) {
            cos[j] = (float) Math.cos(2 * Math.PI * j / n);
            sin[j] = (float) -Math.sin(2 * Math.PI * j / n);
        }
        chirp = factors.length > 0 && factors[factors.length - 1] > LARGEST_RADIX ? new Chirp(n) : null;
    }

    static LineFft of(int n) {
        LineFft known = PLANS.get(n);
        if (known == null) {
            known = new LineFft(n);
            PLANS.put(n, known);
        }
        return known;
    }

    /** Whether no chirp is needed. */
    boolean isDirect() {
        return chirp == null;
    }

    private static int[] factors(int n) {
        int[] out = new int[32];
        int used = 0;
        int rest = n;
        while (rest % 8 == 0 && rest != 16) {
            out[used++] = 8;
            rest /= 8;
        }
        while (rest % 4 == 0) {
            out[used++] = 4;
            rest /= 4;
        }
        for (int p = 2; rest > 1; p++) {
            while (rest % p == 0) {
                out[used++] = p;
                rest /= p;
            }
            if (p * p > rest && rest > 1) {
                out[used++] = rest;
                rest = 1;
            }
        }
        return Arrays.copyOf(out, used);
    }

    /** Real and imaginary parts of n elements of L lines each. */
    record Lines(float[] re, float[] im) {
        static Lines of(int n) {
            return new Lines(new float[n * L], new float[n * L]);
        }

        Lines swapped() {
            return new Lines(im, re);
        }
    }

    /** The transforms of x; x and work are overwritten, the result is one of them. */
    Lines run(Lines x, Lines work) {
        return run(x, work, L);
    }

    /** The same for {@code width} lines, a multiple of the lanes; of lengths that need a chirp for as many lines as there are lanes only. */
    Lines run(Lines x, Lines work, int width) {
        if (chirp != null) {
            chirp.run(x);
            return x;
        }
        Lines from = x;
        Lines to = work;
        int current = n;
        int stride = 1;
        for (int r : factors) {
            int m = current / r;
            for (int p = 0; p < m; p++) {
                butterflies(r, from, to, m, stride * width, p, p * (n / current));
            }
            Lines t = from;
            from = to;
            to = t;
            current = m;
            stride *= r;
        }
        return from;
    }

    /** All butterflies with one set of twiddles, which begin at {@code turn} of a full circle of n. */
    private void butterflies(int r, Lines from, Lines to, int m, int count, int p, int turn) {
        int in = count * p;
        int step = count * m;
        int out = count * r * p;
        switch (r) {
            case 2 -> Butterflies.two(from, in, step, to, out, count, cos[turn], sin[turn]);
            case 4 -> Butterflies.four(from, in, step, to, out, count, cos, sin, turn);
            case 8 -> Butterflies.eight(from, in, step, to, out, count, cos, sin, turn);
            default -> {
                for (int k = 0; k < r; k++) {
                    // y_k = w^(p k) sum_i x_i e^(-2 pi i k i / r)
                    for (int i = 0; i < r; i++) {
                        int angle = (int) (((long) turn * k + (long) (n / r) * k % n * i) % n);
                        Butterflies.add(
                                from, in + i * step, to, out + k * count, count, cos[angle], sin[angle], i == 0);
                    }
                }
            }
        }
    }

    /** X_k = w_k sum_j (x_j w_j) conj(w)_(k - j) with w_j = e^(-i pi j^2 / n): a convolution, done by a transform of smooth length. */
    private static final class Chirp {
        private final int n;
        private final int m;
        private final LineFft fft;
        private final float[] re;
        private final float[] im;
        private final float[] filterRe;
        private final float[] filterIm;

        Chirp(int n) {
            this.n = n;
            m = Integer.highestOneBit(2 * n - 1) * 2;
            fft = LineFft.of(m);
            re = new float[n];
            im = new float[n];
            Lines filter = Lines.of(m);
            for (int j = 0; j < n; j++) {
                double angle = Math.PI * ((long) j * j % (2L * n)) / n;
                re[j] = (float) Math.cos(angle);
                im[j] = (float) -Math.sin(angle);
                Arrays.fill(filter.re, j * L, (j + 1) * L, re[j]);
                Arrays.fill(filter.im, j * L, (j + 1) * L, -im[j]);
                if (j > 0) {
                    Arrays.fill(filter.re, (m - j) * L, (m - j + 1) * L, re[j]);
                    Arrays.fill(filter.im, (m - j) * L, (m - j + 1) * L, -im[j]);
                }
            }
            Lines spectrum = fft.run(filter, Lines.of(m));
            filterRe = new float[m];
            filterIm = new float[m];
            for (int k = 0; k < m; k++) {
                filterRe[k] = spectrum.re[k * L] / m;
                filterIm[k] = spectrum.im[k * L] / m;
            }
        }

        void run(Lines x) {
            Lines a = Lines.of(m);
            for (int j = 0; j < n; j++) {
                Butterflies.add(x, j * L, a, j * L, L, re[j], im[j], true);
            }
            Lines spectrum = fft.run(a, Lines.of(m));
            Lines product = Lines.of(m);
            for (int k = 0; k < m; k++) {
                Butterflies.add(spectrum, k * L, product, k * L, L, filterRe[k], filterIm[k], true);
            }
            Lines y = fft.run(product.swapped(), Lines.of(m)).swapped();
            for (int k = 0; k < n; k++) {
                Butterflies.add(y, k * L, x, k * L, L, re[k], im[k], true);
            }
        }
    }
}
