package org.layerzoo.train.task;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.LayerRef;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.Splits;
import org.layerzoo.data.raster.ShapeImages;
import org.layerzoo.metrics.Accuracy;
import org.layerzoo.metrics.CrossEntropy;
import org.layerzoo.nn.host.ImageConfig;
import org.layerzoo.nn.host.ImageHostProvider;
import org.layerzoo.nn.host.Mixer;

/**
 * Naming shapes and textures in grey images: ports image [B, 1, y, x], pixels from -1 to 1, and label I64 [B]. The reference model is a
 * classifier of patches around the mixer.
 *
 * @param backbone what the reference is like; absent where the task takes whole models only
 */
public record ShapesTask(int side, long seed, Optional<ImageConfig> backbone) implements LogitsTask {
    /** For whole models. */
    public ShapesTask(int side, long seed) {
        this(side, seed, Optional.empty());
    }

    @Override
    public List<Port> batch() {
        return List.of(
                Port.in("image", "B C=1 y x", "pixels from -1 to 1"),
                Port.in(target(), "B", "class").as(DType.I64));
    }

    @Override
    public Tensors batch(Split split, long index, int size) {
        ShapeImages images = new ShapeImages(side);
        double[] pixels = new double[size * side * side];
        long[] labels = new long[size];
        for (int i = 0; i < size; i++) {
            ShapeImages.Picture p =
                    Splits.sample(seed, split, index * size + i, images::draw, ShapeImages.Picture::pixels);
            for (int k = 0; k < side * side; k++) {
                pixels[i * side * side + k] = p.pixels()[k] / 127.5 - 1;
            }
            labels[i] = p.label();
        }
        return Tensors.of(
                "image", Tensor.of(DType.F32, pixels, size, 1, side, side), target(), Tensor.of(labels, size));
    }

    @Override
    public String target() {
        return "label";
    }

    @Override
    public int classes() {
        return ShapeImages.CLASSES;
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Accuracy.of(target()), new CrossEntropy(target()));
    }

    @Override
    public double chance() {
        return 1.0 / classes();
    }

    @Override
    public Optional<LayerProvider<?>> reference(LayerRef mixer) {
        return backbone.map(c -> new ImageHostProvider(c.with(new Mixer.Slot(mixer))));
    }
}
