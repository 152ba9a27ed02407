package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.sequence.Induction;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.train.task.Backbone;

/** Options of induction heads. */
public record InductionConfig(
        @Doc("vocabulary: 0 is the trigger") @Range(min = 3) int vocab,

        @Doc("tokens T of a sequence") @Range(min = 3) int length,

        @Doc("model around the mixer") Backbone backbone) {
    public InductionConfig {
        new Induction(vocab, length);
    }

    Induction generator() {
        return new Induction(vocab, length);
    }

    CausalLmConfig model() {
        return backbone.model(vocab, length);
    }
}
