package org.layerzoo.plugins.inlineattention;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.LinearAttention;

/**
 * Linear attention normalised by subtraction: w_ij = t q_i . k_j - (1/N) sum_s t q_i . k_s + 1/N with t = d^-1/2 / N, so rows sum to 1
 * and no two queries have the same weights where the centred keys span all channels. q, k, v [B, H, N, d].
 */
public final class Injective {
    private Injective() {}

    /** phi(q) (phi(K)^T V t) + (1 - d^-1/2 phi(q) . mean k) mean v: [B, H, N, d], linear in N. */
    public static Tensor read(Tensor q, Tensor k, Tensor v) {
        double root = 1 / Math.sqrt(q.dim(3));
        Tensor sums = LinearAttention.bothWays(q.mul(root), k.mul(1.0 / k.dim(2)), v);
        Tensor rest = q.matmulT(k.meanKeep(2)).mul(-root).add(1);
        return sums.add(rest.mul(v.meanKeep(2)));
    }

    /** The matrix [B, H, N, N] of the same, for looking at. */
    public static Tensor weights(Tensor q, Tensor k) {
        double n = k.dim(2);
        Tensor s = q.matmulT(k).mul(1 / (Math.sqrt(q.dim(3)) * n));
        return s.sub(s.meanKeep(3)).add(1 / n);
    }

    /** What linear attention with division gives instead. */
    public static Tensor divided(Tensor q, Tensor k) {
        Tensor s = q.matmulT(k);
        return s.div(Ops.maximum(s.sumKeep(3), Tensor.scalar(s.dtype(), 1e-12)));
    }
}
