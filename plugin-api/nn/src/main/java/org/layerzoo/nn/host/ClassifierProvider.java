package org.layerzoo.nn.host;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;

/** Sequence classifiers around any mixer; {@link Classifier}. */
public non-sealed class ClassifierProvider extends HostProvider<EncoderConfig> {
    public ClassifierProvider() {
        super(Optional.empty());
    }

    /** A provider whose defaults are this configuration, whatever the size. */
    public ClassifierProvider(EncoderConfig preset) {
        super(Optional.of(preset));
    }

    @Override
    public Class<EncoderConfig> config() {
        return EncoderConfig.class;
    }

    @Override
    EncoderConfig sized(Size size) {
        return switch (size) {
            case TINY -> sized(16, 8, 2, 1, 16);
            case TEST -> sized(64, 64, 4, 2, 256);
            case PAPER -> sized(256, 512, 8, 6, 4096);
        };
    }

    private static EncoderConfig sized(int vocab, int dim, int heads, int depth, int length) {
        return new EncoderConfig(
                vocab,
                dim,
                heads,
                depth,
                Mixer.attention(),
                Channels.gelu(4 * dim),
                NormKind.LAYER,
                Positions.LEARNED,
                length,
                EncoderConfig.Pool.MEAN,
                dim,
                10);
    }

    @Override
    public Signature signature(EncoderConfig c) {
        return new Signature(
                List.of(
                        Port.in("tokens", "B T", "token ids below V").as(DType.I64),
                        Port.optional("lengths", "B", "valid tokens of each row")
                                .as(DType.I64)),
                List.of(Port.out("y", "B C", "logits of the classes")),
                List.of(),
                EnumSet.of(Mode.SELF_NONCAUSAL),
                Contract.bidirectional());
    }

    @Override
    public Layer build(EncoderConfig c, Build build) {
        return Classifier.of(c, Classifier.Features.ONE, build);
    }

    @Override
    public int axisSize(EncoderConfig c, String axis) {
        return axis.equals("C") ? c.classes() : super.axisSize(c, axis);
    }

    @Override
    int vocab(EncoderConfig c) {
        return c.vocab();
    }

    @Override
    public EncoderConfig atLength(EncoderConfig c, int length) {
        return c.withLength(length);
    }
}
