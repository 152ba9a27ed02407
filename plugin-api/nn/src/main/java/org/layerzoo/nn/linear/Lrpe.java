package org.layerzoo.nn.linear;

import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Linearised relative positions (TransNormerLLM, section 3.1): x_t -> [x_t cos(t theta), x_t sin(t theta)] with learned theta
 * [d], so that products of two such rows weigh channel j by cos(theta_j (t - s)). Starts as theta_j = 10000^(-2j/d).
 */
public record Lrpe(Param theta) {
    /** Parameter {@code theta}. */
    public static Lrpe of(Params p, int d) {
        return new Lrpe(p.weight(
                "theta",
                Shape.of(d),
                (path, shape, dtype, draws) -> Ops.exp(Ops.iota(DType.F64, d).mul(-2.0 / d * Math.log(10000)))
                        .cast(dtype),
                new Param.Attr.NoDecay()));
    }

    /** [B, H, n, d] -> [B, H, n, 2d]; angles in F64, since they grow with the position. @param positions I64 [n] */
    public Tensor rotate(Tensor x, Tensor positions) {
        Tensor angle = positions.cast(DType.F64).unsqueeze(-1).mul(theta.value().cast(DType.F64));
        return Ops.concat(
                -1, x.mul(Ops.cos(angle).cast(x.dtype())), x.mul(Ops.sin(angle).cast(x.dtype())));
    }
}
