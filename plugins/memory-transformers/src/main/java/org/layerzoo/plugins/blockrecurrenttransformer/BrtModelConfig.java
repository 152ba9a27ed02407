package org.layerzoo.plugins.blockrecurrenttransformer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of a language model. */
public record BrtModelConfig(
        @Doc("tokens V") @Range(min = 2) int vocab,
        @Doc("layers between embedding and head") BrtConfig stack) {}
