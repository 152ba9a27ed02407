package org.layerzoo.testkit;

import java.util.Map;
import org.layerzoo.core.io.Safetensors;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.testkit.golden.GoldenFile;

/** The gated mixer as loops over doubles, written apart from it: where its golden case comes from. */
final class GatedTruth {
    private GatedTruth() {}

    static GoldenFile golden(double tolerance) {
        int t = 9;
        int d = 5;
        double[] x = Draws.seeded(11).normal("x", DType.F64, t, d).toDoubles();
        double[] g = Draws.seeded(11).normal("g", DType.F64, d, d).toDoubles();
        Tensors all = Tensors.of(
                "in.x",
                Tensor.of(DType.F32, x, 1, t, d),
                "param.gate",
                Tensor.of(DType.F32, g, d, d),
                "out.y",
                Tensor.of(DType.F32, y(x, g, t, d), 1, t, d));
        Map<String, String> metadata = Map.of(
                "slug",
                "gated-mixer",
                "case",
                "t9-d5",
                "level",
                "layer",
                "config",
                "{\"dim\": 5}",
                "tolerance",
                Double.toString(tolerance));
        return GoldenFile.of("t9-d5.safetensors", new Safetensors.Content(all, metadata));
    }

    private static double[] y(double[] x, double[] g, int t, int d) {
        double[] y = new double[t * d];
        for (int i = 0; i < t; i++) {
            double[] p = weights(x, i, d);
            for (int c = 0; c < d; c++) {
                double z = 0;
                double o = 0;
                for (int e = 0; e < d; e++) {
                    z += x[i * d + e] * g[e * d + c];
                }
                for (int j = 0; j <= i; j++) {
                    o += p[j] * x[j * d + c];
                }
                y[i * d + c] = x[i * d + c] + o * Math.tanh(z);
            }
        }
        return y;
    }

    private static double[] weights(double[] x, int i, int d) {
        double[] p = new double[i + 1];
        double sum = 0;
        for (int j = 0; j <= i; j++) {
            double s = 0;
            for (int c = 0; c < d; c++) {
                s += x[i * d + c] / root(x, i, d) * x[j * d + c] / root(x, j, d);
            }
            p[j] = Math.exp(s / Math.sqrt(d));
            sum += p[j];
        }
        for (int j = 0; j <= i; j++) {
            p[j] /= sum;
        }
        return p;
    }

    private static double root(double[] x, int i, int d) {
        double s = 0;
        for (int c = 0; c < d; c++) {
            s += x[i * d + c] * x[i * d + c];
        }
        return Math.sqrt(s / d + GatedMixer.EPS);
    }
}
