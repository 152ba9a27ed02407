package org.layerzoo.plugins.cottention;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.layer.Seqs;
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
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.LinearCores;
import org.layerzoo.plugins.cottention.CottentionConfig.ScaleOf;
import org.layerzoo.plugins.cottention.CottentionConfig.Variant;
import org.layerzoo.plugins.cottention.check.CottentionChecks;
import org.pf4j.Extension;

/** Cottention: attention by cosines, which sums in any order. */
@Extension
public final class CottentionProvider implements LayerProvider<CottentionConfig> {
    @Override
    public Class<CottentionConfig> config() {
        return CottentionConfig.class;
    }

    @Override
    public CottentionConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new CottentionConfig(8, 2, new Variant.Gpt(2, ScaleOf.VALUES));
            case TEST -> new CottentionConfig(64, 4, new Variant.Gpt(8, ScaleOf.VALUES));
            case PAPER -> new CottentionConfig(768, 12, new Variant.Bert(true));
        };
    }

    @Override
    public Signature signature(CottentionConfig c) {
        if (c.causal()) {
            return Signature.mixer(
                    Contract.causalStreaming(),
                    EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING, Mode.VARLEN),
                    new StateSpec("kv", "fixed", "B H d d", "sum of k v^T, F32 or wider"));
        }
        return Signature.mixer(
                        Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL, Mode.CROSS_NONCAUSAL, Mode.VARLEN))
                .with(Port.optional("context", "B S D", "where keys and values come from; x when absent"));
    }

    @Override
    public Layer build(CottentionConfig c, Build build) {
        CottentionLayer layer = new CottentionLayer(c, build.params());
        return c.causal() ? layer : layer.withoutStream();
    }

    @Override
    public Optional<Core> core(CottentionConfig c) {
        int d = c.dim() / c.heads();
        return c.causal() ? Optional.of(LinearCores.of(c.heads(), d, d, r -> r)) : Optional.empty();
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        Variant variant = c.flag("causal")
                ? new Variant.Gpt(c.integer("rotary_dim", 0), ScaleOf.VALUES)
                : new Variant.Bert(false);
        CottentionConfig config =
                new CottentionConfig(c.integer("hidden_size"), c.integer("num_attention_heads"), variant);
        Call call = c.in().find("lengths")
                .map(l -> Call.eval().with(Seqs.padded(l)))
                .orElse(Call.eval());
        return Golden.model(this, config, c, c.params()).forward(Tensors.of("x", c.in().get("x")), call);
    }

    @Override
    public List<Check> checks() {
        return CottentionChecks.all();
    }
}
