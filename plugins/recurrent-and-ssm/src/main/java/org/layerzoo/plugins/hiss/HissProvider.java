package org.layerzoo.plugins.hiss;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Port;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.spi.Waiver;
import org.layerzoo.plugins.hiss.check.HissChecks;
import org.pf4j.Extension;

/** HiSS: a state space model within chunks of samples under one over the chunks. */
@Extension
public final class HissProvider implements LayerProvider<HissConfig> {
    static final Waiver SCALE =
            new Waiver("initial scale", "each state reads with unit variance, as the authors' S4 library starts");

    @Override
    public Class<HissConfig> config() {
        return HissConfig.class;
    }

    @Override
    public HissConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new HissConfig(2, 3, 3, new Stack.S4(4, 1, 4, true), new Stack.Mamba(4, 1, 2), true, 0.1);
            case TEST -> new HissConfig(6, 3, 5, new Stack.S4(32, 2, 64, true), new Stack.Mamba(32, 2, 16), true, 0.1);
            case PAPER ->
                new HissConfig(6, 2, 10, new Stack.S4(256, 6, 64, true), new Stack.Mamba(128, 6, 16), true, 0.1);
        };
    }

    static List<Port> in() {
        return List.of(Port.in("x", "B T I", "samples at the sensor's rate"));
    }

    static Port out() {
        return Port.out("y", "B J O", "a prediction a chunk");
    }

    @Override
    public Signature signature(HissConfig c) {
        return new Signature(
                in(),
                List.of(out(), Port.aux("summary", "B J d", "what the low level says of each chunk")),
                List.of(
                        new StateSpec("low", "fixed", "B ..", "state within the open chunk"),
                        new StateSpec("high", "fixed", "B ..", "state over chunks"),
                        new StateSpec("last", "fixed", "B 1 I", "last sample, where differences are appended")),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING),
                Contract.causalStreaming());
    }

    @Override
    public int axisSize(HissConfig c, String axis) {
        return axis.equals("I") ? c.inputs() : LayerProvider.super.axisSize(c, axis);
    }

    @Override
    public Layer build(HissConfig c, Build build) {
        return new HissLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return HissGolden.all(this);
    }

    @Override
    public List<Waiver> waivers() {
        return List.of(SCALE);
    }

    @Override
    public List<Check> checks() {
        return HissChecks.all();
    }
}
