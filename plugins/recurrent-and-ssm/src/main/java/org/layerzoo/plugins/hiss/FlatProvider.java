package org.layerzoo.plugins.hiss;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.pf4j.Extension;

/** {@code hiss/flat}: the same task without the hierarchy, by a state space model, an LSTM or attention. */
@Extension
public final class FlatProvider implements LayerProvider<FlatConfig> {
    @Override
    public String name() {
        return "flat";
    }

    @Override
    public Class<FlatConfig> config() {
        return FlatConfig.class;
    }

    @Override
    public FlatConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new FlatConfig(2, 3, 3, new Stack.Attention(4, 1, 2), 0.1);
            case TEST -> new FlatConfig(6, 3, 5, new Stack.Lstm(32, 2), 0.1);
            case PAPER -> new FlatConfig(6, 2, 10, new Stack.Mamba(256, 6, 16), 0.1);
        };
    }

    @Override
    public Signature signature(FlatConfig c) {
        return new Signature(
                HissProvider.in(),
                List.of(HissProvider.out()),
                List.of(),
                EnumSet.of(Mode.SELF_CAUSAL),
                Contract.causalStreaming().with(Contract.StreamLaw.NONE));
    }

    @Override
    public int axisSize(FlatConfig c, String axis) {
        return axis.equals("I") ? c.inputs() : LayerProvider.super.axisSize(c, axis);
    }

    @Override
    public Layer build(FlatConfig c, Build build) {
        return new FlatLayer(c, build.params());
    }
}
