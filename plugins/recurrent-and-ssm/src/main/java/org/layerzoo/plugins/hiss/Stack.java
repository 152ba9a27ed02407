package org.layerzoo.plugins.hiss;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;

/** What one level is made of. */
public sealed interface Stack {
    int dim();

    int layers();

    /** Diagonal state space layers, each with GELU and a gated linear map. */
    record S4(
            @Doc("width") @Range(min = 1) int dim,
            @Doc("layers") @Range(min = 1) int layers,

            @Doc("states of a channel, two for each conjugate pair") @Range(min = 2)
            int states,

            @Doc("whether the norm stands before the layer instead of behind the sum")
            boolean prenorm)
            implements Stack {}

    /** Mamba blocks and a norm behind the last. */
    record Mamba(
            @Doc("width") @Range(min = 1) int dim,
            @Doc("layers") @Range(min = 1) int layers,
            @Doc("states of a channel") @Range(min = 1) int states)
            implements Stack {}

    /** LSTMs with residuals, a baseline. */
    record Lstm(
            @Doc("width") @Range(min = 1) int dim,
            @Doc("layers") @Range(min = 1) int layers) implements Stack {}

    /** Causal attention with rotary positions, each followed by a channel mixer of four times the width; a baseline. */
    record Attention(
            @Doc("width") @Range(min = 1) int dim,
            @Doc("layers") @Range(min = 1) int layers,
            @Doc("heads") @Range(min = 1) int heads)
            implements Stack {}
}
