package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.text.Characters;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.train.task.Backbone;

/** Options of a language model of characters. */
public record CharLmConfig(
        @Doc("characters T of a window") @Range(min = 2) int length,

        @Doc("model around the mixer") Backbone backbone) {
    public CharLmConfig {
        Characters.manuals(length);
    }

    Characters generator() {
        return Characters.manuals(length);
    }

    CausalLmConfig model() {
        return backbone.model(Characters.VOCABULARY, length);
    }
}
