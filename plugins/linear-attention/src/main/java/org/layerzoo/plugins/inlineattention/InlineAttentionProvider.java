package org.layerzoo.plugins.inlineattention;

import java.util.List;
import java.util.Locale;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Golden;
import org.layerzoo.core.spi.GoldenCase;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.map.MapProvider;
import org.layerzoo.plugins.inlineattention.InlineAttentionConfig.Kernel;
import org.layerzoo.plugins.inlineattention.check.InlineAttentionChecks;
import org.pf4j.Extension;

/** InLine: linear attention that tells all queries apart, with a local residual. */
@Extension
public final class InlineAttentionProvider implements MapProvider<InlineAttentionConfig> {
    @Override
    public Class<InlineAttentionConfig> config() {
        return InlineAttentionConfig.class;
    }

    @Override
    public InlineAttentionConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new InlineAttentionConfig(8, 2, 3, 4, true, Kernel.IDENTITY, true);
            case TEST -> new InlineAttentionConfig(48, 3, 8, 8, true, Kernel.IDENTITY, true);
            case PAPER -> new InlineAttentionConfig(384, 6, 14, 14, true, Kernel.IDENTITY, true);
        };
    }

    @Override
    public Signature signature(InlineAttentionConfig c) {
        return MapProvider.super
                .signature(c)
                .giving(Port.aux("weights", "B H T S", "mixing matrix of each head, without the residual"));
    }

    @Override
    public Layer build(InlineAttentionConfig c, Build build) {
        return new InlineAttentionLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("layer", c -> c.level().equals("layer"), this::layer));
    }

    private Tensors layer(GoldenCase c) {
        InlineAttentionConfig config = new InlineAttentionConfig(
                c.integer("dim"),
                c.integer("num_heads"),
                c.integer("H"),
                c.integer("W"),
                c.flag("qkv_bias"),
                Kernel.valueOf(
                        c.text("kernel_func").replace("leakyrelu", "leaky_relu").toUpperCase(Locale.ROOT)),
                true);
        return Golden.model(this, config, c, c.params()).forward(c.in(), Call.eval());
    }

    @Override
    public List<Check> checks() {
        return InlineAttentionChecks.all();
    }
}
