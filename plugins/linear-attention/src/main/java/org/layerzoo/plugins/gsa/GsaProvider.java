package org.layerzoo.plugins.gsa;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.recur.Recurrence;
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
import org.layerzoo.nn.TokenProjections;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.plugins.gsa.GsaConfig.Feature;
import org.layerzoo.plugins.gsa.GsaConfig.Gate;
import org.layerzoo.plugins.gsa.check.GsaChecks;
import org.pf4j.Extension;

/** Gated slot attention: a bounded memory of slots with forget gates, read by softmax. */
@Extension
public final class GsaProvider implements LayerProvider<GsaConfig> {
    @Override
    public Class<GsaConfig> config() {
        return GsaConfig.class;
    }

    @Override
    public GsaConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 3);
            case TEST -> of(64, 2, 16);
            case PAPER -> of(2048, 4, 64);
        };
    }

    private static GsaConfig of(int dim, int heads, int slots) {
        return new GsaConfig(
                dim, heads, heads, slots, 1, 1, 8, Gate.SLOTS, Feature.SWISH, new GsaConfig.Conv(0, false), 1);
    }

    @Override
    public Signature signature(GsaConfig c) {
        EnumSet<Mode> modes = EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING);
        List<StateSpec> state = new ArrayList<>(GatedSlots.state("K", "V"));
        if (c.gate() == Gate.SLOTS) {
            modes.add(Mode.VARLEN);
        } else {
            state.add(new StateSpec("z", "fixed", "B Hkv 1 m", "log of what each slot was written with"));
        }
        state.addAll(TokenProjections.state(c.conv().width()));
        return Signature.mixer(Contract.causalStreaming(), modes, state.toArray(StateSpec[]::new));
    }

    @Override
    public Layer build(GsaConfig c, Build build) {
        return new GsaLayer(c, build.params());
    }

    /** Both passes on prepared heads, with gates as sigmoid(N(0, 1))^(1/tau). */
    @Override
    public Optional<Core> core(GsaConfig c) {
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "q", d.normal("q", s.dtype(), s.batch(), c.heads(), s.length(), c.headKeyDim()),
                                "k", d.normal("k", s.dtype(), s.batch(), c.kvHeads(), s.length(), c.headKeyDim()),
                                "v", d.normal("v", s.dtype(), s.batch(), c.kvHeads(), s.length(), c.headValueDim()))
                        .with("f", d.normal("f", s.dtype(), s.batch(), c.kvHeads(), s.length(), c.slots())),
                in -> Tensors.of(
                        "o",
                        GatedSlots.of(
                                        in.get("q"),
                                        in.get("k"),
                                        in.get("v"),
                                        GatedSlots.Gate.of(in.get("f"), c.tau()),
                                        c.scale())
                                .read((name, r) -> r.run().o()))));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(
                GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer),
                GoldenFunction.of("gsa", c -> c.level().equals("op"), GsaProvider::op));
    }

    /** q, k, v, s, g [B, T, H, .] of fla/ops/gsa/naive.py. */
    private static Tensors op(GoldenCase c) {
        Tensors in = c.in().map(t -> t.permute(0, 2, 1, 3));
        int dk = in.get("q").dim(3);
        double scale = c.key("scale").isNumber() ? c.number("scale") : 1 / Math.sqrt(dk);
        Map<String, Tensor> states = new HashMap<>();
        Tensor o = new GatedSlots(in.get("q"), in.get("k"), in.get("v"), in.get("s"), in.get("g"), scale)
                .read((name, r) -> {
                    Recurrence.Recurred out = r.run();
                    states.put(name, out.state());
                    return out.o();
                });
        int group = in.get("q").dim(1) / in.get("k").dim(1);
        return Tensors.of("o", o.permute(0, 2, 1, 3))
                .with("hk", every(states.get(GatedSlots.KEYS), group))
                .with("hv", every(states.get(GatedSlots.VALUES), group));
    }

    /** The state of the first query head of each group. */
    private static Tensor every(Tensor state, int group) {
        return state.slice(1, 0, state.dim(1), group);
    }

    private Tensors layer(GoldenCase c) {
        int heads = c.integer("num_heads");
        int dim = c.integer("hidden_size");
        double expandK = c.number("expand_k", 1);
        GsaConfig config = new GsaConfig(
                dim,
                heads,
                c.integer("num_kv_heads", heads),
                c.integer("num_slots", (int) (dim * expandK) / heads),
                expandK,
                c.number("expand_v", 1),
                c.number("gate_logit_normalizer", 8),
                Gate.SLOTS,
                Feature.valueOf(c.text("feature_map", "identity").toUpperCase(Locale.ROOT)),
                c.flag("use_short_conv", false)
                        ? new GsaConfig.Conv(c.integer("conv_size", 4), c.flag("conv_bias", false))
                        : new GsaConfig.Conv(0, false),
                c.number("scale", 1));
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return GsaChecks.all();
    }
}
