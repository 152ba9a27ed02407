package org.layerzoo.nn.map;

import java.util.EnumSet;
import org.layerzoo.core.spi.Contract;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Mode;
import org.layerzoo.core.spi.Scale;
import org.layerzoo.core.spi.Signature;

/** A mixer of the tokens of a map, row by row, whose size its options fix: x [B, h w, D] -> y [B, h w, D]. */
public interface MapProvider<C extends Record & MapSized<C>> extends LayerProvider<C> {
    /** Every token sees all, h w of them. */
    default Contract contract(C config) {
        return Contract.bidirectional().withFixedLength(config.height() * config.width());
    }

    @Override
    default Signature signature(C config) {
        return Signature.mixer(contract(config), EnumSet.of(Mode.SELF_NONCAUSAL, Mode.TWO_D));
    }

    /** The map nearest to a square. */
    @Override
    default C atLength(C config, int length) {
        int[] hw = Scale.of(1, length).grid();
        return config.on(hw[0], hw[1]);
    }
}
