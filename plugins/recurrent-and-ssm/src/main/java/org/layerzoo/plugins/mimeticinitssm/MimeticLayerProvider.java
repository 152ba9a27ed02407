package org.layerzoo.plugins.mimeticinitssm;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.nn.EditedParams;
import org.layerzoo.nn.ssm.Mamba2;
import org.layerzoo.nn.ssm.SelectiveMixer;
import org.pf4j.Extension;

/** A Mamba or Mamba-2 layer that starts as causal linear attention. */
@Extension
public final class MimeticLayerProvider implements LayerProvider<MimeticLayerConfig> {
    @Override
    public String name() {
        return "layer";
    }

    @Override
    public Class<MimeticLayerConfig> config() {
        return MimeticLayerConfig.class;
    }

    @Override
    public MimeticLayerConfig defaults(Size size) {
        MimeticConfig init = MimeticConfig.all();
        return switch (size) {
            case TINY -> new MimeticLayerConfig(8, 2, 4, 4, Optional.empty(), false, init);
            case TEST -> new MimeticLayerConfig(64, 2, 32, 4, Optional.empty(), false, init);
            case PAPER -> new MimeticLayerConfig(1024, 2, 64, 4, Optional.of(64), false, init);
        };
    }

    @Override
    public Signature signature(MimeticLayerConfig c) {
        return Signature.causalMixer(
                new StateSpec("conv1d", "fixed", "B W-1 E or E+2GN", "last inputs of the convolution"),
                new StateSpec("h", "fixed", "B E N or B H N P", "state, F32 or wider"));
    }

    @Override
    public Layer build(MimeticLayerConfig c, Build build) {
        MimeticInit init = new MimeticInit(c.init(), c.layout(), build.layer());
        Params p = new EditedParams(build.params(), init::edit);
        return c.headDim().isPresent() ? new Mamba2(p, c.heads()) : SelectiveMixer.mamba(p, c.channels(build.depth()));
    }

    @Override
    public List<Waiver> waivers() {
        return List.of(new Waiver("initial scale", "W_D starts at 0 so that every step is 1, as in the paper"));
    }
}
