package org.layerzoo.core.op.linear;

import java.util.List;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Fourier transforms along an axis: lines are copied out, transformed by {@link Dft} and copied back. */
final class FourierReference {
    private FourierReference() {}

    static Tensor fft(Primitive.Fft op, Tensor x) {
        int n = x.dim(op.axis());
        double[] v = x.toDoubles();
        double[] out = new double[v.length];
        int inner = (int) x.shape().product(op.axis() + 1, x.rank() - 1);
        int outer = (int) x.shape().product(0, op.axis());
        Dft dft = new Dft(n, op.inverse());
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                for (int j = 0; j < n; j++) {
                    int at = 2 * ((o * n + j) * inner + i);
                    dft.re[j] = v[at];
                    dft.im[j] = v[at + 1];
                }
                dft.run();
                for (int j = 0; j < n; j++) {
                    int at = 2 * ((o * n + j) * inner + i);
                    out[at] = dft.re[j];
                    out[at + 1] = dft.im[j];
                }
            }
        }
        return Tensor.of(x.dtype(), out, x.shape().dims());
    }

    static Tensor rfft(Primitive.Rfft op, Tensor x) {
        int n = x.dim(op.axis());
        int bins = n / 2 + 1;
        Shape shape = op.infer(List.of(x.spec())).getFirst().shape();
        double[] v = x.toDoubles();
        double[] out = new double[Math.toIntExact(shape.size())];
        int inner = (int) x.shape().product(op.axis() + 1, x.rank());
        int outer = (int) x.shape().product(0, op.axis());
        Dft dft = new Dft(n, false);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                for (int j = 0; j < n; j++) {
                    dft.re[j] = v[(o * n + j) * inner + i];
                    dft.im[j] = 0;
                }
                dft.run();
                for (int k = 0; k < bins; k++) {
                    int at = 2 * ((o * bins + k) * inner + i);
                    out[at] = dft.re[k];
                    out[at + 1] = real(k, n) ? 0 : dft.im[k];
                }
            }
        }
        return Tensor.of(x.dtype(), out, shape.dims());
    }

    static Tensor irfft(Primitive.Irfft op, Tensor x) {
        int n = op.n();
        int bins = n / 2 + 1;
        Shape shape = op.infer(List.of(x.spec())).getFirst().shape();
        double[] v = x.toDoubles();
        double[] out = new double[Math.toIntExact(shape.size())];
        int inner = (int) x.shape().product(op.axis() + 1, x.rank() - 1);
        int outer = (int) x.shape().product(0, op.axis());
        Dft dft = new Dft(n, true);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                for (int k = 0; k < bins; k++) {
                    int at = 2 * ((o * bins + k) * inner + i);
                    mirror(dft, k, n, v[at], real(k, n) ? 0 : v[at + 1]);
                }
                dft.run();
                for (int j = 0; j < n; j++) {
                    out[(o * n + j) * inner + i] = dft.re[j];
                }
            }
        }
        return Tensor.of(x.dtype(), out, shape.dims());
    }

    /** Bin k and its conjugate n - k. */
    private static void mirror(Dft dft, int k, int n, double re, double im) {
        dft.re[k] = re;
        dft.im[k] = im;
        if (!real(k, n)) {
            dft.re[n - k] = re;
            dft.im[n - k] = -im;
        }
    }

    /** Bins that are their own mirror image: 0 and, for even n, n/2. */
    private static boolean real(int k, int n) {
        return k == 0 || 2 * k == n;
    }
}
