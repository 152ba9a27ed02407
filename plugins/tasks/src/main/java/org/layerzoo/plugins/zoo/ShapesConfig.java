package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.raster.ShapeImages;
import org.layerzoo.nn.host.ImageConfig;

/** Sizes of the samples and of the model in which a mixer is tried. */
public record ShapesConfig(
        @Doc("pixels along each side") @Range(min = 8) int side,
        @Doc("the model around a mixer") Patches model) {
    /** An encoder of square patches with learned positions. */
    public record Patches(
            @Doc("pixels of a patch along each side, a divisor of the side") @Range(min = 1)
            int patch,

            @Doc("model width D") @Range(min = 1) int dim,
            @Doc("heads of the mixer") @Range(min = 1) int heads,
            @Doc("blocks") @Range(min = 1) int depth) {}

    ImageConfig image() {
        return ImageConfig.usual(side, model.patch(), model.dim(), model.heads(), model.depth(), ShapeImages.CLASSES);
    }
}
