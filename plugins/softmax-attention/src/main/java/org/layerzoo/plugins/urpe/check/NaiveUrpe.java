package org.layerzoo.plugins.urpe.check;

import org.layerzoo.core.layer.Param;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.plugins.urpe.UrpeConfig;

/** The layer with a row for every offset in F64 loops, one sample at a time. */
final class NaiveUrpe {
    private NaiveUrpe() {}

    static Tensor layer(Model m, Tensor x) {
        UrpeConfig c = (UrpeConfig) m.config();
        int t = x.dim(1);
        double[] y = new double[x.dim(0) * t * c.dim()];
        for (int b = 0; b < x.dim(0); b++) {
            double[][] rows = rows(x.select(0, b));
            double[][] o =
                    attend(m, c, linear(m, "q_proj", rows), linear(m, "k_proj", rows), linear(m, "v_proj", rows));
            double[][] out = linear(m, "out_proj", o);
            for (int i = 0; i < t; i++) {
                System.arraycopy(out[i], 0, y, (b * t + i) * c.dim(), c.dim());
            }
        }
        return Tensor.of(DType.F64, y, x.dim(0), t, c.dim());
    }

    private static double[][] attend(Model m, UrpeConfig c, double[][] q, double[][] k, double[][] v) {
        int d = c.dim() / c.heads();
        double[][] o = new double[q.length][c.dim()];
        for (int h = 0; h < c.heads(); h++) {
            for (int i = 0; i < q.length; i++) {
                double[] a = weights(m, c, q, k, h, i);
                for (int j = 0; j < k.length; j++) {
                    double w = a[j] * table(m, c.factor(), "ur_rp_bias", j - i, h, 1);
                    for (int e = h * d; e < (h + 1) * d; e++) {
                        o[i][e] += w * v[j][e];
                    }
                }
            }
        }
        return o;
    }

    /** Softmax of row i in head h. */
    private static double[] weights(Model m, UrpeConfig c, double[][] q, double[][] k, int h, int i) {
        int d = c.dim() / c.heads();
        double[] a = new double[k.length];
        double sum = 0;
        for (int j = 0; j < (c.causal() ? i + 1 : k.length); j++) {
            double s = 0;
            for (int e = h * d; e < (h + 1) * d; e++) {
                s += q[i][e] * k[j][e];
            }
            a[j] = Math.exp(s / Math.sqrt(d) + table(m, c.bias(), "rp_bias", j - i, h, 0));
            sum += a[j];
        }
        for (int j = 0; j < a.length; j++) {
            a[j] /= sum;
        }
        return a;
    }

    private static double table(Model m, boolean has, String name, int offset, int head, double none) {
        if (!has) {
            return none;
        }
        UrpeConfig c = (UrpeConfig) m.config();
        int row = Math.clamp(offset + c.maxLength() - 1, 0, 2 * c.maxLength() - 2);
        return m.params().param("shared.urpe." + name + ".weight").value().get(row, head);
    }

    private static double[][] linear(Model m, String name, double[][] x) {
        Param weight = m.params().param(name + ".weight");
        double[][] w = rows(weight.value());
        double[] b = m.params().param(name + ".bias").value().toDoubles();
        double[][] y = new double[x.length][w.length];
        for (int i = 0; i < x.length; i++) {
            for (int o = 0; o < w.length; o++) {
                y[i][o] = b[o];
                for (int e = 0; e < w[o].length; e++) {
                    y[i][o] += w[o][e] * x[i][e];
                }
            }
        }
        return y;
    }

    private static double[][] rows(Tensor t) {
        double[] v = t.toDoubles();
        int cols = t.dim(1);
        double[][] out = new double[t.dim(0)][];
        for (int i = 0; i < out.length; i++) {
            out[i] = java.util.Arrays.copyOfRange(v, i * cols, (i + 1) * cols);
        }
        return out;
    }
}
