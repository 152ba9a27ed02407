package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.sequence.Copy;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.train.task.Backbone;

/** Options of copying. */
public record CopyConfig(
        @Doc("vocabulary: 0 separates, the rest are symbols") @Range(min = 3)
        int vocab,

        @Doc("symbols to copy; T is twice as long") @Range(min = 1)
        int symbols,

        @Doc("model around the mixer") Backbone backbone) {
    Copy generator() {
        return new Copy(vocab, symbols);
    }

    CausalLmConfig model() {
        return backbone.model(vocab, 2 * symbols);
    }
}
