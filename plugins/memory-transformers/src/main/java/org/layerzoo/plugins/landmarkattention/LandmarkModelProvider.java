package org.layerzoo.plugins.landmarkattention;

import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.nn.Mlp;
import org.layerzoo.nn.host.TokenModelProvider;
import org.layerzoo.nn.linear.DecoderStack;
import org.layerzoo.nn.memory.AmongLandmarks;
import org.pf4j.Extension;

/** {@code landmark-attention/lm}: a language model that puts landmarks among its tokens and leaves their rows out of its logits. */
@Extension
public final class LandmarkModelProvider extends TokenModelProvider<LandmarkModelConfig> {
    @Override
    public Class<LandmarkModelConfig> config() {
        return LandmarkModelConfig.class;
    }

    @Override
    public LandmarkModelConfig defaults(Size size) {
        LandmarkConfig attention = new LandmarkProvider().defaults(size);
        return switch (size) {
            case TINY -> new LandmarkModelConfig(16, 2, 12, attention);
            case TEST -> new LandmarkModelConfig(256, 4, 192, attention);
            case PAPER -> new LandmarkModelConfig(50257, 12, 2736, attention);
        };
    }

    @Override
    protected Ends ends(LandmarkModelConfig c) {
        return new Ends(c.vocab(), c.attention().dim(), "embed.weight", 0.02, 1);
    }

    @Override
    protected Signature around(LandmarkModelConfig c) {
        return new LandmarkProvider().signature(c.attention());
    }

    @Override
    protected Streaming stack(LandmarkModelConfig c, Params p) {
        int dim = c.attention().dim();
        DecoderStack stack = DecoderStack.of(
                p,
                c.layers(),
                x -> Fused.rmsNorm(x, 1e-6, Root.INSIDE),
                (l, at) -> new LandmarkLayer(c.attention(), at),
                at -> Mlp.SwiGlu.of(at, dim, c.hidden())::apply);
        return AmongLandmarks.of(p, c.attention().block(), dim, stack);
    }
}
