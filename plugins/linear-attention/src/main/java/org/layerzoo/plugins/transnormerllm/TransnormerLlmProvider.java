package org.layerzoo.plugins.transnormerllm;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Core;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.linear.GatedLinearAttention;
import org.layerzoo.nn.linear.LinearCores;
import org.layerzoo.nn.linear.Lrpe;
import org.layerzoo.nn.linear.Slopes;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmConfig.NormKind;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmConfig.Slope;
import org.layerzoo.plugins.transnormerllm.check.TransnormerLlmChecks;
import org.pf4j.Extension;

/** The token mixer of TransNormerLLM: gated linear attention with a fixed decay a head and layer. */
@Extension
public final class TransnormerLlmProvider implements LayerProvider<TransnormerLlmConfig> {
    /** Of all weights, here and in the channel mixers. */
    static final Init START = Init.normal(0.02);

    @Override
    public Class<TransnormerLlmConfig> config() {
        return TransnormerLlmConfig.class;
    }

    @Override
    public TransnormerLlmConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new TransnormerLlmConfig(8, 2, 0, 4, Slope.PAPER, NormKind.SRMSNORM, false, 4);
            case TEST -> new TransnormerLlmConfig(64, 4, 1, 4, Slope.PAPER, NormKind.SRMSNORM, false, 64);
            case PAPER -> new TransnormerLlmConfig(1024, 8, 1, 24, Slope.PAPER, NormKind.SRMSNORM, false, 64);
        };
    }

    @Override
    public Signature signature(TransnormerLlmConfig c) {
        return Signature.causalMixer(
                new StateSpec("kv", "fixed", "B H d d", "decayed sum of k v^T, F32 or wider; 2d rows in layer 0"));
    }

    @Override
    public Layer build(TransnormerLlmConfig c, Build build) {
        return mixer(c, build.params());
    }

    /** Slopes -log lambda of the heads. */
    public static double[] slopes(TransnormerLlmConfig c) {
        if (c.slope() == Slope.ALIBI) {
            return Slopes.ofLayer(c.heads(), c.layer(), c.layers());
        }
        double[] s = new double[c.heads()];
        for (int h = 0; h < s.length; h++) {
            s[h] = 8.0 * h / c.heads() * (1 - c.layer() / (double) c.layers());
        }
        return s;
    }

    static GatedLinearAttention mixer(TransnormerLlmConfig c, Params p) {
        UnaryOperator<Tensor> norm =
                switch (c.norm()) {
                    case SRMSNORM -> x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE);
                    case RMSNORM -> Norm.Rms.of(p, "norm", c.dim(), 1e-6)::apply;
                    case LAYERNORM -> Norm.Layer.of(p, "norm", c.dim(), 1e-5)::apply;
                };
        Linear u = Linear.of(p, "u_proj", c.dim(), c.dim(), false, START);
        Activation gate = c.gateActivation() ? Activation.SIGMOID : Activation.NONE;
        GatedLinearAttention.Options o = new GatedLinearAttention.Options(
                "transnormer-llm",
                c.dim(),
                c.dim(),
                c.heads(),
                false,
                Ops::silu,
                Activation.NONE,
                Optional.of(slopes(c)),
                true,
                c.block(),
                "out_proj",
                START);
        Optional<Lrpe> lrpe = c.layer() == 0 ? Optional.of(Lrpe.of(p, c.headDim())) : Optional.empty();
        return new GatedLinearAttention(
                p, o, new GatedLinearAttention.Around(norm, Optional.of(x -> u.apply(x, gate)), lrpe));
    }

    @Override
    public Optional<Core> core(TransnormerLlmConfig c) {
        int keys = c.layer() == 0 ? 2 * c.headDim() : c.headDim();
        return Optional.of(LinearCores.of(c.heads(), keys, c.headDim(), r -> r.perHead(
                        Slopes.decay(r.inputs().getFirst().dtype(), slopes(c)))
                .chunked(c.block())));
    }

    @Override
    public List<Check> checks() {
        return TransnormerLlmChecks.all();
    }
}
