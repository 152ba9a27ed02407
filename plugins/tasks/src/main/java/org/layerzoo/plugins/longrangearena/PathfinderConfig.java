package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.raster.Pathfinder;

/** Options of Pathfinder, and of Path-X at 128 pixels. */
public record PathfinderConfig(
        @Doc("pixels of a side; T is its square") @Range(min = 16)
        int side,

        @Doc("dashes of a long curve") @Range(min = 2) int dashes,
        @Doc("encoder around the mixer, and samples") Backbone backbone) {
    public PathfinderConfig {
        new Pathfinder(side, dashes);
    }
}
