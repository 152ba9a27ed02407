package org.layerzoo.plugins.mamba360;

import java.util.function.Supplier;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
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
public final class S4dProvider extends KernelProvider {
    public S4dProvider() {
        super("s4d", 16, 32, "B D N E=2");
    }

    @Override
    SsmLayer kernel(SsmConfig c, Params p) {
        Param skip = p.weight("D", Shape.of(c.dim()), Init.normal(1), new Param.Attr.NoDecay());
        Supplier<DiagonalBank> bank = bank(p, c.dim(), c.states(), skip::value);
        return new SsmLayer("s4d", bank::get, true);
    }

    /** The model at the present values of parameters that are declared here. */
    static Supplier<DiagonalBank> bank(Params p, int dim, int n, Supplier<Tensor> skip) {
        DiagonalKernels.Options o = new DiagonalKernels.Options(dim, n, Start.LIN, Rule.ZOH, RealPart.EXP, 1, 0, 1);
        DiagonalKernels kernels = new DiagonalKernels(p, o, skip);
        return () -> kernels.banks().getFirst();
    }
}
