package org.layerzoo.plugins.transnormerllm;

import org.layerzoo.core.layer.Init;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.nn.linear.DecoderConfig;
import org.layerzoo.nn.linear.DecoderProvider;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmConfig.NormKind;
import org.layerzoo.plugins.transnormerllm.TransnormerLlmConfig.Slope;
import org.pf4j.Extension;

/** The TransNormerLLM decoder, every layer with the decays of its depth. */
@Extension
public final class TransnormerLlmModelProvider extends DecoderProvider.Plain {
    @Override
    protected Init init() {
        return TransnormerLlmProvider.START;
    }

    @Override
    protected Streaming mixer(DecoderConfig c, int l, Params p) {
        return TransnormerLlmProvider.mixer(
                new TransnormerLlmConfig(
                        c.dim(), c.heads(), l, c.layers(), Slope.PAPER, NormKind.SRMSNORM, false, c.block()),
                p);
    }
}
