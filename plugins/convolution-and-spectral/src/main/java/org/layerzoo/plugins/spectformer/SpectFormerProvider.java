package org.layerzoo.plugins.spectformer;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.spectformer.check.SpectFormerChecks;
import org.pf4j.Extension;

/** SpectFormer: an image classifier whose first layers filter in the frequency domain and whose last layers attend. */
@Extension
public final class SpectFormerProvider implements LayerProvider<SpectFormerConfig> {
    @Override
    public Class<SpectFormerConfig> config() {
        return SpectFormerConfig.class;
    }

    @Override
    public SpectFormerConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new SpectFormerConfig(8, 2, 2, 1, 3, 4, 2, 3, 5, 2, 0, 1e-6);
            case TEST -> new SpectFormerConfig(16, 2, 3, 1, 8, 8, 4, 3, 10, 4, 0, 1e-6);
            case PAPER -> new SpectFormerConfig(384, 6, 12, 4, 14, 14, 16, 3, 1000, 4, 0, 1e-6);
        };
    }

    @Override
    public Signature signature(SpectFormerConfig c) {
        return new Signature(
                List.of(Port.in("image", "B C y x", "pixels, normalised")),
                List.of(
                        Port.out("logits", "B K", "a number for each class"),
                        Port.aux("features", "B D", "mean of the normed tokens")),
                List.of(),
                EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D),
                Contract.bidirectional().withFixedLength(c.height() * c.width()));
    }

    @Override
    public int axisSize(SpectFormerConfig c, String axis) {
        return switch (axis) {
            case "C" -> c.channels();
            case "y" -> c.height() * c.patch();
            case "x" -> c.width() * c.patch();
            default -> LayerProvider.super.axisSize(c, axis);
        };
    }

    /** The grid of patches nearest to a square. */
    @Override
    public SpectFormerConfig atLength(SpectFormerConfig c, int length) {
        int[] hw = Scale.of(1, length).grid();
        return c.on(hw[0], hw[1]);
    }

    @Override
    public Layer build(SpectFormerConfig c, Build build) {
        return new SpectFormerLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of(
                "layer", c -> c.level().equals("layer") && !c.params().has("complex_weight"), SpectFormerGolden::run));
    }

    @Override
    public List<Check> checks() {
        return SpectFormerChecks.all();
    }
}
