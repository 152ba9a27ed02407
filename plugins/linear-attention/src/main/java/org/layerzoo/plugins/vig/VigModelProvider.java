package org.layerzoo.plugins.vig;

import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Size;
import org.layerzoo.nn.map.ImageClassifierProvider;
import org.layerzoo.plugins.vig.VigModelConfig.Ffn;
import org.layerzoo.plugins.vig.VigModelConfig.Stage;
import org.layerzoo.plugins.vig.VigModelConfig.Stem;
import org.layerzoo.plugins.vig.check.VigModelChecks;
import org.pf4j.Extension;

/** The ViG image classifier: ViG-T by default, in stages ViG-H. */
@Extension
public final class VigModelProvider implements ImageClassifierProvider<VigModelConfig> {
    @Override
    public String name() {
        return "model";
    }

    @Override
    public Class<VigModelConfig> config() {
        return VigModelConfig.class;
    }

    @Override
    public VigModelConfig defaults(Size size) {
        return switch (size) {
            case TINY ->
                new VigModelConfig(3, 4, 2, Stem.PATCHES, 3, List.of(new Stage(8, 2, 2)), true, Ffn.SWIGLU, 0, 5);
            case TEST ->
                new VigModelConfig(8, 8, 4, Stem.PATCHES, 3, List.of(new Stage(32, 2, 2)), true, Ffn.SWIGLU, 0, 10);
            case PAPER ->
                new VigModelConfig(
                        14, 14, 16, Stem.PATCHES, 3, List.of(new Stage(192, 3, 12)), true, Ffn.SWIGLU, 0.1, 1000);
        };
    }

    @Override
    public Layer build(VigModelConfig c, Build build) {
        return new VigModel(c, build.params());
    }

    @Override
    public List<Check> checks() {
        return VigModelChecks.all();
    }
}
