package org.layerzoo.plugins.soft;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.plugins.soft.SoftConfig.Middle;

/** Attention under the kernel exp(-|a - b|^2 / 2), whole or through m landmarks. */
public final class Gaussian {
    private static final double RIDGE = 0.01;

    private Gaussian() {}

    /** a [.., N, d], b [.., m, d] -> [.., N, m] in (0, 1]. */
    public static Tensor kernel(Tensor a, Tensor b) {
        Tensor norms = Ops.square(b).sum(-1).unsqueeze(b.rank() - 2);
        Tensor distance = Ops.square(a).sumKeep(-1).add(norms).sub(a.matmulT(b).mul(2));
        return Ops.exp(Ops.relu(distance).mul(-0.5));
    }

    /** k(q, l) A^-1 k(q, l)^T v for queries q [B, h, N, d], landmarks l [B, h, m, d], values v [B, h, N, dv]: no N x N matrix. */
    public static Tensor read(Tensor q, Tensor l, Tensor v, Middle middle, int iterations) {
        Tensor c = kernel(q, l);
        return c.matmul(between(kernel(l, l), middle, iterations).matmul(c.tMatmul(v)));
    }

    /** The inverse of A [.., m, m] that stands between the kernels. */
    public static Tensor between(Tensor a, Middle middle, int iterations) {
        return switch (middle) {
            case INVERSE -> inverse(a, RIDGE, iterations);
            case NORMALISED -> normalised(a, inverse(a, RIDGE, iterations));
            case NORMALISED_AS_RELEASED -> normalised(a, stepped(a, iterations));
        };
    }

    /** (A + ridge I)^-1; the gradient doesn't pass through the steps. */
    public static Tensor inverse(Tensor a, double ridge, int iterations) {
        return Fused.newtonInverse(a, iterations, ridge);
    }

    private static Tensor normalised(Tensor a, Tensor inverse) {
        Tensor root = Ops.rsqrt(a.sumKeep(-1));
        return inverse.mul(root).mul(root.transpose(-1, -2));
    }

    /** Newton's steps from alpha A, alpha being 2 / (largest row sum of the batch)^2, halved up to ten times while |I - alpha A^2|_1 > 1.01. */
    private static Tensor stepped(Tensor a, int iterations) {
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, a.dim(-1)), a.dim(-1), a.dtype());
        Tensor still = Ops.stop(a);
        Tensor square = still.matmul(still);
        Tensor alpha = Ops.reciprocal(Ops.square(still.sum(-1).max())).mul(2);
        for (int i = 0; i < 10; i++) {
            Tensor norm = Ops.abs(eye.sub(square.mul(alpha))).sum(-2).max();
            alpha = Ops.where(norm.gt(1.01), alpha.mul(0.5), alpha);
        }
        Tensor y = a.mul(alpha);
        for (int i = 0; i < iterations; i++) {
            y = y.mul(2).sub(y.matmul(a).matmul(y));
        }
        return y;
    }
}
