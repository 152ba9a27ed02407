package org.layerzoo.plugins.snnk;

import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Random vectors g_j, the rows of G [m, D]. */
public final class Directions {
    private Directions() {}

    /** Standard normal rows, independent or in orthogonal blocks. */
    static Init init(boolean orthogonal) {
        return (path, shape, dtype, draws) -> orthogonal
                ? orthogonal(draws, path, shape.dim(0), shape.dim(1)).cast(dtype)
                : draws.normal(path, DType.F64, shape.dims()).cast(dtype);
    }

    /** Blocks of D rows at right angles (Gram-Schmidt of normal rows), each with the length it had before. F64. */
    public static Tensor orthogonal(Draws draws, String name, int m, int dim) {
        double[] g = draws.normal(name, DType.F64, m, dim).toDoubles();
        double[] length = new double[m];
        for (int i = 0; i < m; i++) {
            length[i] = Math.sqrt(dot(g, i, i, dim));
            // Twice, as one pass leaves an angle when a row nearly lies in the span of those before.
            for (int pass = 0; pass < 2; pass++) {
                for (int j = i - i % dim; j < i; j++) {
                    add(g, i, j, -dot(g, i, j, dim), dim);
                }
                add(g, i, i, 1 / Math.sqrt(dot(g, i, i, dim)) - 1, dim);
            }
        }
        for (int i = 0; i < m; i++) {
            add(g, i, i, length[i] - 1, dim);
        }
        return Tensor.of(DType.F64, g, m, dim);
    }

    private static double dot(double[] g, int i, int j, int dim) {
        double s = 0;
        for (int c = 0; c < dim; c++) {
            s += g[i * dim + c] * g[j * dim + c];
        }
        return s;
    }

    /** Row i plus a times row j. */
    private static void add(double[] g, int i, int j, double a, int dim) {
        for (int c = 0; c < dim; c++) {
            g[i * dim + c] += a * g[j * dim + c];
        }
    }
}
