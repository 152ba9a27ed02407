package org.layerzoo.core.op.attend;

import org.layerzoo.core.tensor.Tensor;

/** Softmax attention in three loops, for tests. */
final class NaiveAttention {
    /** What is added to a score: -inf hides. */
    interface Term {
        double at(int b, int h, int i, int j);
    }

    final double[] o;
    final double[] lse;

    private final double[] ks;
    private final double[] vs;

    NaiveAttention(Tensor q, Tensor k, Tensor v, double scale, double cap, Term bias) {
        int heads = q.dim(1);
        int tq = q.dim(2);
        int d = q.dim(3);
        int tk = k.dim(2);
        double[] qs = q.toDoubles();
        ks = k.toDoubles();
        vs = v.toDoubles();
        o = new double[q.dim(0) * heads * tq * v.dim(3)];
        lse = new double[q.dim(0) * heads * tq];
        for (int row = 0; row < lse.length; row++) {
            int b = row / tq / heads;
            int h = row / tq % heads;
            int keys = (b * k.dim(1) + h / (heads / k.dim(1))) * tk;
            double[] s = new double[tk];
            for (int j = 0; j < tk; j++) {
                double dot = 0;
                for (int c = 0; c < d; c++) {
                    dot += scale * qs[row * d + c] * ks[(keys + j) * d + c];
                }
                s[j] = (cap > 0 ? cap * Math.tanh(dot / cap) : dot) + bias.at(b, h, row % tq, j);
            }
            average(row, s, keys, v.dim(3));
        }
    }

    private void average(int row, double[] s, int keys, int dv) {
        double top = java.util.Arrays.stream(s).max().orElse(Double.NEGATIVE_INFINITY);
        lse[row] = Double.NEGATIVE_INFINITY;
        if (top == Double.NEGATIVE_INFINITY) {
            return;
        }
        double sum = 0;
        for (int j = 0; j < s.length; j++) {
            double e = Math.exp(s[j] - top);
            sum += e;
            for (int c = 0; c < dv; c++) {
                o[row * dv + c] += e * vs[(keys + j) * dv + c];
            }
        }
        for (int c = 0; c < dv; c++) {
            o[row * dv + c] /= sum;
        }
        lse[row] = top + Math.log(sum);
    }

    static double hideIf(boolean hidden) {
        return hidden ? Double.NEGATIVE_INFINITY : 0;
    }
}
