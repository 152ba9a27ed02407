package org.layerzoo.nn.ssm;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Heads;

/** State space duality (Dao and Gu 2024): a state space model with one decay a head and token is linear attention with that decay. */
public final class Ssd {
    private Ssd() {}

    /**
     * h_t = exp(dt_t A) h_{t-1} + dt_t B_t x_t^T, y_t = h_t^T C_t: reads [B, H, T, P], state [B, H, N, P].
     *
     * @param x [B, T, H P]
     * @param dt [B, T, H]
     * @param a A [H], negative
     * @param in B [B, T, G N]; head h reads group floor(h G / H)
     * @param out C [B, T, G N]
     */
    public static Recurrence of(Tensor x, Tensor dt, Tensor a, Tensor in, Tensor out, int groups) {
        int heads = dt.dim(2);
        Tensor steps = dt.permute(0, 2, 1);
        Tensor v = Heads.split(x, heads).mul(steps.unsqueeze(3));
        return Fused.recur(Heads.split(out, groups), Heads.split(in, groups), v)
                .scalar(steps.mul(a.cast(dt.dtype()).unsqueeze(1)));
    }
}
