package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.nn.ssm.SelectiveSystem;
import org.layerzoo.nn.ssm.SsmInit;
import org.layerzoo.nn.ssm.SsmLayer;
import org.pf4j.Extension;

/**
 * The bare selective scan of Mamba (Gu and Dao 2023), without convolution, gate and direct term: dt = softplus(W x + w),
 * h_t = exp(dt A) h_{t-1} + dt B(x) x, y = C(x) h with real A = -1, -2, .. at the start. Time O(T D (D + N)), state D N.
 */
@Extension
public final class S6Provider extends KernelProvider {
    public S6Provider() {
        super("s6", 16, 16, "B D N");
    }

    @Override
    SsmLayer kernel(SsmConfig c, Params p) {
        Param delta = p.weight("dt_proj.weight", Shape.of(c.dim(), c.dim()), Init.linear());
        Param bias =
                p.weight("dt_proj.bias", Shape.of(c.dim()), SsmInit.softplusStep(1e-3, 1e-1), new Param.Attr.NoDecay());
        Param a = p.weight("A_log", Shape.of(c.dim(), c.states()), Init.logArange(), new Param.Attr.NoDecay());
        Param in = p.weight("B_proj.weight", Shape.of(c.states(), c.dim()), Init.linear());
        Param out = p.weight("C_proj.weight", Shape.of(c.states(), c.dim()), Init.linear());
        return new SsmLayer(
                "s6",
                () -> new SelectiveSystem(
                        delta.value(), bias.value(), Ops.exp(Wide.up(a.value())).neg(), in.value(), out.value()),
                false);
    }
}
