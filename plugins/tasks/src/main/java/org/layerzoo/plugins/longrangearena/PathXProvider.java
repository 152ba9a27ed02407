package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.spi.Size;
import org.pf4j.Extension;

/** {@code long-range-arena/path-x}: Pathfinder at 128 x 128, 16384 tokens (section 2.2.6). */
@Extension
public final class PathXProvider extends PathfinderProvider {
    @Override
    public String name() {
        return "path-x";
    }

    @Override
    public PathfinderConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new PathfinderConfig(44, 8, Backbone.tiny());
            case TEST -> new PathfinderConfig(64, 12, Backbone.test());
            case PAPER -> new PathfinderConfig(128, 30, Backbone.paper(4, 128, 8, 128, 160000, 20000));
        };
    }
}
