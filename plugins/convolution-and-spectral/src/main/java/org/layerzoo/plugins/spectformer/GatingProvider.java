package org.layerzoo.plugins.spectformer;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.pf4j.Extension;

/** The spectral gating network alone, as a mixer of the tokens of a map. */
@Extension
public final class GatingProvider implements LayerProvider<GatingConfig> {
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
    public Signature signature(GatingConfig c) {
        return Signature.mixer(
                Contract.bidirectional().withFixedLength(c.height() * c.width()),
                EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D));
    }

    /** The map nearest to a square. */
    @Override
    public GatingConfig atLength(GatingConfig c, int length) {
        int[] hw = Scale.of(1, length).grid();
        return new GatingConfig(c.dim(), hw[0], hw[1]);
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
