package org.layerzoo.plugins.spectformer.check;

import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Transforms and convolutions in F64 loops. */
final class NaiveSpectrum {
    private NaiveSpectrum() {}

    /**
     * Kernel [a][b] of channel c: the inverse transform of W [a, b/2+1, C, 2] with the factor 1 / (a b), where columns 1 to
     * (b-1)/2 stand for their conjugates too and of the others only the real part of the row transform counts.
     */
    static double[][] kernel(Tensor weight, int b, int c) {
        int a = weight.dim(0);
        double[][] k = new double[a][b];
        for (int p = 0; p < a; p++) {
            for (int v = 0; v < weight.dim(1); v++) {
                double re = 0;
                double im = 0;
                for (int u = 0; u < a; u++) {
                    double angle = 2 * Math.PI * u * p / a;
                    double wr = weight.get(u, v, c, 0);
                    double wi = weight.get(u, v, c, 1);
                    re += wr * Math.cos(angle) - wi * Math.sin(angle);
                    im += wr * Math.sin(angle) + wi * Math.cos(angle);
                }
                boolean alone = v == 0 || 2 * v == b;
                for (int q = 0; q < b; q++) {
                    double angle = 2 * Math.PI * v * q / b;
                    double real = re * Math.cos(angle) - (alone ? 0 : im * Math.sin(angle));
                    k[p][q] += (alone ? 1 : 2) * real / (a * b);
                }
            }
        }
        return k;
    }

    /** y[p, q] = sum over (s, t) of k[s, t] x[p - s mod a, q - t mod b], channel by channel; x [1, a b, C]. */
    static Tensor gate(Tensor x, Tensor weight, int b) {
        int a = weight.dim(0);
        int channels = x.dim(2);
        double[] y = new double[a * b * channels];
        for (int c = 0; c < channels; c++) {
            double[][] k = kernel(weight, b, c);
            for (int i = 0; i < a * b; i++) {
                for (int j = 0; j < a * b; j++) {
                    int s = Math.floorMod(i / b - j / b, a);
                    int t = Math.floorMod(i % b - j % b, b);
                    y[i * channels + c] += k[s][t] * x.get(0, j, c);
                }
            }
        }
        return Tensor.of(DType.F64, y, 1, a * b, channels);
    }
}
