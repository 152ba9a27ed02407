package org.layerzoo.nn.linear;

import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Random positive features of the exponential kernel (Performer): E[phi(q) . phi(k)] = exp(q . k) for rows of W ~ N(0, I). */
public final class PositiveFeatures {
    private PositiveFeatures() {}

    /** log phi(x) = W x - |x|^2 / 2 - log sqrt(m) for x [.., d], W [m, d]; with {@code mirrored} also of -W, 2m features of smaller variance. */
    public static Tensor logs(Tensor x, Tensor w, boolean mirrored) {
        Tensor wx = x.matmulT(w);
        Tensor all = mirrored ? Ops.concat(-1, wx, wx.neg()) : wx;
        return all.sub(Ops.square(x).sumKeep(-1).mul(0.5)).sub(0.5 * Math.log(all.dim(-1)));
    }

    /** W [m, d] of N(0, 1), in blocks of d rows made orthogonal with their lengths kept as drawn when {@code orthogonal}. */
    public static Init rows(boolean orthogonal) {
        return (path, shape, dtype, draws) ->
                rows(path, shape, draws, orthogonal).cast(dtype);
    }

    private static Tensor rows(String path, Shape shape, Draws draws, boolean orthogonal) {
        Tensor w = draws.normal(path, DType.F64, shape.dims());
        return orthogonal ? Tensor.of(orthogonal(w.toDoubles(), shape.dim(1)), shape.dims()) : w;
    }

    /** Gram and Schmidt within each block of d rows, the length of a row as it was. */
    private static double[] orthogonal(double[] w, int d) {
        double[] lengths = new double[w.length / d];
        for (int r = 0; r < lengths.length; r++) {
            lengths[r] = Math.sqrt(dot(w, r, r, d));
        }
        double[] out = w.clone();
        for (int r = 0; r < lengths.length; r++) {
            for (int s = r / d * d; s < r; s++) {
                double share = dot(out, r, s, d);
                for (int i = 0; i < d; i++) {
                    out[r * d + i] -= share * out[s * d + i];
                }
            }
            double norm = Math.sqrt(dot(out, r, r, d));
            for (int i = 0; i < d; i++) {
                out[r * d + i] /= norm;
            }
        }
        for (int i = 0; i < out.length; i++) {
            out[i] *= lengths[i / d];
        }
        return out;
    }

    private static double dot(double[] w, int a, int b, int d) {
        double s = 0;
        for (int i = 0; i < d; i++) {
            s += w[a * d + i] * w[b * d + i];
        }
        return s;
    }
}
