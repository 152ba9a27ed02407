package org.layerzoo.nn.linear;

import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/** Attention whose weights are products of features, over q [B, H, T, K], k [B, H, S, K], v [B, H, S, V]. */
public final class LinearAttention {
    private LinearAttention() {}

    /** sum_j (q_i . k_j) v_j over all j, [B, H, T, V], in the order that costs less. */
    public static Tensor bothWays(Tensor q, Tensor k, Tensor v) {
        long t = q.dim(2);
        long n = k.dim(2);
        boolean state = (t + n) * k.dim(3) * v.dim(3) <= t * n * (k.dim(3) + v.dim(3));
        return state ? q.matmul(k.tMatmul(v)) : q.matmulT(k).matmul(v);
    }

    /** elu(t) + 1, a positive feature. */
    public static Tensor eluPlusOne(Tensor t) {
        return Ops.elu(t, 1).add(1);
    }

    /** v with a column of ones behind it, so that one recurrence sums numerator and denominator: [.., V + 1]. */
    public static Tensor counted(Tensor v) {
        return Ops.concat(-1, v, Ops.onesLike(v.slice(-1, 0, 1)));
    }

    /** Undoes {@link #counted}: the first V columns over the last one plus eps. */
    public static Tensor divided(Tensor o, double eps) {
        List<Tensor> parts = Ops.split(o, -1, o.dim(-1) - 1, 1);
        return parts.get(0).div(parts.get(1).add(eps));
    }
}
