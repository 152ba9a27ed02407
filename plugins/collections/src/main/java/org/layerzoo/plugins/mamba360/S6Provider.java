package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
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
public final class S6Provider implements LayerProvider<SsmConfig> {
    @Override
    public String name() {
        return "s6";
    }

    @Override
    public Class<SsmConfig> config() {
        return SsmConfig.class;
    }

    @Override
    public SsmConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SsmConfig(4, 4, Direction.CAUSAL);
            case TEST -> new SsmConfig(32, 16, Direction.CAUSAL);
            case PAPER -> new SsmConfig(256, 16, Direction.CAUSAL);
        };
    }

    @Override
    public Signature signature(SsmConfig c) {
        return Kernels.signature(c.direction(), "B D N");
    }

    @Override
    public Layer build(SsmConfig c, Build build) {
        Params p = build.params();
        Param delta = p.weight("dt_proj.weight", Shape.of(c.dim(), c.dim()), Init.linear());
        Param bias =
                p.weight("dt_proj.bias", Shape.of(c.dim()), SsmInit.softplusStep(1e-3, 1e-1), new Param.Attr.NoDecay());
        Param a = p.weight("A_log", Shape.of(c.dim(), c.states()), Init.logArange(), new Param.Attr.NoDecay());
        Param in = p.weight("B_proj.weight", Shape.of(c.states(), c.dim()), Init.linear());
        Param out = p.weight("C_proj.weight", Shape.of(c.states(), c.dim()), Init.linear());
        return Kernels.directed(
                new SsmLayer(
                        "s6",
                        () -> new SelectiveSystem(
                                delta.value(),
                                bias.value(),
                                Ops.exp(Wide.up(a.value())).neg(),
                                in.value(),
                                out.value()),
                        false),
                c.direction());
    }
}
