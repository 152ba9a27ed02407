package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.train.task.Backbone;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.TokenTask;
import org.pf4j.Extension;

/** {@code zoo/copy}: say again what was read. */
@Extension
public final class CopyProvider extends NamedTask<CopyConfig> {
    public CopyProvider() {
        super("copy", CopyConfig.class);
    }

    @Override
    public CopyConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new CopyConfig(12, 8, new Backbone(32, 4, 2));
            case TEST -> new CopyConfig(32, 24, new Backbone(64, 4, 2));
            case PAPER -> new CopyConfig(128, 256, new Backbone(128, 4, 2));
        };
    }

    @Override
    public Task create(CopyConfig c, long seed) {
        return new TokenTask(c.generator()::draw, seed, 1.0 / (c.vocab() - 1), c.model());
    }
}
