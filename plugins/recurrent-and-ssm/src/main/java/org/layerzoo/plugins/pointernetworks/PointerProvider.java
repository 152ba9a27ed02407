package org.layerzoo.plugins.pointernetworks;

import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Draws;
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
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.pointernetworks.check.PointerChecks;
import org.pf4j.Extension;

/** Pointer networks: sequence to sequence whose output vocabulary is the input itself. */
@Extension
public final class PointerProvider implements LayerProvider<PointerConfig> {
    /** Points of an example. */
    private static final int POINTS = 5;

    @Override
    public Class<PointerConfig> config() {
        return PointerConfig.class;
    }

    @Override
    public PointerConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new PointerConfig(2, 6, 0);
            case TEST -> new PointerConfig(2, 64, 0);
            case PAPER -> new PointerConfig(2, 256, 0);
        };
    }

    @Override
    public Signature signature(PointerConfig c) {
        return new Signature(
                List.of(
                        Port.in("points", "B N I", "what is pointed at"),
                        Port.in("indices", "B T", "indices of the answer: 0 ends it, 1..N are points")
                                .as(DType.I64),
                        Port.optional("lengths", "B", "valid points of each row")
                                .as(DType.I64)),
                List.of(Port.out("y", "B T M", "log probabilities of the end marker and the points at each step")),
                List.of(
                        new StateSpec("inputs", "growing", "B N+1 I", "GO and the points"),
                        new StateSpec("keys", "growing", "B N+1 h", "W1 e of end marker and points"),
                        new StateSpec("valid", "growing", "B N+1", "which of them exist"),
                        new StateSpec("last", "fixed", "B 1", "index of the last step"),
                        new StateSpec("h", "fixed", "B h", "decoder"),
                        new StateSpec("c", "fixed", "B h", "decoder")),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.CROSS_NONCAUSAL, Mode.STREAMING, Mode.VARLEN),
                Contract.causalStreaming());
    }

    @Override
    public Tensors example(PointerConfig c, Scale s, Draws d) {
        return Tensors.of("points", d.uniform("points", s.dtype(), s.batch(), POINTS, c.inputs()))
                .with("indices", d.integers("indices", 0, POINTS + 1, s.batch(), s.length()));
    }

    @Override
    public Layer build(PointerConfig c, Build build) {
        return new PointerLayer(c, build.params());
    }

    @Override
    public List<Check> checks() {
        return PointerChecks.all();
    }
}
