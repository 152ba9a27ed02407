package org.layerzoo.plugins.s4d.check;

import java.util.Arrays;
import org.layerzoo.nn.ssm.Legendre;

/** x(t) = exp(t A) B / 2 for the normal part A of HiPPO-LegS and B_n = sqrt(2 n + 1), on 400 points of [0.05, 4]. */
final class LegendreLimit {
    private static final int POINTS = 400;
    private static final int MEAN = 40;
    private static final double FROM = 0.05;
    private static final double TO = 4;

    private LegendreLimit() {}

    /** Mean absolute errors of running means of 40 points of x_n, n = 0, 1, 2, against sqrt(2 n + 1) P_n(2 e^-t - 1) e^-t. */
    static double[] errors(int states) {
        double[] frequencies = Legendre.frequencies(states);
        double radius = 1.001 * frequencies[frequencies.length - 1];
        double[] g = new double[states];
        double[] x = new double[states];
        for (int n = 0; n < states; n++) {
            g[n] = Math.sqrt(n + 0.5);
            x[n] = Math.sqrt(2.0 * n + 1) / 2;
        }
        double step = (TO - FROM) / (POINTS - 1);
        double[][] wrong = new double[3][POINTS];
        // The first step is longer than the others by few of them.
        int before = (int) Math.ceil(FROM / step);
        for (int i = 0; i < before; i++) {
            x = turned(x, g, FROM / before, radius);
        }
        for (int i = 0; i < POINTS; i++) {
            double t = FROM + i * step;
            for (int n = 0; n < 3; n++) {
                wrong[n][i] = x[n] * Math.exp(-t / 2) - basis(n, t);
            }
            x = turned(x, g, step, radius);
        }
        return Arrays.stream(wrong).mapToDouble(LegendreLimit::smoothed).toArray();
    }

    private static double basis(int n, double t) {
        double z = 2 * Math.exp(-t) - 1;
        double p = n == 0 ? 1 : n == 1 ? z : (3 * z * z - 1) / 2;
        return Math.sqrt(2.0 * n + 1) * p * Math.exp(-t);
    }

    private static double smoothed(double[] wrong) {
        double sum = 0;
        for (int i = 0; i + MEAN <= wrong.length; i++) {
            sum += Math.abs(Arrays.stream(wrong, i, i + MEAN).average().orElseThrow());
        }
        return sum / (wrong.length - MEAN + 1);
    }

    /** exp(h S) x by Chebyshev's series, J_0(z) + 2 sum J_k(z) U_k with z = h radius and U_{k+1} = 2 S / radius U_k + U_{k-1}. */
    private static double[] turned(double[] x, double[] g, double h, double radius) {
        double[] bessel = bessel(h * radius);
        double[] last = x;
        double[] now = times(x, g, 1 / radius);
        double[] sum = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            sum[i] = bessel[0] * last[i] + 2 * bessel[1] * now[i];
        }
        for (int k = 2; k < bessel.length; k++) {
            double[] next = times(now, g, 2 / radius);
            for (int i = 0; i < x.length; i++) {
                next[i] += last[i];
                sum[i] += 2 * bessel[k] * next[i];
            }
            last = now;
            now = next;
        }
        return sum;
    }

    /** scale S x: S_nk = g_n g_k above the diagonal and -g_n g_k below it, so that two running sums are enough. */
    private static double[] times(double[] x, double[] g, double scale) {
        double rest = 0;
        for (int i = 0; i < x.length; i++) {
            rest += g[i] * x[i];
        }
        double seen = 0;
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            rest -= g[i] * x[i];
            y[i] = scale * g[i] * (rest - seen);
            seen += g[i] * x[i];
        }
        return y;
    }

    /** J_0(z) .. J_m(z) by Miller's recurrence downwards, as far as they matter. */
    private static double[] bessel(double z) {
        int m = (int) (z + 40 + 6 * Math.cbrt(z));
        double[] j = new double[m + 2];
        j[m] = 1e-300;
        double norm = 0;
        for (int k = m; k > 0; k--) {
            j[k - 1] = 2 * k / z * j[k] - j[k + 1];
            if (Math.abs(j[k - 1]) > 1e200) {
                for (int i = k - 1; i <= m; i++) {
                    j[i] *= 1e-200;
                }
            }
        }
        for (int k = 2; k <= m; k += 2) {
            norm += 2 * j[k];
        }
        norm += j[0];
        double[] out = Arrays.copyOf(j, m);
        for (int k = 0; k < m; k++) {
            out[k] /= norm;
        }
        return out;
    }
}
