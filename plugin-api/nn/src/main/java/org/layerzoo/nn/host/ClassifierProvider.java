package org.layerzoo.nn.host;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;

/** Sequence classifiers around any mixer; {@link Classifier}. */
public class ClassifierProvider implements LayerProvider<EncoderConfig> {
    private final Optional<EncoderConfig> preset;

    public ClassifierProvider() {
        this.preset = Optional.empty();
    }

    /** A provider whose defaults are this configuration, whatever the size. */
    public ClassifierProvider(EncoderConfig preset) {
        this.preset = Optional.of(preset);
    }

    @Override
    public Class<EncoderConfig> config() {
        return EncoderConfig.class;
    }

    @Override
    public EncoderConfig defaults(Size size) {
        return preset.orElseGet(() -> switch (size) {
            case TINY -> sized(16, 8, 2, 1, 16);
            case TEST -> sized(64, 64, 4, 2, 256);
            case PAPER -> sized(256, 512, 8, 6, 4096);
        });
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
        return axis.equals("C") ? c.classes() : LayerProvider.super.axisSize(c, axis);
    }

    @Override
    public Tensors example(EncoderConfig c, Scale scale, Draws draws) {
        return Tensors.of("tokens", draws.integers("example.tokens", 0, c.vocab(), scale.batch(), scale.length()));
    }

    @Override
    public EncoderConfig atLength(EncoderConfig c, int length) {
        return c.withLength(length);
    }
}
