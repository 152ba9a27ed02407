package org.layerzoo.core.op.norm;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/** Where epsilon enters a norm. */
public enum Root {
    /** 1 / sqrt(s + eps). */
    INSIDE,
    /** 1 / (sqrt(s) + eps). */
    OUTSIDE,
    /** 1 / max(sqrt(s), eps). */
    MAX;

    /** The reciprocal of the root of s >= 0, with a finite gradient at s = 0; NaN stays NaN. */
    public Tensor reciprocal(Tensor s, double eps) {
        if (this == INSIDE) {
            return Ops.rsqrt(s.add(eps));
        }
        Tensor one = Tensor.scalar(s.dtype(), 1);
        Tensor regular = s.le(this == MAX ? eps * eps : 0).not();
        Tensor root = Ops.sqrt(Ops.where(regular, s, one));
        return Ops.where(
                regular, Ops.reciprocal(this == MAX ? root : root.add(eps)), Tensor.scalar(s.dtype(), 1 / eps));
    }
}
