package org.layerzoo.plugins.landmarkattention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** Options of a language model with landmarks. */
public record LandmarkModelConfig(
        @Doc("regular tokens V") @Range(min = 2) int vocab,

        @Doc("layers") @Range(min = 1) int layers,

        @Doc("hidden width of the channel mixer") @Range(min = 1)
        int hidden,

        @Doc("the attention of each layer") LandmarkConfig attention) {}
