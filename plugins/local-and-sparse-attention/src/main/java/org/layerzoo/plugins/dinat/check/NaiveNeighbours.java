package org.layerzoo.plugins.dinat.check;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Neighbourhood attention in F64 loops, from the definition of a window rather than from the clamp. */
final class NaiveNeighbours {
    private NaiveNeighbours() {}

    /** Of all runs of k members of i's residue class in 0..n-1, the one whose middle is nearest to i. */
    static int[] keys(int i, int n, int k, int dilation) {
        int[] members =
                IntStream.range(0, n).filter(j -> (j - i) % dilation == 0).toArray();
        int best = 0;
        for (int s = 1; s + k <= members.length; s++) {
            if (Math.abs(members[s + k / 2] - i) < Math.abs(members[best + k / 2] - i)) {
                best = s;
            }
        }
        return Arrays.copyOfRange(members, best, best + k);
    }

    /** What one head attends with: q, k, v [h w][d], table [2 kernel - 1][2 kernel - 1]. */
    record Head(double[][] q, double[][] k, double[][] v, double[][] table, int h, int w, int kernel, int dilation) {
        double[][] output() {
            double[][] y = new double[q.length][v[0].length];
            for (int i = 0; i < q.length; i++) {
                double sum = 0;
                for (int a : keys(i / w, h, kernel, dilation)) {
                    for (int b : keys(i % w, w, kernel, dilation)) {
                        double p = Math.exp(score(i, a, b));
                        sum += p;
                        for (int c = 0; c < y[i].length; c++) {
                            y[i][c] += p * v[a * w + b][c];
                        }
                    }
                }
                for (int c = 0; c < y[i].length; c++) {
                    y[i][c] /= sum;
                }
            }
            return y;
        }

        private double score(int i, int a, int b) {
            double s = 0;
            for (int c = 0; c < q[i].length; c++) {
                s += q[i][c] * k[a * w + b][c];
            }
            int down = (a - i / w) / dilation;
            int right = (b - i % w) / dilation;
            return s / Math.sqrt(q[i].length) + table[down + kernel - 1][right + kernel - 1];
        }
    }

    /** The last two axes of a tensor whose others are 1. */
    static double[][] rows(Tensor t) {
        double[] v = t.toDoubles();
        int cols = t.dim(-1);
        return IntStream.range(0, v.length / cols)
                .mapToObj(i -> Arrays.copyOfRange(v, i * cols, (i + 1) * cols))
                .toArray(double[][]::new);
    }

    static double[][] columns(double[][] x, int from, int to) {
        return Arrays.stream(x).map(r -> Arrays.copyOfRange(r, from, to)).toArray(double[][]::new);
    }

    /** x W^T + b. */
    static double[][] linear(double[][] x, Tensor weight, Tensor bias) {
        double[][] w = rows(weight);
        double[] b = bias.toDoubles();
        double[][] y = new double[x.length][w.length];
        for (int i = 0; i < x.length; i++) {
            for (int o = 0; o < w.length; o++) {
                y[i][o] = b[o];
                for (int c = 0; c < w[o].length; c++) {
                    y[i][o] += w[o][c] * x[i][c];
                }
            }
        }
        return y;
    }

    static Tensor tensor(double[][] x) {
        double[] flat = Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray();
        return Tensor.of(DType.F64, flat, 1, x.length, x[0].length);
    }
}
