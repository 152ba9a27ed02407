package org.layerzoo.plugins.lightningattention2;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.lightningattention2.LightningAttention2Config.Blocks;
import org.layerzoo.plugins.lightningattention2.check.LightningAttention2Checks;
import org.pf4j.Extension;

/** Lightning attention 2: causal linear attention with a fixed decay a head, in blocks. */
@Extension
public final class LightningAttention2Provider implements LayerProvider<LightningAttention2Config> {
    @Override
    public Class<LightningAttention2Config> config() {
        return LightningAttention2Config.class;
    }

    @Override
    public LightningAttention2Config defaults(Size size) {
        return switch (size) {
            case TINY -> new LightningAttention2Config(2, 4, 3, true, 1, 4, 4, Blocks.SEQUENTIAL);
            case TEST -> new LightningAttention2Config(2, 32, 32, true, 1, 4, 64, Blocks.SEQUENTIAL);
            case PAPER -> new LightningAttention2Config(8, 128, 128, true, 1, 24, 64, Blocks.SEQUENTIAL);
        };
    }

    @Override
    public Signature signature(LightningAttention2Config c) {
        return new Signature(
                List.of(
                        Port.in("q", "B H T d", "queries"),
                        Port.in("k", "B H T d", "keys"),
                        Port.in("v", "B H T e", "values")),
                List.of(Port.out("o", "B H T e", "decayed sums of values")),
                List.of(new StateSpec("kv", "fixed", "B H d e", "decayed sum of k v^T, F32 or wider")),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                Contract.causalStreaming());
    }

    @Override
    public int axisSize(LightningAttention2Config c, String axis) {
        return switch (axis) {
            case "H" -> c.heads();
            case "d" -> c.keyDim();
            case "e" -> c.valueDim();
            default -> throw new IllegalArgumentException("no axis " + axis);
        };
    }

    @Override
    public Layer build(LightningAttention2Config c, Build build) {
        return new LightningAttention2Layer(c);
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("linear_attn", c -> c.level().equals("op"), LightningAttention2Provider::op));
    }

    /** q, k, v and slopes s [H, 1, 1], absent where nothing decays. */
    private static Tensors op(GoldenCase c) {
        Recurrence r =
                Fused.recur(c.in().get("q"), c.in().get("k"), c.in().get("v")).chunked(16);
        c.in().find("s").ifPresent(s -> r.perHead(s.reshape(s.dim(0)).neg()));
        return Tensors.of("o", r.run().o());
    }

    @Override
    public List<Check> checks() {
        return LightningAttention2Checks.all();
    }
}
