package org.layerzoo.plugins.lion;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.lion.LionConfig.Decay;
import org.layerzoo.plugins.lion.LionConfig.Order;
import org.layerzoo.plugins.lion.check.LionChecks;
import org.pf4j.Extension;

/** LION: linear attention to both sides with a decay, as recurrences from either end. */
@Extension
public final class LionProvider implements LayerProvider<LionConfig> {
    @Override
    public Class<LionConfig> config() {
        return LionConfig.class;
    }

    @Override
    public LionConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new LionConfig(8, 2, true, Decay.SELECTIVE, false, new Order.Line());
            case TEST -> new LionConfig(64, 4, true, Decay.SELECTIVE, false, new Order.Line());
            case PAPER -> new LionConfig(768, 12, true, Decay.SELECTIVE, true, new Order.Snakes(14, 14));
        };
    }

    @Override
    public Signature signature(LionConfig c) {
        return switch (c.order()) {
            case Order.Line l -> Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL));
            case Order.Snakes s ->
                Signature.mixer(
                        Contract.bidirectional().withFixedLength(c.tokens(s)),
                        EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D));
        };
    }

    /** The map nearest to a square; with a class token, {@code length} counts it. */
    @Override
    public LionConfig atLength(LionConfig c, int length) {
        if (c.order() instanceof Order.Line) {
            return c;
        }
        int[] hw = Scale.of(1, c.classToken() ? length - 1 : length).grid();
        return new LionConfig(
                c.dim(), c.heads(), c.qkvBias(), c.decay(), c.classToken(), new Order.Snakes(hw[0], hw[1]));
    }

    @Override
    public Layer build(LionConfig c, Build build) {
        return new LionLayer(c, build.params());
    }

    /** Both recurrences on prepared heads, with decays as sigmoid(N(0, 1)). */
    @Override
    public Optional<Core> core(LionConfig c) {
        int d = c.dim() / c.heads();
        return Optional.of(Core.of(
                (s, draws) -> Tensors.of(
                                "q", draws.normal("q", s.dtype(), s.batch(), c.heads(), s.length(), d),
                                "k", draws.normal("k", s.dtype(), s.batch(), c.heads(), s.length(), d),
                                "v", draws.normal("v", s.dtype(), s.batch(), c.heads(), s.length(), d + 1))
                        .with("a", draws.normal("a", s.dtype(), s.batch(), c.heads(), s.length())),
                in -> Tensors.of(
                        "o",
                        BothDirections.read(
                                in.get("q"),
                                in.get("k"),
                                in.get("v"),
                                1 / Math.sqrt(d),
                                Optional.of(Ops.logSigmoid(in.get("a"))),
                                Optional.empty()))));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        Decay decay =
                switch (c.text("mask_type").toLowerCase(Locale.ROOT)) {
                    case "decay" -> Decay.FIXED;
                    case "selective" -> Decay.SELECTIVE;
                    default -> Decay.NONE;
                };
        int side = (int) Math.round(Math.sqrt(c.in().get("x").dim(1) - 1));
        Order order = c.text("order").equals("S") ? new Order.Snakes(side, side) : new Order.Line();
        LionConfig config =
                new LionConfig(c.integer("dim"), c.integer("num_heads"), c.flag("qkv_bias"), decay, true, order);
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return LionChecks.all();
    }
}
