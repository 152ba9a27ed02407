package org.layerzoo.plugins.zoo;

import java.util.Optional;
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
        return size == Size.TINY
                ? new ShapesConfig(16, new ShapesConfig.Patches(2, 32, 4, 2))
                : new ShapesConfig(32, new ShapesConfig.Patches(4, 64, 4, 2));
    }

    @Override
    public Task create(ShapesConfig c, long seed) {
        return new ShapesTask(c.side(), seed, Optional.of(c.image()));
    }
}
