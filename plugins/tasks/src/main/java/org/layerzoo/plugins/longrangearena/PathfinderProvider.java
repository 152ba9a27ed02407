package org.layerzoo.plugins.longrangearena;

import java.util.List;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.raster.Pathfinder;
import org.layerzoo.train.task.ClassTask;
import org.layerzoo.train.task.NamedTask;
import org.pf4j.Extension;

/** {@code long-range-arena/pathfinder}: whether a dashed curve joins two discs, two classes, balanced (section 2.2.5). */
@Extension
public class PathfinderProvider extends NamedTask<PathfinderConfig> {
    public PathfinderProvider() {
        super("pathfinder", PathfinderConfig.class);
    }

    @Override
    public PathfinderConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new PathfinderConfig(20, 2, Backbone.tiny());
            case TEST -> new PathfinderConfig(24, 4, Backbone.test());
            case PAPER -> new PathfinderConfig(32, 6, Backbone.paper(4, 128, 8, 128, 160000, 20000));
        };
    }

    @Override
    public Task create(PathfinderConfig c, long seed) {
        // Labels alternate, so that every batch of even size is balanced.
        ClassTask.Generator draw = (rng, index) -> {
            Pathfinder.Scene s = new Pathfinder(c.side(), c.dashes()).draw(rng, (int) (index & 1));
            return new ClassTask.Sample(List.of(s.pixels()), s.label());
        };
        return c.backbone().task(draw, ClassTask.Parts.ONE, 256, c.side() * c.side(), 2, seed);
    }
}
