package org.layerzoo.plugins.ecoformer;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.ecoformer.EcoFormerConfig.Codes;

/**
 * Attention whose similarity is H_i . H_j + b + 1 = 2b + 1 - 2 Hamming(i, j), of codes H [B, h, N, b] of +-1 and values v [B, h, N, d].
 * Products of codes with values need only add and subtract.
 */
public final class CodeAttention {
    private CodeAttention() {}

    /** o [B, h, N, d] without a matrix between tokens. @param own (b + 1) v_i instead of (b + 1) sum_j v_j above the line @param form which both give the same numbers */
    public static Tensor read(Tensor codes, Tensor v, boolean own, Codes form) {
        int shift = codes.dim(-1) + 1;
        Tensor counted = LinearAttention.counted(v);
        Tensor sums = counted.sumKeep(2);
        Tensor offset = own
                ? Ops.concat(-1, v, sums.slice(3, v.dim(3), v.dim(3) + 1).expand(v.dim(0), v.dim(1), v.dim(2), 1))
                : sums;
        Tensor met =
                switch (form) {
                    case NUMBERS -> codes.matmul(codes.tMatmul(counted));
                    case PACKED -> SignSums.twice(codes, counted);
                };
        return LinearAttention.divided(met.add(offset.mul(shift)), 0);
    }

    /** The matrix of similarities [B, h, N, N], for looking at. */
    public static Tensor similarity(Tensor codes) {
        return codes.matmulT(codes).add(codes.dim(-1) + 1);
    }
}
