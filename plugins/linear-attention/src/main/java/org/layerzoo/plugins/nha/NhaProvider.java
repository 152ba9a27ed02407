package org.layerzoo.plugins.nha;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Build;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.GoldenFunction;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.plugins.nha.check.NhaChecks;
import org.pf4j.Extension;

/** Native hybrid attention: one softmax over recurrent slots and a window of recent tokens. */
@Extension
public final class NhaProvider implements LayerProvider<NhaConfig> {
    @Override
    public Class<NhaConfig> config() {
        return NhaConfig.class;
    }

    @Override
    public NhaConfig defaults(Size size) {
        return switch (size) {
            case TINY -> new NhaConfig(8, 2, 1, 3, 4, false, 8, 1, 0);
            case TEST -> new NhaConfig(64, 2, 2, 16, 16, false, 8, 1, 0);
            case PAPER -> new NhaConfig(2048, 4, 4, 64, 64, false, 8, 1, 0);
        };
    }

    @Override
    public Signature signature(NhaConfig c) {
        List<StateSpec> state = new ArrayList<>();
        if (c.slots() > 0) {
            state.addAll(GatedSlots.state("d", "d"));
        }
        if (c.window() > 0) {
            state.add(new StateSpec(NhaLayer.KEYS, "fixed", "B Hkv w d", "rotated keys of the last tokens"));
            state.add(new StateSpec(NhaLayer.VALUES, "fixed", "B Hkv w d", "values of the last tokens"));
        }
        if (c.late()) {
            String doc = "what the slots will take of the window's tokens";
            for (String n : List.of("k", "v", "write", "log")) {
                state.add(new StateSpec(NhaLayer.LATE + n, "fixed", "B Hkv w d", doc));
            }
        }
        return Signature.mixer(
                Contract.causalStreaming(),
                EnumSet.of(Mode.SELF_CAUSAL, Mode.STREAMING, Mode.VARLEN),
                state.toArray(StateSpec[]::new));
    }

    @Override
    public Layer build(NhaConfig c, Build build) {
        return new NhaLayer(c, build.params());
    }

    @Override
    public List<GoldenFunction> golden() {
        return NhaGolden.all();
    }

    @Override
    public List<Check> checks() {
        return NhaChecks.all();
    }
}
