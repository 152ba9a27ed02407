package org.layerzoo.plugins.longhorn;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.op.scan.SelectiveScan.Discretisation;
import org.layerzoo.core.tensor.Tensor;

/**
 * The proximal step of online regression (section 3): a channel's state s minimises |s - s_{t-1}|^2 + beta (s.k - x)^2, which gives
 * s_t = (I - delta k k^T) s_{t-1} + delta k x with delta = beta / (1 + beta |k|^2). Longhorn keeps the diagonal of k k^T.
 */
public final class OnlineLearner {
    private OnlineLearner() {}

    /** delta [B, T, E] of beta [B, T, E] and k [B, T, N]; delta k_n^2 stays below 1. */
    public static Tensor delta(Tensor beta, Tensor k) {
        return beta.div(beta.mul(Ops.square(k).sumKeep(-1)).add(1));
    }

    /** s_t = (1 - delta k^2) s_{t-1} + delta k x, read as y = s q. */
    public static Selective diagonal(Tensor x, Tensor delta, Tensor k, Tensor q) {
        Tensor minus = Tensor.full(Wide.of(x.dtype()), -1, x.dim(2), k.dim(2));
        return Fused.selectiveScan(x, delta, minus, k, q).discretisation(Discretisation.PROXIMAL);
    }

    /** Reads [B, T, E] and the last state [B, E, N]. */
    public record Learnt(Tensor y, Tensor state) {}

    /** The whole step, token by token: with a beta a channel it has no chunks. @param s0 [B, E, N] */
    public static Learnt exact(Tensor x, Tensor delta, Tensor k, Tensor q, Tensor s0) {
        Tensor s = s0;
        List<Tensor> y = new ArrayList<>();
        for (int t = 0; t < x.dim(1); t++) {
            Tensor key = k.select(1, t).unsqueeze(1);
            Tensor wrong = x.select(1, t).sub(s.mul(key).sum(2));
            s = s.add(delta.select(1, t).mul(wrong).unsqueeze(2).mul(key));
            y.add(s.mul(q.select(1, t).unsqueeze(1)).sum(2));
        }
        return new Learnt(Ops.stack(1, y), s);
    }
}
