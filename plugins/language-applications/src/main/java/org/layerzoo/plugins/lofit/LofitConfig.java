package org.layerzoo.plugins.lofit;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of LoFiT. */
public record LofitConfig(
        @Doc("K: heads that are tuned") @Range(min = 1) int heads,

        @Doc("lambda: weight of sum |A| while heads are selected") @Range(min = 0)
        double sparsity,

        @Doc("selection") Stage select,
        @Doc("tuning") Stage tune) {
    /** A stage's length, learning rate and the deviation from which its vectors start (0 as released). */
    public record Stage(
            @Doc("steps") @Range(min = 1) int steps,
            @Doc("learning rate") @Range(min = 0) double learningRate,

            @Doc("deviation of the initial vectors") @Range(min = 0)
            double deviation) {}
}
