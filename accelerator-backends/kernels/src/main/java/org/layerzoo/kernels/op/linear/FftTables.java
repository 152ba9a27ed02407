package org.layerzoo.kernels.op.linear;

import java.util.LinkedHashMap;
import java.util.Map;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Roots of unity and, where n is no power of two, Bluestein's chirp and the transform of its filter; computed in double precision.
 *
 * @param m the size that is transformed
 * @param roots exp(-2 pi i k / m), [m, 2]
 * @param chirp exp(-pi i j^2 / n), [n, 2]; the roots where there is none
 * @param filter transform of the conjugate chirp, by m; the roots where there is none
 */
record FftTables(int m, Tensor roots, Tensor chirp, Tensor filter) {
    private static final int KEPT = 32;
    private static final Map<Key, FftTables> CACHE = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, FftTables> eldest) {
            return size() > KEPT;
        }
    };

    private record Key(int n, DType dtype) {}

    /** The size that a transform of n is carried out in. */
    static long size(int n) {
        return Integer.bitCount(n) == 1 ? n : Long.highestOneBit(2L * n - 2) * 2;
    }

    /** @param dtype F32 or F64 */
    static FftTables of(int n, DType dtype) {
        synchronized (CACHE) {
            return CACHE.computeIfAbsent(new Key(n, dtype), k -> make(n, dtype));
        }
    }

    private static FftTables make(int n, DType dtype) {
        int m = Math.toIntExact(size(n));
        double[] roots = new double[2 * m];
        for (int k = 0; k < m; k++) {
            root(roots, k, k, m);
        }
        // Kept: a table serves every scope.
        Tensor table = Tensor.of(dtype, roots, m, 2).keep();
        if (m == n) {
            return new FftTables(m, table, table, table);
        }
        double[] chirp = new double[2 * n];
        double[] filter = new double[2 * m];
        for (int j = 0; j < n; j++) {
            root(chirp, j, (long) j * j % (2L * n), 2L * n);
            for (int at : new int[] {j, (m - j) % m}) {
                filter[2 * at] = chirp[2 * j] / m;
                filter[2 * at + 1] = -chirp[2 * j + 1] / m;
            }
        }
        transform(filter, roots, m);
        return new FftTables(
                m,
                table,
                Tensor.of(dtype, chirp, n, 2).keep(),
                Tensor.of(dtype, filter, m, 2).keep());
    }

    /** exp(-2 pi i turn / whole) from an angle of at most pi / 4, so that symmetric entries are equal and zeros exact. */
    private static void root(double[] to, int at, long turn, long whole) {
        long quarters = 4 * turn / whole;
        long rest = 4 * turn - quarters * whole;
        boolean far = 2 * rest > whole;
        double angle = Math.PI / 2 * (far ? whole - rest : rest) / whole;
        double c = far ? Math.sin(angle) : Math.cos(angle);
        double s = far ? Math.cos(angle) : Math.sin(angle);
        to[2 * at] = quarters == 0 ? c : quarters == 1 ? -s : quarters == 2 ? -c : s;
        to[2 * at + 1] = -(quarters == 0 ? s : quarters == 1 ? c : quarters == 2 ? -s : -c);
    }

    /** Forward transform of m (a power of two) complex numbers in place: bit reversal, then passes. */
    private static void transform(double[] x, double[] roots, int m) {
        int shift = Integer.numberOfLeadingZeros(m) + 1;
        for (int i = 0; i < m; i++) {
            int j = m == 1 ? 0 : Integer.reverse(i) >>> shift;
            if (j > i) {
                swap(x, 2 * i, 2 * j);
                swap(x, 2 * i + 1, 2 * j + 1);
            }
        }
        for (int half = 1; half < m; half *= 2) {
            for (int i = 0; i < m; i++) {
                if ((i & half) == 0) {
                    butterfly(x, 2 * i, 2 * (i + half), roots, 2 * ((i & (half - 1)) * (m / (2 * half))));
                }
            }
        }
    }

    private static void swap(double[] x, int a, int b) {
        double t = x[a];
        x[a] = x[b];
        x[b] = t;
    }

    private static void butterfly(double[] x, int a, int b, double[] roots, int w) {
        double re = x[b] * roots[w] - x[b + 1] * roots[w + 1];
        double im = x[b] * roots[w + 1] + x[b + 1] * roots[w];
        x[b] = x[a] - re;
        x[b + 1] = x[a + 1] - im;
        x[a] += re;
        x[a + 1] += im;
    }
}
