package org.layerzoo.plugins.memmamba;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** The linear decoder of least squares with a ridge: W = (X^T X + r I)^-1 X^T Y. */
public final class Ridge {
    private Ridge() {}

    /** W [n, m] in F64. @param x [rows, n] @param y [rows, m] */
    public static Tensor fit(Tensor x, Tensor y, double ridge) {
        Tensor wide = x.cast(DType.F64);
        int n = x.dim(1);
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, n), n, DType.F64);
        double[] a = wide.tMatmul(wide).add(eye.mul(ridge)).toDoubles();
        double[] b = wide.tMatmul(y.cast(DType.F64)).toDoubles();
        int m = y.dim(1);
        eliminate(a, b, n, m);
        return Tensor.of(b, n, m);
    }

    /** Gauss-Jordan; the matrix is positive definite, so no pivot vanishes. */
    private static void eliminate(double[] a, double[] b, int n, int m) {
        for (int i = 0; i < n; i++) {
            double pivot = a[i * n + i];
            for (int row = 0; row < n; row++) {
                double f = a[row * n + i] / pivot;
                if (row != i && f != 0) {
                    for (int j = i; j < n; j++) {
                        a[row * n + j] -= f * a[i * n + j];
                    }
                    for (int j = 0; j < m; j++) {
                        b[row * m + j] -= f * b[i * m + j];
                    }
                }
            }
        }
        for (int i = 0; i < n * m; i++) {
            b[i] /= a[i / m * n + i / m];
        }
    }

    /** Mean over rows of cos(x W, y). */
    public static double fidelity(Tensor w, Tensor x, Tensor y) {
        Tensor guess = x.cast(DType.F64).matmul(w);
        Tensor truth = y.cast(DType.F64);
        Tensor norms = Ops.sqrt(Ops.square(guess).sum(1).mul(Ops.square(truth).sum(1)));
        return guess.mul(truth).sum(1).div(norms.add(1e-30)).mean().item();
    }
}
