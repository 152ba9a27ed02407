package org.layerzoo.plugins.memmamba;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.plugins.memmamba.check.MemMambaChecks;
import org.pf4j.Extension;

/** MemMamba: a Mamba stack that notes summaries of important tokens and reads them across tokens and layers. */
@Extension
public final class MemMambaProvider implements LayerProvider<MemMambaConfig> {
    @Override
    public Class<MemMambaConfig> config() {
        return MemMambaConfig.class;
    }

    @Override
    public MemMambaConfig defaults(Size size) {
        return switch (size) {
            case TINY -> MemMambaConfig.sized(8, 2, 4, 4, 4, 2);
            case TEST -> MemMambaConfig.sized(64, 4, 16, 16, 8, 2);
            case PAPER -> MemMambaConfig.sized(1024, 24, 16, 64, 50, 4);
        };
    }

    @Override
    public Signature signature(MemMambaConfig c) {
        return Signature.mixer(
                Contract.causalStreaming()
                        .with(Contract.GradientLaw.FROZEN_SELECTION)
                        .owningResidual(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("layers.i.mixer.conv1d", "fixed", "B W-1 E", "last inputs of the convolution"),
                new StateSpec("layers.i.mixer.h", "fixed", "B E N", "state of each channel, F32 or wider"),
                new StateSpec("layers.i.summaries", "fixed", "B P ds", "pool, oldest first"),
                new StateSpec("layers.i.importance", "fixed", "B P", "importances in the pool, -1 for an empty place"),
                new StateSpec("layers.i.gate", "fixed", "B 1 D", "what the next forgetting score sees"));
    }

    @Override
    public Layer build(MemMambaConfig c, Build build) {
        return new MemMambaStack(build.params(), c);
    }

    @Override
    public List<Check> checks() {
        return MemMambaChecks.all();
    }
}
