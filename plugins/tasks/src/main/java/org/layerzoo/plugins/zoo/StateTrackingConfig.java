package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.sequence.Permutations;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.train.task.Backbone;

/** Options of state tracking. */
public record StateTrackingConfig(
        @Doc("tokens T of a sequence") @Range(min = 1) int length,

        @Doc("model around the mixer") Backbone backbone) {
    public StateTrackingConfig {
        new Permutations(2, length);
    }

    Permutations generator(int letters) {
        return new Permutations(letters, length);
    }

    CausalLmConfig model(int letters) {
        return backbone.model(generator(letters).size(), length);
    }
}
