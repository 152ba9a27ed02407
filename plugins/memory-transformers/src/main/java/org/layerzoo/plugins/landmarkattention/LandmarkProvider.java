package org.layerzoo.plugins.landmarkattention;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.memory.GroupedSoftmax;
import org.layerzoo.nn.memory.RetrievedBlocks;
import org.layerzoo.plugins.landmarkattention.LandmarkConfig.Retrieval;
import org.layerzoo.plugins.landmarkattention.check.LandmarkChecks;
import org.pf4j.Extension;

/** Landmark attention: blocks of the past are reached through one token each. */
@Extension
public final class LandmarkProvider implements LayerProvider<LandmarkConfig> {
    @Override
    public Class<LandmarkConfig> config() {
        return LandmarkConfig.class;
    }

    @Override
    public LandmarkConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new LandmarkConfig(8, 2, 3, 10000, new Retrieval.All());
            case TEST -> new LandmarkConfig(64, 4, 7, 10000, new Retrieval.TopK(4, 4, RetrievedBlocks.Scope.TOKEN));
            case PAPER -> new LandmarkConfig(1024, 8, 50, 10000, new Retrieval.TopK(4, 5, RetrievedBlocks.Scope.TOKEN));
        };
    }

    @Override
    public Signature signature(LandmarkConfig c) {
        Contract.StreamLaw law = c.retrieval() instanceof Retrieval.All
                ? Contract.StreamLaw.EQUALS_FORWARD
                : Contract.StreamLaw.APPROXIMATE;
        return Signature.mixer(
                        Contract.causalStreaming().with(law),
                        EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                        new StateSpec("k", "growing", "B H S d", "keys without positions"),
                        new StateSpec("v", "growing", "B H S d", "values"))
                .giving(Port.aux("weights", "B H T T", "weights of every token"));
    }

    @Override
    public Layer build(LandmarkConfig c, Build build) {
        return new LandmarkLayer(c, build.params());
    }

    @Override
    public Optional<Core> core(LandmarkConfig c) {
        int d = c.dim() / c.heads();
        return Optional.of(Core.of(
                (s, r) -> Core.heads(s, r, c.heads(), d, d),
                in -> Tensors.of(
                        "o",
                        GroupedSoftmax.rows(in.get("q"), in.get("k"), in.get("v"), 0, c.block(), 1 / Math.sqrt(d))
                                .o())));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(
                GoldenFunction.of("LlamaAttention", c -> c.level().equals("layer"), this::layer),
                GoldenFunction.of(
                        "landmark_grouped_softmax",
                        c -> c.level().equals("op"),
                        c -> Tensors.of(
                                "weights", GroupedSoftmax.weights(c.in().get("logits"), c.integer("l_block")))));
    }

    private Tensors layer(GoldenCase c) {
        LandmarkConfig config = new LandmarkConfig(
                c.integer("D"),
                c.integer("H"),
                c.integer("l_block"),
                c.number("rope_base", 10000),
                new Retrieval.All());
        Aux aux = Aux.collecting("weights");
        var m = Golden.model(this, config, c, c.params());
        m.forward(c.in(), Call.eval().with(aux));
        Tensors y = m.forward(c.in(), Call.eval());
        return y.with("weights", aux.ports().get("weights"));
    }

    @Override
    public List<Check> checks() {
        return LandmarkChecks.all();
    }
}
