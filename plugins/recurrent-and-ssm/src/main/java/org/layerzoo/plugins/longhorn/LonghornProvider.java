package org.layerzoo.plugins.longhorn;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Pass;
import org.layerzoo.nn.ssm.SelectiveMixer;
import org.layerzoo.nn.ssm.SelectiveMixer.Inner;
import org.layerzoo.nn.ssm.SelectiveMixer.Rule;
import org.layerzoo.plugins.longhorn.check.LonghornChecks;
import org.pf4j.Extension;

/** Longhorn: a state space layer whose step solves online regression; equals models/longhorn.py:Longhorn of the authors. */
@Extension
public final class LonghornProvider implements LayerProvider<LonghornConfig> {
    @Override
    public Class<LonghornConfig> config() {
        return LonghornConfig.class;
    }

    @Override
    public LonghornConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new LonghornConfig(8, 4, 4, 2, Optional.empty(), true, false, false);
            case TEST -> new LonghornConfig(64, 16, 4, 2, Optional.empty(), true, false, false);
            case PAPER -> new LonghornConfig(768, 16, 4, 2, Optional.empty(), true, false, false);
        };
    }

    @Override
    public Signature signature(LonghornConfig c) {
        return Signature.causalMixer(
                new StateSpec("conv1d", "fixed", "B W-1 E", "last inputs of the convolution"),
                new StateSpec("h", "fixed", "B E N", "state of each channel, F32 or wider"));
    }

    @Override
    public Layer build(LonghornConfig c, Build build) {
        Params p = build.params();
        double bound = 1 / Math.sqrt(c.lowRank());
        Param w = p.weight("dt_head.weight", Shape.of(c.inner(), c.lowRank()), Init.uniform(-bound, bound));
        Param b = p.weight("dt_head.bias", Shape.of(c.inner()), Init.zeros(), new Param.Attr.NoDecay());
        SelectiveMixer.Sizes sizes = new SelectiveMixer.Sizes(
                "longhorn",
                c.dim(),
                c.inner(),
                c.states(),
                c.lowRank(),
                c.convWidth(),
                c.convBias(),
                c.bias(),
                build.depth());
        Rule diagonal = Rule.scan(i -> OnlineLearner.diagonal(i.x(), delta(i, w, b), i.in(), i.out()));
        Rule exact = (i, pass) -> exact(i, delta(i, w, b), pass);
        return new SelectiveMixer(p, sizes, c.exact() ? exact : diagonal);
    }

    private static Tensor delta(Inner i, Param w, Param b) {
        return OnlineLearner.delta(Ops.sigmoid(Fused.linear(i.steps(), w.value(), b.value())), i.in());
    }

    private static Tensor exact(Inner i, Tensor delta, Pass p) {
        Shape state = Shape.of(i.x().dim(0), i.x().dim(2), i.in().dim(2));
        Tensor s0 = p.kept(SelectiveMixer.STATE)
                .map(s -> s.cast(i.x().dtype()))
                .orElseGet(() -> Ops.fill(0, i.x().spec().withShape(state)));
        OnlineLearner.Learnt r = OnlineLearner.exact(i.x(), delta, i.in(), i.out(), s0);
        p.keep(SelectiveMixer.STATE, org.layerzoo.core.op.Wide.up(r.state()));
        return r.y().add(i.x().mul(i.skip())).mul(Ops.silu(i.gate()));
    }

    /** The scan, with beta = sigmoid(N(0, 1)). */
    @Override
    public Optional<Core> core(LonghornConfig c) {
        int e = c.inner();
        int n = c.states();
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "x", d.normal("x", s.dtype(), s.batch(), s.length(), e),
                                "beta", d.normal("beta", s.dtype(), s.batch(), s.length(), e))
                        .with("k", d.normal("k", s.dtype(), s.batch(), s.length(), n))
                        .with("q", d.normal("q", s.dtype(), s.batch(), s.length(), n)),
                in -> {
                    Tensor delta = OnlineLearner.delta(Ops.sigmoid(in.get("beta")), in.get("k"));
                    return Tensors.of(
                            "y",
                            OnlineLearner.diagonal(in.get("x"), delta, in.get("k"), in.get("q"))
                                    .run()
                                    .y());
                }));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        LonghornConfig config = new LonghornConfig(
                c.integer("d_model"),
                c.integer("d_state", 16),
                c.integer("d_conv", 4),
                c.integer("expand", 2),
                c.has("dt_rank") && c.key("dt_rank").isNumber() ? Optional.of(c.integer("dt_rank")) : Optional.empty(),
                c.flag("conv_bias", true),
                c.flag("bias", false),
                false);
        Model m = Golden.model(this, config, c, c.params());
        SelectiveMixer mixer = (SelectiveMixer) m.layer();
        State s = mixer.open(Opening.of(c.in().get("x").dim(0)).with(c.dtype()));
        Tensors y = mixer.advance(c.in(), s, Call.eval());
        return y.with("final_state", s.fixed(SelectiveMixer.STATE).get());
    }

    @Override
    public List<Check> checks() {
        return LonghornChecks.all();
    }
}
