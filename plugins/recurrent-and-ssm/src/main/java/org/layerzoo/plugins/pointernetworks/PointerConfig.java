package org.layerzoo.plugins.pointernetworks;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of a pointer network. */
public record PointerConfig(
        @Doc("numbers of a point") @Range(min = 1) int inputs,
        @Doc("hidden width h") @Range(min = 1) int hidden,

        @Doc("width of a linear embedding of points; 0 feeds them as they are") @Range(min = 0)
        int embedding) {
    int width() {
        return embedding == 0 ? inputs : embedding;
    }
}
