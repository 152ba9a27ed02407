package org.layerzoo.nn.map;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;

/** A classifier of images of one size, cut into patches: image [B, C, y, x] -> logits [B, K], with the features below its head. */
public interface ImageClassifierProvider<C extends Record & ImageSized<C>> extends MapProvider<C> {
    @Override
    default Signature signature(C config) {
        return new Signature(
                List.of(Port.in("image", "B C y x", "pixels, normalised")),
                List.of(
                        Port.out("logits", "B K", "a number for each class"),
                        Port.aux("features", "B D", "mean of the normed tokens")),
                List.of(),
                EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D),
                contract(config));
    }

    @Override
    default int axisSize(C config, String axis) {
        return switch (axis) {
            case "C" -> config.channels();
            case "y" -> config.rows();
            case "x" -> config.columns();
            default -> MapProvider.super.axisSize(config, axis);
        };
    }
}
