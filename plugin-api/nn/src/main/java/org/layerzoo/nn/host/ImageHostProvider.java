package org.layerzoo.nn.host;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;

/** Classifiers of images around any mixer, {@link ImageClassifier}. @param preset the defaults, whatever the size */
public record ImageHostProvider(ImageConfig preset) implements LayerProvider<ImageConfig> {
    @Override
    public Class<ImageConfig> config() {
        return ImageConfig.class;
    }

    @Override
    public ImageConfig defaults(Size size) {
        return preset;
    }

    @Override
    public Signature signature(ImageConfig c) {
        return new Signature(
                List.of(Port.in("image", "B C y x", "pixels, normalised")),
                List.of(Port.out("y", "B K", "logits of the classes")),
                List.of(),
                EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D),
                Contract.bidirectional());
    }

    @Override
    public int axisSize(ImageConfig c, String axis) {
        return switch (axis) {
            case "C" -> c.colours();
            case "y", "x" -> c.side();
            case "K" -> c.classes();
            default -> LayerProvider.super.axisSize(c, axis);
        };
    }

    @Override
    public Layer build(ImageConfig c, Build build) {
        return ImageClassifier.of(c, build);
    }
}
