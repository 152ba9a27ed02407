package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.train.task.Backbone;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.TokenTask;
import org.pf4j.Extension;

/** {@code zoo/selective-copy}: copy what is no noise. */
@Extension
public final class SelectiveCopyProvider extends NamedTask<SelectiveCopyConfig> {
    public SelectiveCopyProvider() {
        super("selective-copy", SelectiveCopyConfig.class);
    }

    @Override
    public SelectiveCopyConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SelectiveCopyConfig(8, 16, 4, new Backbone(32, 4, 2));
            case TEST -> new SelectiveCopyConfig(16, 64, 8, new Backbone(64, 4, 2));
            case PAPER -> new SelectiveCopyConfig(16, 4096, 16, new Backbone(64, 4, 2));
        };
    }

    @Override
    public Task create(SelectiveCopyConfig c, long seed) {
        return new TokenTask(c.generator()::draw, seed, 1.0 / (c.vocab() - 2), c.model());
    }
}
