package org.layerzoo.plugins.snnk;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** The fully bundled network: a whole stack as one linear map of features, fitted without backpropagation. */
public final class Bundle {
    private Bundle() {}

    /**
     * V = Y^T F (F^T F + lambda I)^-1, the minimum of |Y - F V^T|^2 + lambda |V|^2.
     *
     * @param f features [n, m] @param y targets [n, l] @return V [l, m] in F64
     */
    public static Tensor fit(Tensor f, Tensor y, double lambda) {
        if (!(lambda > 0)) {
            throw ZooException.badArgument("bundle: lambda above 0 expected, given " + lambda);
        }
        int m = f.dim(1);
        double[] gram = f.tMatmul(f).cast(DType.F64).toDoubles();
        for (int i = 0; i < m; i++) {
            gram[i * m + i] += lambda;
        }
        double[] v = y.tMatmul(f).cast(DType.F64).toDoubles();
        factor(gram, m);
        for (int r = 0; r < y.dim(1); r++) {
            solve(gram, v, r * m, m);
        }
        return Tensor.of(DType.F64, v, y.dim(1), m);
    }

    /** Cholesky factor L of a positive definite matrix, in place in the lower triangle. */
    private static void factor(double[] a, int m) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j <= i; j++) {
                double s = a[i * m + j];
                for (int k = 0; k < j; k++) {
                    s -= a[i * m + k] * a[j * m + k];
                }
                a[i * m + j] = i == j ? Math.sqrt(s) : s / a[j * m + j];
            }
        }
    }

    /** Solves L L^T x = v in place for the m numbers of v from {@code at} on. */
    private static void solve(double[] l, double[] v, int at, int m) {
        for (int i = 0; i < m; i++) {
            for (int k = 0; k < i; k++) {
                v[at + i] -= l[i * m + k] * v[at + k];
            }
            v[at + i] /= l[i * m + i];
        }
        for (int i = m - 1; i >= 0; i--) {
            for (int k = i + 1; k < m; k++) {
                v[at + i] -= l[k * m + i] * v[at + k];
            }
            v[at + i] /= l[i * m + i];
        }
    }
}
