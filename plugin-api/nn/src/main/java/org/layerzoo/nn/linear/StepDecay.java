package org.layerzoo.nn.linear;

import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Decays of heads by a step that the input sets (Mamba-2, Gated DeltaNet): log decay = -exp(A_log) softplus(a + dt_bias). Parameters {@code A_log}, {@code dt_bias} [H]. */
public record StepDecay(Param log, Param bias) {
    /** Rates start uniform in (0, 16), steps log-uniform in [0.001, 0.1]. */
    public static StepDecay of(Params p, int heads) {
        Init rate = (path, s, dtype, d) -> Ops.log(
                        d.uniform(path, DType.F64, s.dims()).mul(16 - 1e-3).add(1e-3))
                .cast(dtype);
        return new StepDecay(
                p.weight("A_log", Shape.of(heads), rate, new Param.Attr.NoDecay()),
                p.weight("dt_bias", Shape.of(heads), StepDecay::stepBias, new Param.Attr.NoDecay()));
    }

    /** softplus^-1 of the step. */
    private static Tensor stepBias(String path, Shape s, DType dtype, Draws d) {
        Tensor u = d.uniform(path, DType.F64, s.dims());
        Tensor dt = Ops.exp(u.mul(Math.log(100)).add(Math.log(0.001)));
        return dt.add(Ops.log(Ops.expm1(dt.neg()).neg())).cast(dtype);
    }

    /** Log decays of projections a [B, T, H], as [B, H, T]. */
    public Tensor logs(Tensor a) {
        Tensor dt = Ops.softplus(a.add(bias.value()));
        return dt.mul(Ops.exp(log.value())).neg().permute(0, 2, 1);
    }
}
