package org.layerzoo.plugins.tnllightningattention;

import java.util.EnumSet;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.nn.linear.DecoderStack;
import org.layerzoo.nn.linear.Sglu;
import org.pf4j.Extension;

/** The TNL decoder between embedding and head: blocks of the token mixer and SGLU, SRMSNorm everywhere. */
@Extension
public final class TnlModelProvider implements LayerProvider<TnlModelConfig> {
    @Override
    public String name() {
        return "model";
    }

    @Override
    public Class<TnlModelConfig> config() {
        return TnlModelConfig.class;
    }

    @Override
    public TnlModelConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new TnlModelConfig(8, 2, 2, 12, 4);
            case TEST -> new TnlModelConfig(64, 4, 4, 192, 16);
            case PAPER -> new TnlModelConfig(1024, 8, 24, 2816, 256);
        };
    }

    @Override
    public Signature signature(TnlModelConfig c) {
        return Signature.mixer(
                Contract.causalStreaming(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("layers.i.mixer.kv", "fixed", "B H d d", "of layer i, F32 or wider; 2d rows in layer 0"));
    }

    @Override
    public Layer build(TnlModelConfig c, Build build) {
        return DecoderStack.of(
                build.params(),
                c.layers(),
                x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE),
                (l, p) -> TnlLightningAttentionProvider.mixer(c.mixer(l), p),
                p -> Sglu.of(p, c.dim(), c.hidden(), Activation.NONE)::apply);
    }
}
