package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.sequence.SelectiveCopy;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.train.task.Backbone;

/** Options of selective copying. */
public record SelectiveCopyConfig(
        @Doc("vocabulary: 0 is noise, the last the mark, symbols between") @Range(min = 4)
        int vocab,

        @Doc("places with symbols and noise") @Range(min = 1)
        int length,

        @Doc("symbols to say again; T is so much longer") @Range(min = 1)
        int symbols,

        @Doc("model around the mixer") Backbone backbone) {
    public SelectiveCopyConfig {
        new SelectiveCopy(vocab, length, symbols);
    }

    SelectiveCopy generator() {
        return new SelectiveCopy(vocab, length, symbols);
    }

    CausalLmConfig model() {
        return backbone.model(vocab, length + symbols);
    }
}
