package org.layerzoo.plugins.zoo;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Sizes of the samples. */
public record CopyReverseConfig(
        @Doc("tokens, of which 3 are reserved") @Range(min = 4)
        int vocab,

        @Doc("longest sentence") @Range(min = 8) int length) {}
