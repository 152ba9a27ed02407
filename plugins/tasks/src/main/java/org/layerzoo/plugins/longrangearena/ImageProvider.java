package org.layerzoo.plugins.longrangearena;

import java.util.List;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.Task;
import org.layerzoo.data.raster.ShapeImages;
import org.layerzoo.train.task.ClassTask;
import org.layerzoo.train.task.NamedTask;
import org.pf4j.Extension;

/** {@code long-range-arena/image}: what a grey picture shows, read pixel by pixel, ten classes (section 2.2.4). */
@Extension
public final class ImageProvider extends NamedTask<ImageConfig> {
    public ImageProvider() {
        super("image", ImageConfig.class);
    }

    @Override
    public ImageConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new ImageConfig(12, Backbone.tiny());
            case TEST -> new ImageConfig(16, Backbone.test());
            case PAPER -> new ImageConfig(32, Backbone.paper(3, 64, 4, 128, 45000, 10000));
        };
    }

    @Override
    public Task create(ImageConfig c, long seed) {
        ClassTask.Generator draw = (rng, index) -> {
            ShapeImages.Picture p = new ShapeImages(c.side()).draw(rng);
            return new ClassTask.Sample(List.of(p.pixels()), p.label());
        };
        return c.backbone().task(draw, ClassTask.Parts.ONE, 256, c.side() * c.side(), ShapeImages.CLASSES, seed);
    }
}
