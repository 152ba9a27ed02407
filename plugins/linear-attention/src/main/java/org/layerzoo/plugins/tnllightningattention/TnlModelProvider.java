package org.layerzoo.plugins.tnllightningattention;

import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.nn.linear.DecoderConfig;
import org.layerzoo.nn.linear.DecoderProvider;
import org.layerzoo.plugins.tnllightningattention.TnlLightningAttentionConfig.NormKind;
import org.pf4j.Extension;

/** The TNL decoder: LRPE in the first layer only, SRMSNorm, values as projected. */
@Extension
public final class TnlModelProvider extends DecoderProvider.Plain {
    @Override
    protected Streaming mixer(DecoderConfig c, int l, Params p) {
        return TnlLightningAttentionProvider.mixer(
                new TnlLightningAttentionConfig(
                        c.dim(), c.heads(), l, c.layers(), false, false, NormKind.SRMSNORM, l == 0, c.block()),
                p);
    }
}
