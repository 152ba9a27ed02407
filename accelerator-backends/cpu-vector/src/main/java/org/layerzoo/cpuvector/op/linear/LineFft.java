package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.layerzoo.cpuvector.Width;

/**
 * Forward DFTs of one length on many lines at once: element j of all lines lies together, so every operation is one of whole vectors.
 * Stockham's self-sorting form with radices 8, 4, 2, 3, 5, ... up to 13; lengths with larger prime factors go through
 * {@link Chirp}. An inverse transform swaps real and imaginary parts on the way in and out.
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

    private LineFft(int n) {
        this.n = n;
        factors = factors(n);
        cos = new float[n];
        sin = new float[n];
        for (int j = 0; j < n; j++) {
            cos[j] = (float) Math.cos(2 * Math.PI * j / n);
            sin[j] = (float) -Math.sin(2 * Math.PI * j / n);
        }
    }

    /** @param n a length that is {@link #isDirect direct} */
    static LineFft of(int n) {
        LineFft known = PLANS.get(n);
        return known != null ? known : PLANS.computeIfAbsent(n, LineFft::new);
    }

    /** Whether n has no prime factor that needs a chirp. */
    static boolean isDirect(int n) {
        int rest = n;
        for (int p = 2; p <= LARGEST_RADIX; p++) {
            while (rest % p == 0) {
                rest /= p;
            }
        }
        return rest == 1;
    }

    int size() {
        return n;
    }

    int passes() {
        return factors.length;
    }

    int radix(int pass) {
        return factors[pass];
    }

    /** A power of two last, and first where there are two, because those have special passes; odd factors between. */
    private static int[] factors(int n) {
        int[] twos = twos(Integer.numberOfTrailingZeros(n));
        int[] out = new int[32];
        int used = 0;
        int before = twos.length / 2;
        for (int i = 0; i < before; i++) {
            out[used++] = twos[i];
        }
        int rest = n >> Integer.numberOfTrailingZeros(n);
        for (int p = 3; rest > 1; p += 2) {
            while (rest % p == 0) {
                out[used++] = p;
                rest /= p;
            }
        }
        for (int i = before; i < twos.length; i++) {
            out[used++] = twos[i];
        }
        return Arrays.copyOf(out, used);
    }

    /** 2^e as radices 8, then 4 or 2. */
    private static int[] twos(int e) {
        int fours = e == 1 || e == 2 ? e / 2 : e % 3 == 1 ? 2 : e % 3 == 2 ? 1 : 0;
        int eights = (e - 2 * fours) / 3;
        int[] out = new int[eights + fours + (e == 1 ? 1 : 0)];
        Arrays.fill(out, 2);
        Arrays.fill(out, 0, eights, 8);
        Arrays.fill(out, eights, eights + fours, 4);
        return out;
    }

    /** Where real and imaginary parts of n elements of some lines each begin in an array. */
    record Lines(float[] a, int re, int im) {
        Lines swapped() {
            return new Lines(a, im, re);
        }
    }

    /** The transforms of {@code width} lines, a multiple of the lanes; x and work, in one array, are overwritten, the result is one of them. */
    Lines run(Lines x, Lines work, int width) {
        return run(x, work, width, 0, factors.length);
    }

    /** Passes {@code first} .. {@code end} - 1 only. */
    Lines run(Lines x, Lines work, int width, int first, int end) {
        Lines from = x;
        Lines to = work;
        int stride = 1;
        for (int i = 0; i < first; i++) {
            stride *= factors[i];
        }
        for (int i = first; i < end; i++) {
            pass(factors[i], from, to, stride, width);
            Lines t = from;
            from = to;
            to = t;
            stride *= factors[i];
        }
        return from;
    }

    private void pass(int r, Lines from, Lines to, int stride, int width) {
        float[] a = from.a();
        int xr = from.re(), xi = from.im(), yr = to.re(), yi = to.im();
        // group p of m turns by multiples of p stride / n of a circle
        int m = n / stride / r, count = stride * width;
        switch (r) {
            case 2 -> Butterflies.two(a, xr, xi, yr, yi, m, count, cos, sin, stride);
            case 3 -> Butterflies.three(a, xr, xi, yr, yi, m, count, cos, sin, stride);
            case 4 -> {
                if (m == 1) {
                    Butterflies.lastFour(a, xr, xi, yr, yi, count);
                } else {
                    Butterflies.four(a, xr, xi, yr, yi, m, count, cos, sin, stride);
                }
            }
            case 5 -> Butterflies.five(a, xr, xi, yr, yi, m, count, cos, sin, stride);
            case 8 -> Eights.eight(a, xr, xi, yr, yi, m, count, cos, sin, stride);
            default -> any(r, from, to, m, count, stride);
        }
    }

    /** y_k = w^(p k) sum_i x_i e^(-2 pi i k i / r). */
    private void any(int r, Lines from, Lines to, int m, int count, int stride) {
        for (int p = 0; p < m; p++) {
            for (int k = 0; k < r; k++) {
                int y = (p * r + k) * count;
                for (int i = 0; i < r; i++) {
                    int angle = (int) (((long) p * stride * k + (long) (n / r) * k % n * i) % n);
                    int x = (p + i * m) * count;
                    Butterflies.add(
                            from.a(),
                            from.re() + x,
                            from.im() + x,
                            to.re() + y,
                            to.im() + y,
                            count,
                            cos[angle],
                            sin[angle],
                            i == 0);
                }
            }
        }
    }

    /** The first pass of one line in rows of a vector, its pairs at {@code pairs}; only where it is of radix 8. */
    void split(float[] a, int pairs, Lines to) {
        Eights.split(a, pairs, to.re(), to.im(), n / 8, cos, sin);
    }

    /** The same of pairs in tensor memory from byte {@code from} on. */
    void split(MemorySegment pairs, long from, Lines to) {
        StoredEights.split(pairs, from, to.a(), to.re(), to.im(), n / 8, cos, sin);
    }
}
