package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.ShapesTask;
import org.pf4j.Extension;

/** {@code zoo/shapes}: which shape or texture does an image show? */
@Extension
public final class ShapesProvider extends NamedTask<ShapesConfig> {
    public ShapesProvider() {
        super("shapes", ShapesConfig.class);
    }

    @Override
    public ShapesConfig defaults(Size size) {
        return new ShapesConfig(size == Size.TINY ? 16 : 32);
    }

    @Override
    public Task create(ShapesConfig c, long seed) {
        return new ShapesTask(c.side(), seed);
    }
}
