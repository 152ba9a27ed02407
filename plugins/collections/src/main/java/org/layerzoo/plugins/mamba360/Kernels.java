package org.layerzoo.plugins.mamba360;

import java.util.EnumSet;
import org.layerzoo.core.layer.Layer;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.spi.StateSpec;
import org.layerzoo.nn.ssm.Bidirectional;
import org.layerzoo.nn.ssm.SsmLayer;

/** What the reference kernels share: signature and direction. */
final class Kernels {
    private Kernels() {}

    static Signature signature(Direction d, String state) {
        return d == Direction.CAUSAL
                ? Signature.causalMixer(new StateSpec("h", "fixed", state, "state, F32 or wider"))
                : Signature.mixer(Contract.bidirectional(), EnumSet.of(Mode.SELF_NONCAUSAL));
    }

    static Layer directed(SsmLayer layer, Direction d) {
        return d == Direction.CAUSAL ? layer : Bidirectional.shared(layer);
    }
}
