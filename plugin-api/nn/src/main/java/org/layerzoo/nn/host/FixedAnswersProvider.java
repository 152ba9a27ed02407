package org.layerzoo.nn.host;

import java.util.EnumSet;
import java.util.List;
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

/** Sequence to sequence over a vocabulary of N indices, with attention to the points or without. */
public class FixedAnswersProvider implements LayerProvider<FixedAnswersConfig> {
    @Override
    public Class<FixedAnswersConfig> config() {
        return FixedAnswersConfig.class;
    }

    @Override
    public FixedAnswersConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new FixedAnswersConfig(2, 6, 5, true);
            case TEST -> new FixedAnswersConfig(2, 64, 5, true);
            case PAPER -> new FixedAnswersConfig(2, 512, 50, true);
        };
    }

    @Override
    public Signature signature(FixedAnswersConfig c) {
        return new Signature(
                List.of(
                        Port.in("points", "B N I", "what is asked about"),
                        Port.in("indices", "B T", "indices of the answer: 0 ends it, 1..N are points")
                                .as(DType.I64)),
                List.of(Port.out("y", "B T M", "log probabilities of the end marker and the points at each step")),
                List.of(),
                EnumSet.of(Mode.SELF_CAUSAL),
                Contract.causalStreaming().with(Contract.StreamLaw.NONE));
    }

    @Override
    public Tensors example(FixedAnswersConfig c, Scale s, Draws d) {
        return Tensors.of("points", d.uniform("points", s.dtype(), s.batch(), c.points(), c.inputs()))
                .with("indices", d.integers("indices", 0, c.points() + 1, s.batch(), s.length()));
    }

    @Override
    public Layer build(FixedAnswersConfig c, Build build) {
        return new FixedAnswersLayer(c, build.params());
    }
}
