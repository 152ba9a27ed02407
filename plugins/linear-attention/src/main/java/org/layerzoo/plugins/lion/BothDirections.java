package org.layerzoo.plugins.lion;

import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Sums over all tokens with a decay between them, as one recurrence from each side: M_ij = lambda_j .. lambda_{i-1} for j < i, lambda_{i+1} ..
 * lambda_j for j > i, 1 on the diagonal, of which either side reads half.
 */
public final class BothDirections {
    private BothDirections() {}

    /** The features of LION-D and LION-S, (SiLU(x) + 1/2) / |.|: positive and of unit norm, [B, H, T, d]. */
    public static Tensor phi(Tensor x) {
        return Fused.l2Norm(Ops.silu(x).add(0.5), -1, 0, Root.MAX);
    }

    /** M [B, H, T, T] of the quadratic form, from sums of log lambda [B, H, T] alone. */
    public static Tensor mask(Tensor log) {
        Tensor to = Ops.cumsum(log, 2);
        Tensor before = to.sub(log);
        Tensor at = Ops.iota(DType.I64, log.dim(2));
        Tensor past = at.lt(at.unsqueeze(1));
        Tensor left = before.unsqueeze(3).sub(before.unsqueeze(2));
        Tensor right = to.unsqueeze(2).sub(to.unsqueeze(3));
        return Ops.exp(Ops.where(past, left, right));
    }

    /** (scale q k^T * M) v: one product with the whole matrix. @param mask [B, H, T, T], absent for 1 */
    public static Tensor quadratic(Tensor q, Tensor k, Tensor v, double scale, Optional<Tensor> mask) {
        Tensor a = q.matmulT(k).mul(scale);
        return mask.map(a::mul).orElse(a).matmul(v);
    }

    /** sum_j M_ij (q_i . k_j) v_j, [B, H, T, V]. @param log of lambda [B, H, T], absent for 1 @param form empty leaves the choice to the op */
    public static Tensor read(
            Tensor q, Tensor k, Tensor v, double scale, Optional<Tensor> log, Optional<Algorithm> form) {
        int t = q.dim(2);
        // From the left a token meets the decay of the one before it, from the right of the one behind it.
        Optional<Tensor> left = log.map(l -> Ops.padZero(l.slice(2, 0, t - 1), 2, 1, 0));
        Optional<Tensor> right = log.map(l -> Ops.padZero(l.slice(2, 1, t), 2, 0, 1));
        Tensor forward = side(q, k, v, scale, t == 1 ? Optional.empty() : left, form)
                .run()
                .o();
        return forward.add(side(q, k, v, scale, t == 1 ? Optional.empty() : right, form)
                .reverse()
                .run()
                .o());
    }

    private static Recurrence side(
            Tensor q, Tensor k, Tensor v, double scale, Optional<Tensor> log, Optional<Algorithm> form) {
        Recurrence r = Fused.recur(q, k, v).diagonal(Diagonal.HALF).scale(scale);
        form.ifPresent(r::algorithm);
        return log.map(r::scalar).orElse(r);
    }
}
