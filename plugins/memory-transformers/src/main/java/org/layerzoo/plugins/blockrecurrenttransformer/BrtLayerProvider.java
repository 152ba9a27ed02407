package org.layerzoo.plugins.blockrecurrenttransformer;

import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.pf4j.Extension;

/** {@code block-recurrent-transformer/layer}: the recurrent layer alone, with its residuals. */
@Extension
public final class BrtLayerProvider implements LayerProvider<BrtConfig> {
    @Override
    public String name() {
        return "layer";
    }

    @Override
    public Class<BrtConfig> config() {
        return BrtConfig.class;
    }

    @Override
    public BrtConfig defaults(Size size) {
        return new BrtProvider().defaults(size);
    }

    @Override
    public Signature signature(BrtConfig c) {
        return BrtProvider.signature(Contract.causalStreaming().owningResidual());
    }

    @Override
    public Layer build(BrtConfig c, Build build) {
        return new BrtLayer(c, build.params(), true);
    }
}
