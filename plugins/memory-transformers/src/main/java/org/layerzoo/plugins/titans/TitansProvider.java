package org.layerzoo.plugins.titans;

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
import org.layerzoo.plugins.titans.TitansConfig.Architecture;
import org.layerzoo.plugins.titans.check.TitansChecks;
import org.pf4j.Extension;

/** Titans: a memory whose state is the weights of a net that learns while it reads. */
@Extension
public class TitansProvider implements LayerProvider<TitansConfig> {
    @Override
    public Class<TitansConfig> config() {
        return TitansConfig.class;
    }

    @Override
    public TitansConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new TitansConfig(8, 2, 2, 4, 0, 4, Architecture.MAG, 5, 2);
            case TEST -> new TitansConfig(32, 2, 2, 8, 0, 4, Architecture.MAG, 16, 4);
            case PAPER -> new TitansConfig(1024, 16, 2, 64, 0, 4, Architecture.MAC, 512, 16);
        };
    }

    @Override
    public Signature signature(TitansConfig c) {
        if (c.architecture() == Architecture.MAC) {
            // Rows of a segment read what lies ahead in it.
            return Signature.mixer(
                    Contract.causalStreaming()
                            .with(Contract.StreamLaw.EQUALS_SAME_CHUNKS)
                            .with(Contract.Causality.NONE),
                    EnumSet.of(Mode.STREAMING),
                    new StateSpec("memory", "fixed", "B H ..", "weights and their momentum"),
                    new StateSpec("seen", "fixed", "B 3 D", "last rows that convolutions see"),
                    new StateSpec("open", "growing", "B C D", "tokens of the open segment"));
        }
        return Signature.causalMixer(
                new StateSpec("memory", "fixed", "B H ..", "weights, their momentum, the open chunk, convolutions"),
                new StateSpec("k", "ring", "B H window d", "last keys, where there is attention"),
                new StateSpec("v", "ring", "B H window d", "last values, where there is attention"));
    }

    @Override
    public Layer build(TitansConfig c, Build build) {
        return c.architecture() == Architecture.MAC
                ? new ContextLayer(c, build.params())
                : new TitansLayer(c, build.params());
    }

    @Override
    public List<Check> checks() {
        return TitansChecks.all();
    }
}
