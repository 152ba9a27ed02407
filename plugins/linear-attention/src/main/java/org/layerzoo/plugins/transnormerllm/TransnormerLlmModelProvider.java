package org.layerzoo.plugins.transnormerllm;

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

/** The TransNormerLLM decoder between embedding and head: blocks of the token mixer and SGLU, SRMSNorm everywhere. */
@Extension
public final class TransnormerLlmModelProvider implements LayerProvider<TransnormerLlmModelConfig> {
    @Override
    public String name() {
        return "model";
    }

    @Override
    public Class<TransnormerLlmModelConfig> config() {
        return TransnormerLlmModelConfig.class;
    }

    @Override
    public TransnormerLlmModelConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new TransnormerLlmModelConfig(8, 2, 2, 24, 4);
            case TEST -> new TransnormerLlmModelConfig(64, 4, 4, 192, 16);
            case PAPER -> new TransnormerLlmModelConfig(1024, 8, 24, 2816, 256);
        };
    }

    @Override
    public Signature signature(TransnormerLlmModelConfig c) {
        return Signature.mixer(
                Contract.causalStreaming(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                new StateSpec("layers.i.mixer.kv", "fixed", "B H d d", "of layer i, F32 or wider; 2d rows in layer 0"));
    }

    @Override
    public Layer build(TransnormerLlmModelConfig c, Build build) {
        return DecoderStack.of(
                build.params(),
                c.layers(),
                x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE),
                (l, p) -> TransnormerLlmProvider.mixer(c.mixer(l), p),
                p -> Sglu.of(p, c.dim(), c.hidden(), Activation.NONE)::apply);
    }
}
