package org.layerzoo.nn.host;

import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.Tensors;

/** Classifiers of pairs of sequences, two towers with shared weights; {@link Classifier}. */
public class PairClassifierProvider extends ClassifierProvider {
    public PairClassifierProvider() {}

    /** A provider whose defaults are this configuration, whatever the size. */
    public PairClassifierProvider(EncoderConfig preset) {
        super(preset);
    }

    @Override
    public Signature signature(EncoderConfig c) {
        return of(
                Port.in("tokens", "B P=2 T", "two sequences of token ids below V"),
                Port.optional("lengths", "B P=2", "valid tokens of each"));
    }

    @Override
    public Layer build(EncoderConfig c, Build build) {
        return Classifier.of(c, Classifier.Features.PAIR, build);
    }

    @Override
    public Tensors example(EncoderConfig c, Scale scale, Draws draws) {
        return Tensors.of("tokens", draws.integers("example.tokens", 0, c.vocab(), scale.batch(), 2, scale.length()));
    }
}
