package org.layerzoo.plugins.deltaproduct;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.TokenProjections;
import org.layerzoo.plugins.deltaproduct.check.DeltaProductChecks;
import org.pf4j.Extension;

/** DeltaProduct: several steps of the delta rule a token. */
@Extension
public final class DeltaProductProvider implements LayerProvider<DeltaProductConfig> {
    @Override
    public Class<DeltaProductConfig> config() {
        return DeltaProductConfig.class;
    }

    @Override
    public DeltaProductConfig defaults(Size size) {
        return switch (size) {
            case TINY -> of(8, 2, 4, 1);
            case TEST -> of(64, 2, 16, 2);
            case PAPER -> of(2048, 6, 256, 2);
        };
    }

    private static DeltaProductConfig of(int dim, int heads, int headDim, double expandV) {
        DeltaProductConfig.Conv conv = new DeltaProductConfig.Conv(4, false);
        return new DeltaProductConfig(dim, heads, heads, headDim, expandV, 2, true, true, true, conv, 1e-5);
    }

    @Override
    public Signature signature(DeltaProductConfig c) {
        List<StateSpec> state = new ArrayList<>(TokenProjections.state(c.conv().width()));
        state.add(new StateSpec("S", "fixed", "B H K V", "what each head has written, F32 or wider"));
        return Signature.mixer(
                Contract.causalStreaming(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING, Mode.VARLEN),
                state.toArray(StateSpec[]::new));
    }

    @Override
    public Layer build(DeltaProductConfig c, Build build) {
        return new DeltaProductLayer(c, build.params());
    }

    /** The rule over n T steps with unit keys and write strengths in (0, 1). */
    @Override
    public Optional<Core> core(DeltaProductConfig c) {
        int n = c.steps();
        int h = c.valueHeads();
        int e = c.headValueDim();
        return Optional.of(Core.of(
                (s, d) -> Tensors.of(
                                "q",
                                        Heads.unit(d.normal(
                                                "q", s.dtype(), s.batch(), c.heads(), s.length(), c.headDim())),
                                "k",
                                        Heads.unit(d.normal(
                                                "k", s.dtype(), s.batch(), c.heads(), n * s.length(), c.headDim())),
                                "v", d.normal("v", s.dtype(), s.batch(), h, n * s.length(), e))
                        .with("beta", d.uniform("beta", s.dtype(), s.batch(), h, n * s.length())),
                in -> Tensors.of(
                        "o",
                        new Steps(n)
                                .last(new Steps(n)
                                        .rule(in.get("q"), in.get("k"), in.get("v"), in.get("beta"), Optional.empty())
                                        .run()
                                        .o()))));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(
                GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer),
                GoldenFunction.of("gated_delta_product", c -> c.level().equals("op"), DeltaProductProvider::op));
    }

    /** q, g over T, k, v, beta over n T tokens, time before heads; the naive op does not scale q. */
    private static Tensors op(GoldenCase c) {
        Steps steps = new Steps(c.integer("num_householder"));
        Tensors in = c.in().map(t -> t.rank() == 4 ? t.permute(0, 2, 1, 3) : t.permute(0, 2, 1));
        Recurrence.Recurred r = steps.rule(in.get("q"), in.get("k"), in.get("v"), in.get("beta"), in.find("g"))
                .chunked(8)
                .run();
        return Tensors.of("o", steps.last(r.o()).permute(0, 2, 1, 3), "final_state", r.state());
    }

    private Tensors layer(GoldenCase c) {
        int heads = c.integer("num_heads");
        DeltaProductConfig.Conv conv = c.flag("use_short_conv", true)
                ? new DeltaProductConfig.Conv(c.integer("conv_size", 4), c.flag("conv_bias", false))
                : new DeltaProductConfig.Conv(0, false);
        DeltaProductConfig config = new DeltaProductConfig(
                c.integer("hidden_size"),
                heads,
                c.integer("num_v_heads", heads),
                c.integer("head_dim"),
                c.number("expand_v"),
                c.integer("num_householder"),
                c.flag("allow_neg_eigval"),
                c.flag("use_forget_gate"),
                c.flag("use_output_gate"),
                conv,
                c.number("norm_eps", 1e-5));
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return DeltaProductChecks.all();
    }
}
