package org.layerzoo.plugins.vig;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.plugins.vig.VigModelConfig.Ffn;
import org.layerzoo.plugins.vig.VigModelConfig.Stage;
import org.layerzoo.plugins.vig.VigModelConfig.Stem;
import org.layerzoo.plugins.vig.check.VigModelChecks;
import org.pf4j.Extension;

/** The ViG image classifier: ViG-T by default, in stages ViG-H. */
@Extension
public final class VigModelProvider implements LayerProvider<VigModelConfig> {
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
    public Signature signature(VigModelConfig c) {
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
    public int axisSize(VigModelConfig c, String axis) {
        return switch (axis) {
            case "C" -> c.channels();
            case "y" -> c.height() * c.patch();
            case "x" -> c.width() * c.patch();
            default -> LayerProvider.super.axisSize(c, axis);
        };
    }

    /** The grid of patches nearest to a square. */
    @Override
    public VigModelConfig atLength(VigModelConfig c, int length) {
        int[] hw = Scale.of(1, length).grid();
        return c.on(hw[0], hw[1]);
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
