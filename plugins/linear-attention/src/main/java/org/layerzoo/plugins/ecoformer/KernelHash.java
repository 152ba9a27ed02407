package org.layerzoo.plugins.ecoformer;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/**
 * A hash of tokens by their likeness to anchors: code(u) = sign((kap(u, .) - mean) A^T), kap(u, a) = exp(-|u - a|^2 / 2 s) with s the mean
 * of |u - a|^2 over the tokens and anchors of a sample and head.
 *
 * @param a weights of the bits [h, b, m]
 * @param mean of the kernel where the hash was learned [1, h, 1, m]
 * @param anchors [1, h, m, d]
 */
public record KernelHash(Tensor a, Tensor mean, Tensor anchors) {
    /** The kernel alone: u [B, h, N, d], anchors [1, h, m, d] -> [B, h, N, m]. */
    public static Tensor kernel(Tensor u, Tensor anchors) {
        Tensor norms = Ops.square(anchors).sum(-1).unsqueeze(2);
        Tensor distance =
                Ops.square(u).sumKeep(-1).add(norms).sub(u.matmulT(anchors).mul(2));
        return Ops.exp(distance.div(distance.meanKeep(2, 3)).mul(-0.5));
    }

    /** What the bits are signs of, [B, h, N, b]; the hash itself takes no gradient. */
    public Tensor projections(Tensor u) {
        return kernel(u, Ops.stop(anchors)).sub(Ops.stop(mean)).matmulT(Ops.stop(a));
    }

    /** 1 where y is positive, else -1; the gradient passes where |y| < 1. */
    public static Tensor binary(Tensor y) {
        Tensor one = Ops.onesLike(y);
        Tensor soft = Ops.where(Ops.abs(y).lt(1), y, Ops.stop(y));
        return Ops.straightThrough(Ops.where(y.gt(0), one, one.neg()), soft);
    }

    /** Codes of +-1, [B, h, N, b]. */
    public Tensor codes(Tensor u) {
        return binary(projections(u));
    }
}
