package org.layerzoo.plugins.seqboatsma;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Norms;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Positions;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Reach;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Weights;
import org.layerzoo.plugins.seqboatsma.check.SeqBoatChecks;
import org.pf4j.Extension;

/** Sparse modular activation: a router decides for which tokens attention runs. */
@Extension
public final class SeqBoatProvider implements LayerProvider<SeqBoatConfig> {
    @Override
    public Class<SeqBoatConfig> config() {
        return SeqBoatConfig.class;
    }

    @Override
    public SeqBoatConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 4, 6, 3, 4);
            case TEST -> of(64, 32, 128, 16, 16);
            case PAPER -> of(512, 128, 1024, 16, 128);
        };
    }

    private static SeqBoatConfig of(int dim, int queries, int values, int averages, int window) {
        Reach reach = new Reach(true, window, 0.9, true);
        return new SeqBoatConfig(
                dim, queries, values, averages, reach, Weights.RELU2, Positions.BIAS, 1024, Norms.LAYER, true, 0, 0);
    }

    @Override
    public Signature signature(SeqBoatConfig c) {
        boolean causal = c.reach().causal();
        // Whether all tokens are packed depends on how many are active in the end.
        Contract.Causality law = !causal
                ? Contract.Causality.NONE
                : c.reach().window() > 0 ? Contract.Causality.EXACT : Contract.Causality.VALUES_ONLY;
        Contract contract = (c.streams()
                        ? Contract.causalStreaming()
                        : Contract.causalStreaming().with(Contract.StreamLaw.NONE))
                .with(law)
                .with(Contract.GradientLaw.FROZEN_SELECTION)
                .owningResidual();
        EnumSet<Mode> modes = EnumSet.of(causal ? Mode.SELF_CAUSAL : Mode.SELF_NONCAUSAL);
        StateSpec[] state = {
            new StateSpec("ema", "fixed", "B D n", "moving averages, F32 or wider"),
            new StateSpec("k", "fixed", "B w z", "keys of the last active tokens"),
            new StateSpec("v", "fixed", "B w e", "values of the last active tokens"),
            new StateSpec("ticks", "fixed", "B w", "their places in the text, -1 for none")
        };
        if (c.streams()) {
            modes.add(Mode.STREAMING);
        }
        return Signature.mixer(contract, modes, c.streams() ? state : new StateSpec[0])
                .giving(Port.aux("router", "B T E=2", "probabilities of inaction and action"));
    }

    @Override
    public Layer build(SeqBoatConfig c, Build build) {
        SeqBoatLayer layer = new SeqBoatLayer(c, build.params());
        return c.streams() ? layer : layer.withoutStream();
    }

    @Override
    public List<Waiver> waivers() {
        return List.of(new Waiver("declared residual", "the residual lies inside the layer's activation"));
    }

    @Override
    public List<GoldenFunction> golden() {
        return SeqBoatGolden.all(this);
    }

    @Override
    public List<Check> checks() {
        return SeqBoatChecks.all();
    }
}
