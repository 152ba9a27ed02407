package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.sequence.Mqar;
import org.layerzoo.train.task.Backbone;

/** Options of multi-query associative recall. */
public record MqarConfig(
        @Doc("vocabulary: the lower half are keys, the upper half values") @Range(min = 4)
        int vocab,

        @Doc("tokens T of a sequence") @Range(min = 4) int length,
        @Doc("key-value pairs") @Range(min = 1) int pairs,

        @Doc("exponent a of the law i^(a - 1) of the distances; 1 is uniform") @Range(min = 0.001, max = 1)
        double power,

        @Doc("random tokens where nothing is asked") boolean noise,
        @Doc("pairs last, seen both ways") boolean reversed,
        @Doc("model around the mixer") Backbone backbone) {
    public MqarConfig {
        new Mqar(vocab, length, pairs, power, noise);
    }

    Mqar generator() {
        return new Mqar(vocab, length, pairs, power, noise);
    }
}
