package org.layerzoo.plugins.mamba;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ssm.SelectiveMixer;
import org.layerzoo.plugins.mamba.check.MambaChecks;
import org.pf4j.Extension;

/** Mamba: a selective state space layer; equals mamba_simple.py:Mamba of the authors. */
@Extension
public final class MambaProvider implements LayerProvider<MambaConfig> {
    @Override
    public Class<MambaConfig> config() {
        return MambaConfig.class;
    }

    @Override
    public MambaConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new MambaConfig(8, 4, 4, 2, Optional.empty(), true, false);
            case TEST -> new MambaConfig(64, 16, 4, 2, Optional.empty(), true, false);
            case PAPER -> new MambaConfig(768, 16, 4, 2, Optional.empty(), true, false);
        };
    }

    @Override
    public Signature signature(MambaConfig c) {
        return Signature.causalMixer(
                new StateSpec("conv1d", "fixed", "B W-1 E", "last inputs of the convolution"),
                new StateSpec("h", "fixed", "B E N", "state of each channel, F32 or wider"));
    }

    @Override
    public Layer build(MambaConfig c, Build build) {
        return SelectiveMixer.mamba(
                build.params(),
                new SelectiveMixer.Sizes(
                        "mamba",
                        c.dim(),
                        c.inner(),
                        c.states(),
                        c.rank(),
                        c.convWidth(),
                        c.convBias(),
                        c.bias(),
                        build.depth()));
    }

    /** The selective scan: steps softplus(N(-3, 1)), as in trained layers, and A as at the start. */
    @Override
    public Optional<Core> core(MambaConfig c) {
        int e = c.inner();
        int n = c.states();
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "x", d.normal("x", s.dtype(), s.batch(), s.length(), e),
                                "delta",
                                        d.normal("delta", s.dtype(), s.batch(), s.length(), e)
                                                .sub(3))
                        .with("A", Init.logArange().values("A", Shape.of(e, n), s.dtype(), d))
                        .with("B", d.normal("B", s.dtype(), s.batch(), s.length(), n))
                        .with("C", d.normal("C", s.dtype(), s.batch(), s.length(), n)),
                in -> Tensors.of(
                        "y",
                        Fused.selectiveScan(
                                        in.get("x"),
                                        in.get("delta"),
                                        Ops.exp(in.get("A")).neg(),
                                        in.get("B"),
                                        in.get("C"))
                                .softplus()
                                .run()
                                .y())));
    }

    @Override
    public List<GoldenFunction> golden() {
        return MambaGolden.all(this);
    }

    @Override
    public List<Check> checks() {
        return MambaChecks.all();
    }
}
