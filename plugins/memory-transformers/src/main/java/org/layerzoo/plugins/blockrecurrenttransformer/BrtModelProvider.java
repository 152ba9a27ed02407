package org.layerzoo.plugins.blockrecurrenttransformer;

import java.util.List;
import org.layerzoo.core.layer.Params;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.nn.host.TokenModelProvider;
import org.pf4j.Extension;

/** {@code block-recurrent-transformer/lm}: the stack between embedding and head; logits are divided by the root of V, as released. */
@Extension
public final class BrtModelProvider extends TokenModelProvider<BrtModelConfig> {
    @Override
    public Class<BrtModelConfig> config() {
        return BrtModelConfig.class;
    }

    @Override
    public BrtModelConfig defaults(Size size) {
        BrtConfig stack = new BrtProvider().defaults(size);
        return switch (size) {
            case TINY -> new BrtModelConfig(16, stack.withFeedback());
            case TEST -> new BrtModelConfig(256, stack);
            case PAPER -> new BrtModelConfig(32000, stack);
        };
    }

    @Override
    protected Ends ends(BrtModelConfig c) {
        return new Ends(c.vocab(), c.stack().dim(), "embed.embedding", 1, 1 / Math.sqrt(c.vocab()));
    }

    @Override
    protected Signature around(BrtModelConfig c) {
        return new BrtProvider().signature(c.stack());
    }

    @Override
    protected Streaming stack(BrtModelConfig c, Params p) {
        return new BrtStack(c.stack(), p);
    }

    @Override
    public List<Waiver> waivers() {
        return List.of(new Waiver(
                "initial scale", "the authors' embedding has deviation 1 and logits divided by the root of V"));
    }
}
