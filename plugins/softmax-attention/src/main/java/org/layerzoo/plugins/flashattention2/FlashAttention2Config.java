package org.layerzoo.plugins.flashattention2;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of exact softmax attention. */
public record FlashAttention2Config(
        @Doc("model width D = heads * head size") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("query heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("key-value heads Hk; divides H (1: multi-query, H: multi-head)") @Range(min = 1) @Role(Role.Kind.HEADS)
        int kvHeads,

        @Doc("each query sees the keys up to its own place, the last query meets the last key")
        boolean causal,

        @Doc("keys seen to the left of a query's place; -1 for all") @Range(min = -1)
        int windowLeft,

        @Doc("keys seen to the right of a query's place; -1 for all") @Range(min = -1)
        int windowRight,

        @Doc("c in c tanh(score / c); 0 for none") @Range(min = 0)
        double softcap,

        @Doc("share of weights dropped in training") @Range(min = 0, max = 0.999)
        double dropout) {
    public FlashAttention2Config {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException("kvHeads " + kvHeads + " does not divide heads " + heads);
        }
    }

    int headDim() {
        return dim / heads;
    }
}
