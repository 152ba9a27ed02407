package org.layerzoo.plugins.lightseq;

import org.layerzoo.core.config.Doc;

/** Options of LightSeq. */
public record LightSeqConfig(
        @Doc("which pairs of query and key chunks a rank computes")
        Schedule schedule,

        @Doc("each token sees the tokens up to its own; off computes all pairs in a ring")
        boolean causal,

        @Doc("what a layer keeps for its backward pass") Boundary checkpoint) {
    /** VANILLA: each rank its own queries; BALANCED: ranks without work help those with most. */
    public enum Schedule {
        VANILLA,
        BALANCED
    }

    /** NONE keeps everything, LAYER_INPUT recomputes the layer, ATTENTION_OUTPUT all but the attention. */
    public enum Boundary {
        NONE,
        LAYER_INPUT,
        ATTENTION_OUTPUT
    }
}
