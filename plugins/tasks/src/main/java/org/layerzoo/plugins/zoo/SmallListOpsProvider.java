package org.layerzoo.plugins.zoo;

import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.train.task.Backbone;
import org.layerzoo.train.task.NamedTask;
import org.layerzoo.train.task.TokenTask;
import org.pf4j.Extension;

/** {@code zoo/listops}: the value of a nested expression, in a form small enough for minutes. */
@Extension
public final class SmallListOpsProvider extends NamedTask<SmallListOpsConfig> {
    public SmallListOpsProvider() {
        super("listops", SmallListOpsConfig.class);
    }

    @Override
    public SmallListOpsConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SmallListOpsConfig(3, 3, 16, new Backbone(32, 4, 2));
            case TEST -> new SmallListOpsConfig(4, 5, 64, new Backbone(64, 4, 2));
            case PAPER -> new SmallListOpsConfig(6, 5, 256, new Backbone(128, 4, 2));
        };
    }

    @Override
    public Task create(SmallListOpsConfig c, long seed) {
        return new TokenTask(c::draw, seed, 0.1, c.model());
    }
}
