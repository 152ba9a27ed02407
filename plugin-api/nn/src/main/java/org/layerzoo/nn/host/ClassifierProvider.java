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
    Numbers paper() {
        return new Numbers(256, 512, 8, 6, 4096);
    }

    @Override
    EncoderConfig sized(Numbers n) {
        EncoderConfig.Head head = new EncoderConfig.Head(EncoderConfig.Pool.MEAN, n.dim(), 10);
        return EncoderConfig.usual(n.vocab(), n.dim(), n.heads(), n.depth(), 4 * n.dim(), n.length(), head);
    }

    @Override
    public Signature signature(EncoderConfig c) {
        return of(
                Port.in("tokens", "B T", "token ids below V"),
                Port.optional("lengths", "B", "valid tokens of each row"));
    }

    /** From ids to logits of the classes. */
    static Signature of(Port tokens, Port lengths) {
        return new Signature(
                List.of(tokens.as(DType.I64), lengths.as(DType.I64)),
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
