package org.layerzoo.plugins.nasefficienttransformers;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.LinearAttention;

/** Linear attention with weights ReLU(q_i) . ReLU(k_j) cos(pi/2 (i - j) / M), by cos(a - b) = cos a cos b + sin a sin b. */
public final class CosFormer {
    private static final double EPS = 1e-6;

    private CosFormer() {}

    /** q [B, H, T, d], k [B, H, S, d], v [B, H, S, dv] -> [B, H, T, dv]. @param m no two places are further apart */
    public static Tensor read(Tensor q, Tensor k, Tensor v, int m, boolean causal) {
        Tensor fq = features(q, m);
        Tensor fk = features(k, m);
        Tensor counted = LinearAttention.counted(v);
        Tensor sums = causal ? Fused.recur(fq, fk, counted).run().o() : LinearAttention.bothWays(fq, fk, counted);
        return LinearAttention.divided(sums, EPS);
    }

    /** [ReLU(x) cos, ReLU(x) sin], [B, H, T, 2d]. */
    static Tensor features(Tensor x, int m) {
        Tensor angle = Ops.iota(DType.F64, x.dim(2)).mul(Math.PI / 2 / m).unsqueeze(1);
        Tensor r = Ops.relu(x);
        return Ops.concat(
                -1, r.mul(Ops.cos(angle).cast(x.dtype())), r.mul(Ops.sin(angle).cast(x.dtype())));
    }

    /** The matrix of weights before normalisation [B, H, T, S], for looking at. */
    public static Tensor weights(Tensor q, Tensor k, int m) {
        Tensor i = Ops.iota(DType.F64, q.dim(2)).unsqueeze(1);
        Tensor cos = Ops.cos(i.sub(Ops.iota(DType.F64, k.dim(2))).mul(Math.PI / 2 / m));
        return Ops.relu(q).matmulT(Ops.relu(k)).mul(cos.cast(q.dtype()));
    }
}
