package org.layerzoo.core.op.linear;

/**
 * Discrete Fourier transform of one line of n complex numbers, unnormalised, in place in {@link #re} and {@link #im}.
 * Decimation in time over the prime factors of n with twiddles from a table; a prime factor p costs O(n p), and above
 * 4096 the whole line goes through Bluestein's convolution.
 */
final class Dft {
    private static final int LARGEST_PRIME = 4096;

    final double[] re;
    final double[] im;
    private final int n;
    private final int sign;
    private final int[] factors;
    private final Roots roots;
    private final double[] outRe;
    private final double[] outIm;
    private final double[] partRe;
    private final double[] partIm;

    Dft(int n, boolean inverse) {
        this.n = n;
        this.sign = inverse ? 1 : -1;
        this.factors = factors(n);
        this.roots = new Roots(n);
        this.re = new double[n];
        this.im = new double[n];
        this.outRe = new double[n];
        this.outIm = new double[n];
        int largest = factors.length == 0 ? 1 : factors[factors.length - 1];
        this.partRe = new double[largest];
        this.partIm = new double[largest];
    }

    void run() {
        if (factors.length > 0 && factors[factors.length - 1] > LARGEST_PRIME) {
            bluestein();
            return;
        }
        step(0, 1, 0, n, 0);
        System.arraycopy(outRe, 0, re, 0, n);
        System.arraycopy(outIm, 0, im, 0, n);
    }

    /** Transforms the {@code size} inputs from, from + stride, ... into the outputs from {@code to} on. */
    private void step(int from, int stride, int to, int size, int depth) {
        if (size == 1) {
            outRe[to] = re[from];
            outIm[to] = im[from];
            return;
        }
        int p = factors[depth];
        int m = size / p;
        for (int r = 0; r < p; r++) {
            step(from + r * stride, stride * p, to + r * m, m, depth + 1);
        }
        for (int k = 0; k < m; k++) {
            butterfly(to + k, k, p, m);
        }
    }

    /** Outputs k + q m of a size p m from the k-th outputs of its p parts. */
    private void butterfly(int to, int k, int p, int m) {
        for (int r = 0; r < p; r++) {
            partRe[r] = outRe[to + r * m];
            partIm[r] = outIm[to + r * m];
        }
        int unit = n / (p * m);
        for (int q = 0; q < p; q++) {
            int turn = (k + q * m) * unit;
            double sumRe = partRe[0];
            double sumIm = partIm[0];
            for (int r = 1, at = turn; r < p; r++) {
                double c = roots.cos[at];
                double s = sign * roots.sin[at];
                sumRe += partRe[r] * c - partIm[r] * s;
                sumIm += partRe[r] * s + partIm[r] * c;
                at += turn;
                at -= at >= n ? n : 0;
            }
            outRe[to + q * m] = sumRe;
            outIm[to + q * m] = sumIm;
        }
    }

    /** X_k = c_k sum_j (x_j c_j) conj(c_{k-j}) with c_j = exp(sign i pi j^2 / n), as a circular convolution. */
    private void bluestein() {
        int size = Integer.highestOneBit(2 * n - 1) * 2;
        Roots chirp = new Roots(2 * n);
        Dft a = new Dft(size, false);
        Dft b = new Dft(size, false);
        for (int j = 0; j < n; j++) {
            int turn = (int) ((long) j * j % (2L * n));
            double c = chirp.cos[turn];
            double s = sign * chirp.sin[turn];
            a.re[j] = re[j] * c - im[j] * s;
            a.im[j] = re[j] * s + im[j] * c;
            b.re[j] = c;
            b.im[j] = -s;
            if (j > 0) {
                b.re[size - j] = c;
                b.im[size - j] = -s;
            }
        }
        a.run();
        b.run();
        Dft back = new Dft(size, true);
        for (int j = 0; j < size; j++) {
            back.re[j] = a.re[j] * b.re[j] - a.im[j] * b.im[j];
            back.im[j] = a.re[j] * b.im[j] + a.im[j] * b.re[j];
        }
        back.run();
        for (int k = 0; k < n; k++) {
            int turn = (int) ((long) k * k % (2L * n));
            double c = chirp.cos[turn] / size;
            double s = sign * chirp.sin[turn] / size;
            re[k] = back.re[k] * c - back.im[k] * s;
            im[k] = back.re[k] * s + back.im[k] * c;
        }
    }

    /** Prime factors, ascending. */
    private static int[] factors(int n) {
        int[] out = new int[32];
        int count = 0;
        int rest = n;
        for (int p = 2; (long) p * p <= rest; p++) {
            while (rest % p == 0) {
                out[count++] = p;
                rest /= p;
            }
        }
        if (rest > 1) {
            out[count++] = rest;
        }
        return java.util.Arrays.copyOf(out, count);
    }

    /** cos and sin of 2 pi k / n, each from an angle of at most pi / 4, so that symmetric entries are equal and zeros exact. */
    private static final class Roots {
        final double[] cos;
        final double[] sin;

        Roots(int n) {
            cos = new double[n];
            sin = new double[n];
            for (int k = 0; k < n; k++) {
                long quarters = 4L * k / n;
                long rest = 4L * k - quarters * n;
                boolean far = 2 * rest > n;
                double angle = Math.PI / 2 * (far ? n - rest : rest) / n;
                double c = far ? Math.sin(angle) : Math.cos(angle);
                double s = far ? Math.cos(angle) : Math.sin(angle);
                cos[k] = quarters == 0 ? c : quarters == 1 ? -s : quarters == 2 ? -c : s;
                sin[k] = quarters == 0 ? s : quarters == 1 ? c : quarters == 2 ? -s : -c;
            }
        }
    }
}
