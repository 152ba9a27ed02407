package org.layerzoo.plugins.blockrecurrenttransformer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.memory.StateGate;
import org.layerzoo.nn.memory.WindowTokens;

/** Options of a block-recurrent transformer. */
public record BrtConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("width of a head") @Range(min = 1) int headDim,

        @Doc("hidden width of channel mixers") @Range(min = 1)
        int hidden,

        @Doc("tokens W of a block and of the window") @Range(min = 1)
        int window,

        @Doc("layers") @Range(min = 1) int layers,

        @Doc("index of the recurrent layer, -1 for sliding windows alone") @Range(min = -1)
        int recurrent,

        @Doc("the recurrent cell") Cell cell,
        @Doc("what a row sees") Mask mask,
        @Doc("how logits are scaled") Logits logits,

        @Doc("whether every layer reads the states: all layers then go block by block")
        boolean feedback) {
    /** What the states go through. DUAL: two gated nets; SKIP: the first alone; SINGLE: the second alone, with tanh. */
    public enum Form {
        DUAL,
        SKIP,
        SINGLE
    }

    /** STRICT: the W tokens before a row, zeros before the start. INCLUSIVE: the row itself and W - 1 before, nothing before the start. */
    public enum Mask {
        STRICT,
        INCLUSIVE
    }

    /** COSINE: unit queries and keys, a learned scale a head. ROOT: 1 / sqrt(d). */
    public enum Logits {
        COSINE,
        ROOT
    }

    /** Sizes and gates of the recurrent cell. */
    public record Cell(
            @Doc("state vectors S") @Range(min = 1) int states,
            @Doc("nets between reading and gating") Form form,
            @Doc("gate in place of the residual") StateGate.Kind gate,
            @Doc("tanh on what every gate lets in") boolean tanh,

            @Doc("whether states read the block before, too")
            boolean twoBlocks) {}

    public BrtConfig {
        if (recurrent >= layers) {
            throw new IllegalArgumentException("recurrent layer " + recurrent + " of " + layers + " layers");
        }
        if (feedback && recurrent < 0) {
            throw new IllegalArgumentException("feedback reads the states of a recurrent layer, given none");
        }
    }

    BrtConfig withFeedback() {
        return new BrtConfig(dim, heads, headDim, hidden, window, layers, recurrent, cell, mask, logits, true);
    }

    WindowTokens.Options options() {
        return new WindowTokens.Options(dim, heads, headDim, window, mask == Mask.STRICT, logits == Logits.COSINE);
    }
}
