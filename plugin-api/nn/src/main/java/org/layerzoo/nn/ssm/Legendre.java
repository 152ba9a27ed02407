package org.layerzoo.nn.ssm;

import java.util.Arrays;

/**
 * The normal part of HiPPO-LegS (Gu et al. 2022, section 4): A_nk = -1/2 on the diagonal, -sqrt(n + 1/2) sqrt(k + 1/2) below and
 * + above it. Its eigenvalues are -1/2 +- i omega.
 */
public final class Legendre {
    private static final int SWEEPS = 100;

    private Legendre() {}

    /** A without its diagonal, which is skew-symmetric. */
    public static double[][] skew(int n) {
        double[][] s = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                s[i][j] = Integer.compare(j, i) * Math.sqrt((i + 0.5) * (j + 0.5));
            }
        }
        return s;
    }

    /** omega > 0 of N = 2 n' states in rising order, n' numbers. */
    public static double[] frequencies(int n) {
        double[] all = eigenvalues(tridiagonal(skew(n)));
        Arrays.sort(all);
        return Arrays.copyOfRange(all, n - n / 2, n);
    }

    /** The entries below the diagonal after Householder reflections have made a skew-symmetric matrix tridiagonal. */
    private static double[] tridiagonal(double[][] s) {
        int n = s.length;
        for (int k = 0; k < n - 2; k++) {
            double norm = 0;
            for (int i = k + 1; i < n; i++) {
                norm = Math.hypot(norm, s[i][k]);
            }
            if (norm == 0) {
                continue;
            }
            double[] v = new double[n];
            for (int i = k + 1; i < n; i++) {
                v[i] = s[i][k];
            }
            v[k + 1] += Math.copySign(norm, v[k + 1]);
            reflect(s, v, k);
        }
        double[] below = new double[n];
        for (int i = 1; i < n; i++) {
            below[i - 1] = s[i][i - 1];
        }
        return below;
    }

    /** (I - 2 v v^T / v^T v) S (I - 2 v v^T / v^T v) = S - v w^T + w v^T with w = 2 S^T v / v^T v, as v^T S v = 0. */
    private static void reflect(double[][] s, double[] v, int from) {
        int n = s.length;
        double square = 0;
        for (double x : v) {
            square += x * x;
        }
        double[] w = new double[n];
        for (int i = from; i < n; i++) {
            for (int j = from; j < n; j++) {
                w[j] += 2 / square * v[i] * s[i][j];
            }
        }
        for (int i = from; i < n; i++) {
            for (int j = from; j < n; j++) {
                s[i][j] += w[i] * v[j] - v[i] * w[j];
            }
        }
    }

    /** Of the symmetric tridiagonal matrix with a diagonal of 0 and these entries beside it, by implicit QL steps. */
    private static double[] eigenvalues(double[] beside) {
        int n = beside.length;
        double[] d = new double[n];
        double[] e = beside.clone();
        double small = 1e-16 * Arrays.stream(e).map(Math::abs).max().orElse(0);
        for (int l = 0; l < n; l++) {
            for (int sweep = 0; ; sweep++) {
                int m = l;
                while (m < n - 1 && Math.abs(e[m]) > small) {
                    m++;
                }
                if (m == l) {
                    break;
                }
                if (sweep == SWEEPS) {
                    throw new IllegalStateException("eigenvalues of a tridiagonal matrix of " + n + " rows not found");
                }
                step(d, e, l, m);
            }
        }
        return d;
    }

    /** One QL step with Wilkinson's shift on rows l .. m. */
    private static void step(double[] d, double[] e, int l, int m) {
        double g = (d[l + 1] - d[l]) / (2 * e[l]);
        double r = Math.hypot(g, 1);
        g = d[m] - d[l] + e[l] / (g + Math.copySign(r, g));
        double s = 1;
        double c = 1;
        double p = 0;
        for (int i = m - 1; i >= l; i--) {
            double f = s * e[i];
            double b = c * e[i];
            r = Math.hypot(f, g);
            e[i + 1] = r;
            if (r == 0) {
                d[i + 1] -= p;
                e[m] = 0;
                return;
            }
            s = f / r;
            c = g / r;
            g = d[i + 1] - p;
            r = (d[i] - g) * s + 2 * c * b;
            p = s * r;
            d[i + 1] = g + p;
            g = c * r - b;
        }
        d[l] -= p;
        e[l] = g;
        e[m] = 0;
    }
}
