package org.layerzoo.plugins.lightningattention2;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of lightning attention 2. */
public record LightningAttention2Config(
        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("width d of queries and keys of a head") @Range(min = 1)
        int keyDim,

        @Doc("width e of values of a head") @Range(min = 1) int valueDim,

        @Doc("decay a head: slopes of ALiBi times the layer's factor; without it plain causal linear attention")
        boolean decay,

        @Doc("layer l, from 0: the higher, the less it forgets") @Range(min = 0)
        int layer,

        @Doc("layers L of the whole model") @Range(min = 1) int layers,
        @Doc("tokens of a block") @Range(min = 1) int block,
        @Doc("order of the blocks") Blocks blocks) {
    /** SEQUENTIAL carries one state from block to block. SCANNED sums all blocks at once and scans their states. */
    public enum Blocks {
        SEQUENTIAL,
        SCANNED
    }

    public LightningAttention2Config {
        if (layer >= layers) {
            throw new IllegalArgumentException("layer " + layer + " of " + layers + " layers, counted from 0");
        }
    }
}
