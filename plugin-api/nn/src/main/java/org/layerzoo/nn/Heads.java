package org.layerzoo.nn;

import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.Tensor;

/** Between tokens [B, T, H d] and heads [B, H, T, d]; channel c belongs to head c / d. */
public final class Heads {
    private Heads() {}

    /** @throws ZooException if the channels do not divide into the heads */
    public static Tensor split(Tensor x, int heads) {
        int d = x.dim(-1);
        if (d % heads != 0) {
            throw ZooException.badShape("heads: " + d + " channels do not divide into " + heads + " heads");
        }
        return x.reshape(x.dim(0), x.dim(1), heads, d / heads).permute(0, 2, 1, 3);
    }

    public static Tensor merge(Tensor x) {
        return x.permute(0, 2, 1, 3).reshape(x.dim(0), x.dim(2), x.dim(1) * x.dim(3));
    }

    /** Rows of length 1, t / sqrt(|t|^2 + 1e-6): keys and queries under the delta rule. */
    public static Tensor unit(Tensor t) {
        return Fused.l2Norm(t, -1, 1e-6, Root.INSIDE);
    }
}
