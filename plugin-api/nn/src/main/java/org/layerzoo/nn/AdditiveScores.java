package org.layerzoo.nn;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/** Scores of additive attention (Bahdanau et al., 2015). */
public final class AdditiveScores {
    private AdditiveScores() {}

    /** v tanh(k + W2 d): keys W1 e [B, M, h], d [B, T, h], w2 [h, h], v [h] -> [B, T, M]. */
    public static Tensor of(Tensor keys, Tensor d, Tensor w2, Tensor v) {
        Tensor sum = keys.unsqueeze(1).add(Fused.linear(d, w2).unsqueeze(2));
        return Ops.tanh(sum).mul(v).sum(3);
    }
}
