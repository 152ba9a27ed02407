package org.layerzoo.plugins.flashattention2;

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
import org.layerzoo.core.tensor.DType;
import org.layerzoo.plugins.flashattention2.check.FlashAttention2Checks;
import org.pf4j.Extension;

/** FlashAttention-2: exact softmax attention in tiles. */
@Extension
public final class FlashAttention2Provider implements LayerProvider<FlashAttention2Config> {
    @Override
    public Class<FlashAttention2Config> config() {
        return FlashAttention2Config.class;
    }

    @Override
    public FlashAttention2Config defaults(Size size) {
        return switch (size) {
            case TINY -> new FlashAttention2Config(16, 2, 1, true, -1, -1, 0, 0);
            case TEST -> new FlashAttention2Config(128, 4, 4, true, -1, -1, 0, 0);
            case PAPER -> new FlashAttention2Config(2048, 16, 16, true, -1, -1, 0, 0);
        };
    }

    @Override
    public Signature signature(FlashAttention2Config c) {
        Contract contract = c.causal() ? Contract.causalStreaming() : Contract.bidirectional();
        EnumSet<Mode> modes = c.causal()
                ? EnumSet.of(Mode.SELF_CAUSAL, Mode.CROSS_CAUSAL, Mode.VARLEN, Mode.STREAMING)
                : EnumSet.of(Mode.SELF_NONCAUSAL, Mode.CROSS_NONCAUSAL, Mode.VARLEN);
        return new Signature(
                List.of(
                        Port.in("q", "B H T d", "queries"),
                        Port.in("k", "B Hk T d", "keys; another length than the queries' makes it cross-attention"),
                        Port.in("v", "B Hk T d", "values"),
                        Port.optional("alibi_slopes", "B H", "ALiBi slopes, one a head ([H]) or a sample and head"),
                        Port.optional("key_mask", "B S", "true where a key exists")
                                .as(DType.BOOL),
                        Port.optional("dropout_keep", "B H T S", "true where a weight is kept; else drawn by Philox")
                                .as(DType.BOOL)),
                List.of(
                        Port.out("o", "B H T d", "attention output"),
                        Port.aux("lse", "B H T", "log-sum-exp of the scores; -inf for a row that sees nothing"),
                        Port.aux("p", "B H T S", "weights, before dropout")),
                c.causal()
                        ? List.of(
                                new StateSpec("k", "growing", "B Hk S d", "keys so far"),
                                new StateSpec("v", "growing", "B Hk S d", "values so far"))
                        : List.of(),
                modes,
                contract);
    }

    @Override
    public int axisSize(FlashAttention2Config c, String axis) {
        return switch (axis) {
            case "H" -> c.heads();
            case "Hk" -> c.kvHeads();
            case "d" -> c.headDim();
            default -> throw new IllegalArgumentException("no axis " + axis);
        };
    }

    @Override
    public Layer build(FlashAttention2Config c, Build build) {
        return new FlashAttention2Layer(c);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(new FlashAttention2Golden());
    }

    @Override
    public List<Check> checks() {
        return FlashAttention2Checks.all();
    }
}
