package org.layerzoo.plugins.hgrn;

import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.nn.linear.DecoderStack;
import org.layerzoo.nn.linear.Sglu;
import org.layerzoo.plugins.hgrn.HgrnConfig.Form;
import org.layerzoo.plugins.hgrn.HgrnConfig.Output;
import org.pf4j.Extension;

/** The HGRN stack between embedding and head: blocks of the recurrence and a gated linear unit, with lower bounds over the layers. */
@Extension
public final class HgrnModelProvider implements LayerProvider<HgrnModelConfig> {
    @Override
    public String name() {
        return "model";
    }

    @Override
    public Class<HgrnModelConfig> config() {
        return HgrnModelConfig.class;
    }

    @Override
    public HgrnModelConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new HgrnModelConfig(8, 3, 24, new Form.Real(1, 0, false));
            case TEST -> new HgrnModelConfig(64, 4, 192, new Form.Real(1, 0, false));
            case PAPER -> new HgrnModelConfig(512, 6, 1024, new Form.Complex(Output.GATE_FIRST));
        };
    }

    @Override
    public Signature signature(HgrnModelConfig c) {
        return Signature.causalMixer(
                new StateSpec("layers.i.mixer.h", "fixed", "B E or B D 2", "state of layer i, F32 or wider"));
    }

    @Override
    public Layer build(HgrnModelConfig c, Build build) {
        int channels = c.mixer().channels();
        return DecoderStack.of(
                build.params(),
                c.layers(),
                x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE),
                (l, p) -> new HgrnLayer(
                        c.mixer(), p, Optional.of(LowerBound.of(build.shared("hgrn"), l, c.layers(), channels))),
                p -> Sglu.of(p, c.dim(), c.hidden(), Activation.SILU)::apply);
    }
}
