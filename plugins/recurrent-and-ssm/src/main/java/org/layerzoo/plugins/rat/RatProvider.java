package org.layerzoo.plugins.rat;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
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
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Sequences;
import org.layerzoo.plugins.rat.ChunkAttention.Summaries;
import org.layerzoo.plugins.rat.check.RatChecks;
import org.pf4j.Extension;

/** RAT: gated recurrences within chunks, softmax attention between them. */
@Extension
public final class RatProvider implements LayerProvider<RatConfig> {
    @Override
    public Class<RatConfig> config() {
        return RatConfig.class;
    }

    @Override
    public RatConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new RatConfig(8, 2, 2, 4, 10000);
            case TEST -> new RatConfig(64, 4, 2, 16, 10000);
            case PAPER -> new RatConfig(2048, 16, 2, 16, 10000);
        };
    }

    @Override
    public Signature signature(RatConfig c) {
        return Signature.mixer(
                Contract.causalStreaming().owningResidual(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("running", "fixed", "B 2D", "k~ and v~ of the open chunk, F32 or wider"),
                new StateSpec("k", "growing", "B H C p", "last k~ of closed chunks, rotated"),
                new StateSpec("v", "growing", "B H C p", "last v~ of closed chunks"));
    }

    @Override
    public Layer build(RatConfig c, Build build) {
        return new RatLayer(c, build.params());
    }

    /** The attention between chunks, on prepared states. */
    @Override
    public Optional<Core> core(RatConfig c) {
        return Optional.of(Core.of((s, d) -> Core.heads(s, d, c.heads(), c.headDim(), c.headDim()), in -> {
            Tensor q = in.get("q");
            Optional<Summaries> closed = Summaries.closing(in.get("k"), in.get("v"), c.chunk() - 1, c.chunk());
            Tensor chunk = ChunkAttention.chunks(Sequences.positions(0, q.dim(2)), c.chunk());
            return Tensors.of("y", ChunkAttention.read(q, in.get("k"), in.get("v"), closed, chunk, c.scale()));
        }));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        RatConfig config = new RatConfig(
                c.integer("d_model"),
                c.integer("num_head"),
                c.integer("ngroups"),
                c.integer("chunk_size"),
                c.number("rope_base", 10000));
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return RatChecks.all();
    }
}
