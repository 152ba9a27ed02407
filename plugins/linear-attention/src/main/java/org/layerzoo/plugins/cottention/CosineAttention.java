package org.layerzoo.plugins.cottention;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.tensor.Tensor;

/** What makes cosine attention of linear attention: unit queries and keys, and a learned power of the number of keys. */
public final class CosineAttention {
    private CosineAttention() {}

    /** x / max(|x|, 1e-12) over the channels of a head. */
    public static Tensor unit(Tensor x) {
        return Fused.l2Norm(x, -1, 1e-12, Root.MAX);
    }

    /** max(n^sigmoid(m), 1) for n >= 0. @param m one a head, [1, H, 1, 1] @param n broadcasts against it */
    public static Tensor lengthScale(Tensor m, Tensor n) {
        // 0^s = 0 and its logarithm is not finite: both sides of max(n^s, 1) are 1 at n <= 1.
        return Ops.exp(Ops.sigmoid(m).mul(Ops.log(Ops.maximum(n, Tensor.scalar(n.dtype(), 1)))));
    }
}
