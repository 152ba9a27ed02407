package org.layerzoo.plugins.agentattention.check;

import java.util.function.DoubleUnaryOperator;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** The formulas of the sheet in F64 loops. */
final class NaiveAgents {
    private NaiveAgents() {}

    /** softmax(q k^T / sqrt(d)) for q [n, d], k [m, d]. */
    static double[][] weights(double[][] q, double[][] k) {
        double[][] p = new double[q.length][k.length];
        for (int i = 0; i < q.length; i++) {
            double sum = 0;
            for (int j = 0; j < k.length; j++) {
                double s = 0;
                for (int d = 0; d < q[i].length; d++) {
                    s += q[i][d] * k[j][d];
                }
                p[i][j] = Math.exp(s / Math.sqrt(q[i].length));
                sum += p[i][j];
            }
            for (int j = 0; j < k.length; j++) {
                p[i][j] /= sum;
            }
        }
        return p;
    }

    static double[][] product(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b.length; j++) {
                for (int d = 0; d < b[0].length; d++) {
                    c[i][d] += a[i][j] * b[j][d];
                }
            }
        }
        return c;
    }

    /** P = softmax(Q A^T) softmax(A K^T). */
    static double[][] mixing(double[][] q, double[][] a, double[][] k) {
        return product(weights(q, a), weights(a, k));
    }

    /** Means of x [h w, d] over g x g bins, bin i from floor(i n / g) to ceil((i + 1) n / g). */
    static double[][] pool(double[][] x, int h, int w, int g) {
        double[][] out = new double[g * g][x[0].length];
        for (int b = 0; b < g * g; b++) {
            int top = b / g * h / g;
            int bottom = ((b / g + 1) * h + g - 1) / g;
            int left = b % g * w / g;
            int right = ((b % g + 1) * w + g - 1) / g;
            double n = (bottom - top) * (right - left);
            for (int y = top; y < bottom; y++) {
                for (int z = left; z < right; z++) {
                    for (int d = 0; d < x[0].length; d++) {
                        out[b][d] += x[y * w + z][d] / n;
                    }
                }
            }
        }
        return out;
    }

    /** Rows of pivots that Gaussian elimination finds above a threshold. */
    static int rank(double[][] m, double threshold) {
        double[][] a = new double[m.length][];
        for (int i = 0; i < m.length; i++) {
            a[i] = m[i].clone();
        }
        int rank = 0;
        for (int col = 0; col < a[0].length && rank < a.length; col++) {
            int best = rank;
            for (int i = rank; i < a.length; i++) {
                best = Math.abs(a[i][col]) > Math.abs(a[best][col]) ? i : best;
            }
            if (Math.abs(a[best][col]) <= threshold) {
                continue;
            }
            double[] pivot = a[best];
            a[best] = a[rank];
            a[rank] = pivot;
            for (int i = rank + 1; i < a.length; i++) {
                double f = a[i][col] / pivot[col];
                for (int j = col; j < pivot.length; j++) {
                    a[i][j] -= f * pivot[j];
                }
            }
            rank++;
        }
        return rank;
    }

    /** Row r of a [rows, cols] weight applied to each x, plus the bias. */
    static double[][] linear(double[][] x, Tensor weight, Tensor bias) {
        double[][] w = rows(weight);
        double[] b = bias.toDoubles();
        double[][] y = new double[x.length][w.length];
        for (int i = 0; i < x.length; i++) {
            for (int o = 0; o < w.length; o++) {
                y[i][o] = b[o];
                for (int d = 0; d < w[o].length; d++) {
                    y[i][o] += w[o][d] * x[i][d];
                }
            }
        }
        return y;
    }

    /** Columns from (inclusive) to (exclusive). */
    static double[][] columns(double[][] x, int from, int to) {
        double[][] y = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            y[i] = java.util.Arrays.copyOfRange(x[i], from, to);
        }
        return y;
    }

    /** The last two axes of a tensor whose others are 1. */
    static double[][] rows(Tensor t) {
        int cols = t.dim(-1);
        double[] v = t.toDoubles();
        double[][] out = new double[v.length / cols][];
        for (int i = 0; i < out.length; i++) {
            out[i] = java.util.Arrays.copyOfRange(v, i * cols, (i + 1) * cols);
        }
        return out;
    }

    static Tensor tensor(double[][] x) {
        double[] flat = java.util.Arrays.stream(x)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
        return Tensor.of(DType.F64, flat, 1, 1, x.length, x[0].length);
    }

    /** Central difference of f at 0. */
    static double slope(DoubleUnaryOperator f) {
        double step = 1e-5;
        return (f.applyAsDouble(step) - f.applyAsDouble(-step)) / (2 * step);
    }
}
