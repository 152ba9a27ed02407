package org.layerzoo.plugins.hedgehog;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Attention weights of teacher and student, and the loss that makes the maps imitate softmax; for training and looking, n x m a head. */
public final class Mimicry {
    private Mimicry() {}

    /** phi_q phi_k^T over its row sums plus eps, [B, H, T, S]. */
    public static Tensor weights(Tensor phiQ, Tensor phiK, boolean causal, double eps) {
        Tensor w = phiQ.matmulT(phiK);
        Tensor seen = causal ? w.mul(past(w).cast(w.dtype())) : w;
        return seen.div(seen.sumKeep(-1).add(eps));
    }

    /** softmax(q k^T / sqrt(d)), [B, H, T, S]. */
    public static Tensor teacher(Tensor q, Tensor k, boolean causal) {
        Tensor s = q.matmulT(k).mul(1 / Math.sqrt(q.dim(-1)));
        return causal ? Fused.softmax(s, -1, past(s), Softmax.EmptyRow.ZERO) : Fused.softmax(s, -1);
    }

    /** Mean over rows and heads of -sum_j a_j log w_j; the teacher a takes no gradient. */
    public static Tensor loss(Tensor teacher, Tensor weights) {
        Tensor a = Ops.stop(teacher);
        Tensor log = Ops.log(Ops.where(a.gt(0), weights, Ops.onesLike(weights)));
        return a.mul(log).sum(-1).neg().mean();
    }

    private static Tensor past(Tensor w) {
        Tensor row = Ops.iota(DType.I64, w.dim(-2)).unsqueeze(1);
        return Ops.iota(DType.I64, w.dim(-1)).le(row);
    }
}
