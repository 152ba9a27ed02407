package org.layerzoo.plugins.deltaproduct;

import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Tensor;

/**
 * n steps of the delta rule a token as one delta rule over n T steps, step j of token t at n t + j: the decay stands at the first
 * step of a token, the query at its last.
 *
 * @param n steps a token
 */
public record Steps(int n) {
    /** Reads at [B, H, n T, dv], of which {@link #last} keeps those of the tokens' last steps. @param q [B, Hk, T, dk] @param k [B, Hk, n T, dk] @param v [B, H, n T, dv] @param beta [B, H, n T] @param decay log alpha [B, H, T] */
    public Recurrence rule(Tensor q, Tensor k, Tensor v, Tensor beta, Optional<Tensor> decay) {
        Recurrence r = Fused.recur(spread(q, n - 1), k, v);
        return decay.isPresent()
                ? r.delta(beta, spread(decay.get().unsqueeze(3), 0).squeeze(3))
                : r.delta(beta);
    }

    /** [B, H, T, d] -> [B, H, n T, d], zero but at step {@code at} of each token. */
    private Tensor spread(Tensor x, int at) {
        Tensor wide = Ops.padZero(x.unsqueeze(3), 3, at, n - 1 - at);
        return wide.reshape(x.dim(0), x.dim(1), n * x.dim(2), x.dim(3));
    }

    /** [B, H, n T, d] -> [B, H, T, d]. */
    public Tensor last(Tensor o) {
        return n == 1 ? o : o.slice(2, n - 1, o.dim(2), n);
    }
}
