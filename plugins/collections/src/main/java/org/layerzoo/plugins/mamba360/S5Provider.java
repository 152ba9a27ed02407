package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.ssm.DiagonalSystem;
import org.layerzoo.nn.ssm.SsmInit;
import org.layerzoo.nn.ssm.SsmLayer;
import org.pf4j.Extension;

/**
 * S5 (Smith et al. 2023): one diagonal model over all channels, zero-order hold with a step size a state, run by scan,
 * y = 2 Re(C h) + D x; lambda_n = -1/2 + i pi n at the start. Time O(T D N), state N complex numbers.
 */
@Extension
public final class S5Provider extends KernelProvider {
    public S5Provider() {
        super("s5", 32, 128, "B N E=2");
    }

    @Override
    SsmLayer kernel(SsmConfig c, Params p) {
        Shape states = Shape.of(c.states());
        Param re = p.weight(
                "log_Lambda_real",
                states,
                Init.constant(Math.log(0.5)),
                new Param.Attr.NoDecay(),
                new Param.Attr.LrMax(1e-3));
        Param im =
                p.weight("Lambda_imag", states, SsmInit.linear(), new Param.Attr.NoDecay(), new Param.Attr.LrMax(1e-3));
        Param dt = p.weight(
                "log_step", states, SsmInit.logStep(1e-3, 1e-1), new Param.Attr.NoDecay(), new Param.Attr.LrMax(1e-3));
        Param b = p.weight("B", Shape.of(c.states(), c.dim(), 2), SsmInit.complexNormal());
        Param out = p.weight("C", Shape.of(c.dim(), c.states(), 2), SsmInit.complexNormal());
        Param skip = p.weight("D", Shape.of(c.dim()), Init.normal(1), new Param.Attr.NoDecay());
        return new SsmLayer(
                "s5",
                () -> DiagonalSystem.s5(
                        lambda(re, im), Ops.exp(Wide.up(dt.value())), b.value(), out.value(), skip.value()),
                false);
    }

    private static Tensor lambda(Param re, Param im) {
        return Complex.of(Ops.exp(Wide.up(re.value())).neg(), Wide.up(im.value()));
    }
}
