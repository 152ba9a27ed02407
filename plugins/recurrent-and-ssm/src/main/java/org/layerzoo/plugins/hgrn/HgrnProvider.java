package org.layerzoo.plugins.hgrn;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.hgrn.HgrnConfig.Form;
import org.layerzoo.plugins.hgrn.HgrnConfig.Output;
import org.layerzoo.plugins.hgrn.check.HgrnChecks;
import org.pf4j.Extension;

/** HGRN: an elementwise gated linear recurrence whose forget gates are bounded below, the higher the deeper. */
@Extension
public final class HgrnProvider implements LayerProvider<HgrnConfig> {
    @Override
    public Class<HgrnConfig> config() {
        return HgrnConfig.class;
    }

    @Override
    public HgrnConfig defaults(Size size) {
        int dim =
                switch (size) {
                    case TINY -> 8;
                    case TEST -> 64;
                    case PAPER -> 512;
                };
        return new HgrnConfig(dim, new Form.Real(1, 0, false), true, true);
    }

    @Override
    public Signature signature(HgrnConfig c) {
        Port bound = Port.optional("lower_bound", "E", "gamma of this layer, instead of the stack's own");
        if (!c.causal()) {
            return Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL))
                    .with(bound);
        }
        List<StateSpec> state = new ArrayList<>(List.of(
                c.form() instanceof Form.Complex
                        ? new StateSpec("h", "fixed", "B D 2", "complex state, F32 or wider")
                        : new StateSpec("h", "fixed", "B E", "state, F32 or wider")));
        if (c.form() instanceof Form.Real r && r.convWidth() > 0) {
            List.of("i", "f").forEach(n -> state.add(new StateSpec(n + "_conv1d", "fixed", "B W-1 E", "last inputs")));
        }
        return Signature.causalMixer(state.toArray(StateSpec[]::new)).with(bound);
    }

    @Override
    public int axisSize(HgrnConfig c, String axis) {
        return axis.equals("E") ? c.channels() : LayerProvider.super.axisSize(c, axis);
    }

    @Override
    public Layer build(HgrnConfig c, Build build) {
        Optional<LowerBound> bound = c.bounded() && build.depth() > 1
                ? Optional.of(LowerBound.of(build.shared("hgrn"), build.layer(), build.depth(), c.channels()))
                : Optional.empty();
        HgrnLayer layer = new HgrnLayer(c, build.params(), bound);
        return c.causal() ? layer : layer.withoutStream();
    }

    /** The recurrence on prepared candidates and gates, with gamma = 1/2. */
    @Override
    public Optional<Core> core(HgrnConfig c) {
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                        "i", d.normal("i", s.dtype(), s.batch(), s.length(), c.channels()),
                        "f", d.normal("f", s.dtype(), s.batch(), s.length(), c.channels())),
                in -> {
                    Tensor a = Ops.sigmoid(in.get("f")).mul(0.5).add(0.5);
                    Tensor b = in.get("i").mul(a.neg().add(1));
                    return Tensors.of("h", Ops.firstOrder(a, b, Ops.zerosLike(b.select(1, 0)), 1, false));
                }));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(
                GoldenFunction.of("layer", c -> c.text("variant", "").equals("real"), this::real),
                GoldenFunction.of("hgru", c -> c.text("variant", "").equals("complex"), this::complex));
    }

    private Tensors real(GoldenCase c) {
        Form form = new Form.Real(
                c.integer("expand_ratio", 1),
                c.flag("use_short_conv", false) ? c.integer("conv_size", 4) : 0,
                c.flag("conv_bias", false));
        HgrnConfig config = new HgrnConfig(c.integer("hidden_size"), form, true, true);
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    /** x and y [T, B, D]. */
    private Tensors complex(GoldenCase c) {
        HgrnConfig config =
                new HgrnConfig(c.integer("embed_dim"), new Form.Complex(Output.NORM_FIRST), c.flag("causal"), true);
        Tensors in = c.in().with("x", c.in().get("x").transpose(0, 1));
        return Golden.model(this, config, c, c.params())
                .forward(in, Call.eval())
                .map(t -> t.transpose(0, 1));
    }

    @Override
    public List<Check> checks() {
        return HgrnChecks.all();
    }
}
