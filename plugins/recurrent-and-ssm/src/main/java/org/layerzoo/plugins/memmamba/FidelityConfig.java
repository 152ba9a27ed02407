package org.layerzoo.plugins.memmamba;

import java.util.List;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of the memory-fidelity probe. */
public record FidelityConfig(
        @Doc("model width D of the subject's tokens") @Range(min = 1)
        int dim,

        @Doc("layers of the subject") @Range(min = 1) int layers,

        @Doc("rows, the first half to fit decoders on") @Range(min = 2)
        int rows,

        @Doc("tokens of a row") @Range(min = 2) int length,
        @Doc("distances in tokens") @Range(min = 0) List<Integer> distances,
        @Doc("ridge of the decoders") @Range(min = 1e-12) double ridge) {
    public FidelityConfig {
        distances = List.copyOf(distances);
        for (int d : distances) {
            if (d >= length) {
                throw new IllegalArgumentException("distances below the length " + length + " expected, given " + d);
            }
        }
    }
}
