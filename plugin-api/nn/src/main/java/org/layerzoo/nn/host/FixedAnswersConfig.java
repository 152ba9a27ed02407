package org.layerzoo.nn.host;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of sequence to sequence with a fixed output. */
public record FixedAnswersConfig(
        @Doc("numbers of a point") @Range(min = 1) int inputs,
        @Doc("hidden width h") @Range(min = 1) int hidden,

        @Doc("points N, for which alone it answers") @Range(min = 1)
        int points,

        @Doc("whether the output also reads an average of the encoded points")
        boolean attention) {}
