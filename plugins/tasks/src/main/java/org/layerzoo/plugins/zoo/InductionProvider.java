package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.train.task.Backbone;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.TokenTask;
import org.pf4j.Extension;

/** {@code zoo/induction}: what followed the trigger when it was seen? */
@Extension
public final class InductionProvider extends NamedTask<InductionConfig> {
    public InductionProvider() {
        super("induction", InductionConfig.class);
    }

    @Override
    public InductionConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new InductionConfig(8, 16, new Backbone(32, 4, 2));
            case TEST -> new InductionConfig(16, 64, new Backbone(64, 4, 2));
            case PAPER -> new InductionConfig(16, 256, new Backbone(64, 4, 2));
        };
    }

    @Override
    public Task create(InductionConfig c, long seed) {
        return new TokenTask(c.generator()::draw, seed, 1.0 / (c.vocab() - 1), c.model());
    }
}
