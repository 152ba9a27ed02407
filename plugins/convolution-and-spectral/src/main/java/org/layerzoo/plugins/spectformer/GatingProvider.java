package org.layerzoo.plugins.spectformer;

import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.Size;
import org.layerzoo.nn.map.MapProvider;
import org.pf4j.Extension;

/** The spectral gating network alone, as a mixer of the tokens of a map. */
@Extension
public final class GatingProvider implements MapProvider<GatingConfig> {
    @Override
    public String name() {
        return "gating";
    }

    @Override
    public Class<GatingConfig> config() {
        return GatingConfig.class;
    }

    @Override
    public GatingConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new GatingConfig(4, 5, 6);
            case TEST -> new GatingConfig(64, 8, 8);
            case PAPER -> new GatingConfig(384, 14, 14);
        };
    }

    @Override
    public Layer build(GatingConfig c, Build build) {
        return new SpectralGating(build.params(), c.dim(), c.height(), c.width());
    }

    @Override
    public List<GoldenFunction> golden() {
        return List.of(GoldenFunction.of("gating", c -> c.params().has("complex_weight"), SpectFormerGolden::gating));
    }
}
