package org.layerzoo.plugins.vig;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Tensor;

/**
 * Gated linear attention from both ends over the same queries, keys and values: S_t = diag(a_t) S_{t-1} + k_t v_t^T, o_t = scale q_t S_t, a gate
 * of its own for each direction, and the mean of the two. The backward one runs from the last token to the first; nothing is flipped.
 *
 * @param q [B, h, N, dk]
 * @param k [B, h, N, dk]
 * @param v [B, h, N, dv]
 * @param forward log gates [B, h, N, dk]
 * @param backward log gates [B, h, N, dk]
 */
public record BothGates(Tensor q, Tensor k, Tensor v, Tensor forward, Tensor backward) {
    /** o [B, h, N, dv]. */
    public Tensor read(double scale, Optional<Algorithm> algorithm) {
        List<Tensor> o = List.of(
                run(Fused.recur(q, k, v).key(forward), scale, algorithm),
                run(Fused.recur(q, k, v).key(backward).reverse(), scale, algorithm));
        return o.getFirst().add(o.getLast()).mul(0.5);
    }

    private static Tensor run(Recurrence r, double scale, Optional<Algorithm> algorithm) {
        r.scale(scale).chunked(16);
        algorithm.ifPresent(r::algorithm);
        return r.run().o();
    }
}
