package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.nn.ssm.DiagonalSystem;
import org.layerzoo.nn.ssm.SsmInit;
import org.layerzoo.nn.ssm.SsmLayer;
import org.pf4j.Extension;

/**
 * Linear recurrent unit (Orvieto et al. 2023): lambda = exp(-exp(nu) + i exp(theta)), gamma = sqrt(1 - |lambda|^2),
 * h_t = lambda h_{t-1} + gamma B x_t, y = Re(C h) + D x. Time O(T D N), state N complex numbers.
 */
@Extension
public final class LruProvider implements LayerProvider<LruConfig> {
    @Override
    public String name() {
        return "lru";
    }

    @Override
    public Class<LruConfig> config() {
        return LruConfig.class;
    }

    @Override
    public LruConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new LruConfig(4, 4, 0.9, 0.999, Direction.CAUSAL);
            case TEST -> new LruConfig(32, 32, 0.9, 0.999, Direction.CAUSAL);
            case PAPER -> new LruConfig(512, 384, 0.9, 0.999, Direction.CAUSAL);
        };
    }

    @Override
    public Signature signature(LruConfig c) {
        return Kernels.signature(c.direction(), "B N E=2");
    }

    @Override
    public Layer build(LruConfig c, Build build) {
        Params p = build.params();
        Param nu = p.weight(
                "nu_log", Shape.of(c.states()), SsmInit.ring(c.minRadius(), c.maxRadius()), new Param.Attr.NoDecay());
        Param theta = p.weight("theta_log", Shape.of(c.states()), SsmInit.logPhase(), new Param.Attr.NoDecay());
        Param b = p.weight("B", Shape.of(c.states(), c.dim(), 2), SsmInit.complexNormal());
        Param out = p.weight("C", Shape.of(c.dim(), c.states(), 2), SsmInit.complexNormal());
        Param skip = p.weight("D", Shape.of(c.dim()), Init.normal(1), new Param.Attr.NoDecay());
        return Kernels.directed(
                new SsmLayer(
                        "lru",
                        () -> DiagonalSystem.lru(nu.value(), theta.value(), b.value(), out.value(), skip.value()),
                        false),
                c.direction());
    }
}
