package org.layerzoo.plugins.transnormer;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
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
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.linear.GatedLinearAttention;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.nn.linear.LinearCores;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Feature;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Form;
import org.layerzoo.plugins.transnormer.TransnormerConfig.NormKind;
import org.layerzoo.plugins.transnormer.check.TransnormerChecks;
import org.pf4j.Extension;

/** TransNormer's two mixers: NormAttention (norm_linear_attention.py:NormLinearAttention of the authors) and DiagAttention. */
@Extension
public final class TransnormerProvider implements LayerProvider<TransnormerConfig> {
    /** Of all projections. */
    static final Init START = Init.xavierUniform(1);

    @Override
    public Class<TransnormerConfig> config() {
        return TransnormerConfig.class;
    }

    @Override
    public TransnormerConfig defaults(Size size) {
        Form form = new Form.Linear(Feature.ONE_PLUS_ELU, NormKind.RMSNORM, false, false);
        return switch (size) {
            case TINY -> new TransnormerConfig(8, 8, 2, true, form);
            case TEST -> new TransnormerConfig(64, 64, 4, true, form);
            case PAPER -> new TransnormerConfig(768, 768, 12, true, form);
        };
    }

    @Override
    public Signature signature(TransnormerConfig c) {
        return switch (c.form()) {
            case Form.Linear f
            when c.causal() ->
                Signature.causalMixer(new StateSpec("kv", "fixed", "B H d d", "sum of k v^T, F32 or wider"));
            case Form.Diagonal f
            when c.causal() ->
                Signature.causalMixer(
                        new StateSpec("k", "growing", "B H S d", "keys of the present block"),
                        new StateSpec("v", "growing", "B H S d", "values of the present block"));
            case Form.Linear f ->
                Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL, Mode.CROSS_NONCAUSAL))
                        .with(Port.optional("context", "B S D", "where keys and values come from; x when absent"));
            case Form.Diagonal f -> Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL));
        };
    }

    @Override
    public Layer build(TransnormerConfig c, Build build) {
        return switch (c.form()) {
            case Form.Linear f -> {
                GatedLinearAttention a = normAttention(c, f, build.params());
                yield c.causal() ? a : a.withoutStream();
            }
            case Form.Diagonal f -> {
                DiagAttention a = new DiagAttention(c, f, build.params());
                yield c.causal() ? a : (Layer) a::forward;
            }
        };
    }

    /** One of the two mixers of a causal stack. */
    static Streaming streaming(TransnormerConfig c, Params p) {
        return switch (c.form()) {
            case Form.Linear f -> normAttention(c, f, p);
            case Form.Diagonal f -> new DiagAttention(c, f, p);
        };
    }

    private static GatedLinearAttention normAttention(TransnormerConfig c, Form.Linear f, Params p) {
        UnaryOperator<Tensor> norm = f.perHead() ? ofHeads(c, f, p) : norm(f.norm(), p, c.inner());
        Optional<UnaryOperator<Tensor>> gate = Optional.empty();
        if (f.gated()) {
            Linear u = Linear.of(p, "u_proj", c.dim(), c.inner(), true, START);
            gate = Optional.of(x -> u.apply(x, Activation.SILU));
        }
        return new GatedLinearAttention(
                p,
                new GatedLinearAttention.Options(
                        "transnormer",
                        c.dim(),
                        c.inner(),
                        c.heads(),
                        true,
                        x -> f.feature() == Feature.ELU ? Ops.elu(x, 1) : LinearAttention.eluPlusOne(x),
                        f.gated() ? Activation.SILU : Activation.NONE,
                        Optional.empty(),
                        c.causal(),
                        64,
                        "out_proj",
                        START),
                new GatedLinearAttention.Around(norm, gate, Optional.empty()));
    }

    private static UnaryOperator<Tensor> ofHeads(TransnormerConfig c, Form.Linear f, Params p) {
        int d = c.inner() / c.heads();
        UnaryOperator<Tensor> one = norm(f.norm(), p, d);
        return x -> one.apply(x.reshape(x.dim(0), x.dim(1), c.heads(), d)).reshape(x.shape());
    }

    static UnaryOperator<Tensor> norm(NormKind kind, Params p, int width) {
        return switch (kind) {
            case RMSNORM -> {
                Param scale = scale(p, width);
                yield x -> Fused.rmsNorm(x, scale.value(), 1e-8, Root.OUTSIDE);
            }
            case SIMPLE_RMSNORM -> x -> Fused.rmsNorm(x, 1e-8, Root.OUTSIDE);
            case RMSNORM_INSIDE -> x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE);
            case LAYERNORM -> Norm.Layer.of(p, "norm", width, 1e-5)::apply;
            case SCALENORM -> {
                Param scale = scale(p, 1);
                yield x -> Fused.rmsNorm(x, 1e-5, Root.INSIDE).mul(scale.value());
            }
        };
    }

    private static Param scale(Params p, int width) {
        return p.weight("norm.scale", Shape.of(width), Init.ones(), new Param.Attr.NoDecay());
    }

    @Override
    public Optional<Core> core(TransnormerConfig c) {
        int d = c.inner() / c.heads();
        return c.causal() && c.form() instanceof Form.Linear
                ? Optional.of(LinearCores.of(c.heads(), d, d, r -> r))
                : Optional.empty();
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        Form form = new Form.Linear(
                c.text("act_fun").equals("elu") ? Feature.ELU : Feature.ONE_PLUS_ELU,
                NormKind.valueOf(c.text("norm_type").toUpperCase(Locale.ROOT)),
                false,
                c.flag("gated"));
        TransnormerConfig config = new TransnormerConfig(
                c.integer("embed_dim"), c.integer("hidden_dim"), c.integer("num_heads"), c.flag("causal"), form);
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return TransnormerChecks.all();
    }
}
