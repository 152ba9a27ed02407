package org.layerzoo.plugins.scatterbrain;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Contract.Causality;
import org.layerzoo.core.spi.Contract.GradientLaw;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.scatterbrain.ScatterbrainConfig.Support;
import org.layerzoo.plugins.scatterbrain.check.ScatterbrainChecks;
import org.pf4j.Extension;

/** Scatterbrain: random features for all pairs, exact weights for some. */
@Extension
public final class ScatterbrainProvider implements LayerProvider<ScatterbrainConfig> {
    @Override
    public Class<ScatterbrainConfig> config() {
        return ScatterbrainConfig.class;
    }

    @Override
    public ScatterbrainConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new ScatterbrainConfig(16, 2, 16, true, false, new Support.Lsh(4, 2));
            case TEST -> new ScatterbrainConfig(64, 2, 32, true, false, new Support.Lsh(16, 1));
            case PAPER -> new ScatterbrainConfig(512, 8, 64, true, false, new Support.Lsh(64, 1));
        };
    }

    @Override
    public Signature signature(ScatterbrainConfig c) {
        Contract both = Contract.bidirectional().with(GradientLaw.FROZEN_SELECTION);
        boolean ahead = !(c.support() instanceof Support.Local);
        return new Signature(
                List.of(
                        Port.in("q", "B H T d", "queries"),
                        Port.in("k", "B H T d", "keys"),
                        Port.in("v", "B H T d", "values")),
                List.of(
                        Port.out("o", "B H T d", "attention output"),
                        Port.aux("weights", "B H T S", "the approximated matrix, normalised by rows")),
                List.of(),
                c.causal() ? EnumSet.of(Mode.SELF_CAUSAL) : EnumSet.of(Mode.SELF_NONCAUSAL),
                c.causal() ? both.with(ahead ? Causality.VALUES_ONLY : Causality.EXACT) : both);
    }

    @Override
    public Layer build(ScatterbrainConfig c, Build build) {
        return new ScatterbrainLayer(c, build);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.in().has("q"), this::layer));
    }

    /** q, k, v and y [B, T, H, d]. */
    private Tensors layer(GoldenCase c) {
        Tensors in = c.in().map(t -> t.permute(0, 2, 1, 3));
        int heads = c.integer("heads");
        ScatterbrainConfig config = new ScatterbrainConfig(
                heads * c.integer("d"),
                heads,
                c.integer("total_features"),
                true,
                c.flag("causal"),
                new Support.Lsh(c.integer("q_cluster_size"), c.integer("n_hashes")));
        Aux aux = Aux.collecting("weights");
        Tensors o = Golden.model(this, config, c, c.params())
                .forward(in, Call.eval().with(aux));
        return Tensors.of(
                "y", o.get("o").permute(0, 2, 1, 3), "attn", aux.ports().get("weights"));
    }

    @Override
    public List<Check> checks() {
        return ScatterbrainChecks.all();
    }
}
