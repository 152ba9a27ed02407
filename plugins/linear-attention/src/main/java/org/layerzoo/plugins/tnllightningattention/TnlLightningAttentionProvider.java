package org.layerzoo.plugins.tnllightningattention;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
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
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Linear;
import org.layerzoo.nn.Norm;
import org.layerzoo.nn.linear.GatedLinearAttention;
import org.layerzoo.nn.linear.LinearCores;
import org.layerzoo.nn.linear.Lrpe;
import org.layerzoo.nn.linear.Slopes;
import org.layerzoo.plugins.tnllightningattention.TnlLightningAttentionConfig.NormKind;
import org.layerzoo.plugins.tnllightningattention.check.TnlLightningAttentionChecks;
import org.pf4j.Extension;

/** The token mixer of TNL: gated linear attention with a fixed decay a head. Equals tnl_attn.py:TnlAttention of the authors. */
@Extension
public final class TnlLightningAttentionProvider implements LayerProvider<TnlLightningAttentionConfig> {
    @Override
    public Class<TnlLightningAttentionConfig> config() {
        return TnlLightningAttentionConfig.class;
    }

    @Override
    public TnlLightningAttentionConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new TnlLightningAttentionConfig(8, 2, 1, 4, false, true, NormKind.LAYERNORM, true, 4);
            case TEST -> new TnlLightningAttentionConfig(64, 4, 1, 4, false, true, NormKind.LAYERNORM, false, 64);
            case PAPER -> new TnlLightningAttentionConfig(1024, 8, 1, 24, false, true, NormKind.LAYERNORM, false, 256);
        };
    }

    @Override
    public Signature signature(TnlLightningAttentionConfig c) {
        return Signature.causalMixer(
                new StateSpec("kv", "fixed", "B H d d", "decayed sum of k v^T, F32 or wider; 2d rows with LRPE"));
    }

    @Override
    public Layer build(TnlLightningAttentionConfig c, Build build) {
        return mixer(c, build.params());
    }

    static GatedLinearAttention mixer(TnlLightningAttentionConfig c, Params p) {
        UnaryOperator<Tensor> norm = c.norm() == NormKind.LAYERNORM
                ? Norm.Layer.of(p, "norm", c.dim(), 1e-5)::apply
                : x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE);
        Linear narrow = Linear.of(p, "output_gate.0", c.dim(), c.headDim(), c.bias());
        Linear wide = Linear.of(p, "output_gate.1", c.headDim(), c.dim(), c.bias());
        Optional<Lrpe> lrpe = c.lrpe() ? Optional.of(Lrpe.of(p, c.headDim())) : Optional.empty();
        return new GatedLinearAttention(
                p,
                new GatedLinearAttention.Options(
                        "tnl-lightning-attention",
                        c.dim(),
                        c.dim(),
                        c.heads(),
                        c.bias(),
                        Ops::silu,
                        c.valueActivation() ? Activation.SILU : Activation.NONE,
                        Optional.of(Slopes.ofLayer(c.heads(), c.layer(), c.layers())),
                        true,
                        c.block(),
                        "o_proj",
                        Init.linear()),
                new GatedLinearAttention.Around(
                        norm, Optional.of(x -> wide.apply(narrow.apply(x), Activation.SIGMOID)), lrpe));
    }

    @Override
    public Optional<Core> core(TnlLightningAttentionConfig c) {
        double[] slopes = Slopes.ofLayer(c.heads(), c.layer(), c.layers());
        return Optional.of(LinearCores.of(c.heads(), c.headDim(), c.headDim(), r -> r.perHead(
                        Slopes.decay(r.inputs().getFirst().dtype(), slopes))
                .chunked(c.block())));
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        TnlLightningAttentionConfig config = new TnlLightningAttentionConfig(
                c.integer("embed_dim"),
                c.integer("num_heads"),
                c.integer("layer_idx"),
                c.integer("num_layers"),
                c.flag("bias"),
                true,
                NormKind.LAYERNORM,
                false,
                16);
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return TnlLightningAttentionChecks.all();
    }
}
