package org.layerzoo.plugins.spectformer;

import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Size;
import org.layerzoo.nn.map.ImageClassifierProvider;
import org.layerzoo.plugins.spectformer.check.SpectFormerChecks;
import org.pf4j.Extension;

/** SpectFormer: an image classifier whose first layers filter in the frequency domain and whose last layers attend. */
@Extension
public final class SpectFormerProvider implements ImageClassifierProvider<SpectFormerConfig> {
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
