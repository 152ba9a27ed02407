package org.layerzoo.nn.host;

import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.spi.LayerRef;

/** How a host mixes tokens: softmax attention of its own, or a plugin's layer. */
public sealed interface Mixer {
    /** Multi-head softmax attention, {@link org.layerzoo.nn.SelfAttention}. */
    record Attention(
            @Doc("key-value heads; absent for as many as heads") @Range(min = 1)
            Optional<Integer> kvHeads,

            @Doc("base of rotary positions; absent for none") @Range(min = 1)
            Optional<Double> ropeBase)
            implements Mixer {}

    /** A plugin's mixer, sized to the host; one on q, k, v gets projections around it. */
    record Slot(@Doc("plugin and options") LayerRef layer) implements Mixer {}

    /** One plugin's mixer in the first block, another's in all others, as studies of recall put a short convolution before the mixer. */
    record Hybrid(
            @Doc("plugin and options of the first block") LayerRef first,
            @Doc("plugin and options of the others") LayerRef rest)
            implements Mixer {}

    static Mixer attention() {
        return new Attention(Optional.empty(), Optional.empty());
    }

    static Mixer rotary() {
        return new Attention(Optional.empty(), Optional.of(10000.0));
    }
}
