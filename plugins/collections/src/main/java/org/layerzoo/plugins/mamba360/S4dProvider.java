package org.layerzoo.plugins.mamba360;

import java.util.function.Supplier;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.ssm.DiagonalBank;
import org.layerzoo.nn.ssm.DiagonalKernels;
import org.layerzoo.nn.ssm.DiagonalKernels.RealPart;
import org.layerzoo.nn.ssm.DiagonalKernels.Rule;
import org.layerzoo.nn.ssm.DiagonalKernels.Start;
import org.layerzoo.nn.ssm.SsmLayer;
import org.pf4j.Extension;

/**
 * S4D-Lin (Gu et al. 2022): a diagonal model a channel, lambda_n = -1/2 + i pi n at the start, zero-order hold,
 * y = K * x + D x by FFT. Time O(T log T D + T N D) in training, state D N complex numbers.
 */
@Extension
public final class S4dProvider implements LayerProvider<SsmConfig> {
    @Override
    public String name() {
        return "s4d";
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
            case PAPER -> new SsmConfig(256, 32, Direction.CAUSAL);
        };
    }

    @Override
    public Signature signature(SsmConfig c) {
        return Kernels.signature(c.direction(), "B D N E=2");
    }

    @Override
    public Layer build(SsmConfig c, Build build) {
        Params p = build.params();
        Param skip = p.weight("D", Shape.of(c.dim()), Init.normal(1), new Param.Attr.NoDecay());
        Supplier<DiagonalBank> bank = bank(p, c.dim(), c.states(), skip::value);
        return Kernels.directed(new SsmLayer("s4d", bank::get, true), c.direction());
    }

    /** The model at the present values of parameters that are declared here. */
    static Supplier<DiagonalBank> bank(Params p, int dim, int n, Supplier<Tensor> skip) {
        DiagonalKernels.Options o = new DiagonalKernels.Options(dim, n, Start.LIN, Rule.ZOH, RealPart.EXP, 1, 0, 1);
        DiagonalKernels kernels = new DiagonalKernels(p, o, skip);
        return () -> kernels.banks().getFirst();
    }
}
