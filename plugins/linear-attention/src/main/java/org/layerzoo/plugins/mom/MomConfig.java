package org.layerzoo.plugins.mom;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a mixture of memories. */
public record MomConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("width of a head's queries and keys") @Range(min = 1)
        int headDim,

        @Doc("width of values over that of keys") @Range(min = 0)
        double expandV,

        @Doc("which memory sees which token") Routing routing,
        @Doc("how a memory changes with a token") Rule rule,

        @Doc("slots of a memory under the rule SLOTS") @Range(min = 1)
        int slots,

        @Doc("gate the normalised heads by SiLU(x W_g)") boolean gate,

        @Doc("tokens that the convolutions see") @Range(min = 1)
        int conv,

        @Doc("epsilon of the RMSNorm on the heads") @Range(min = 0)
        double normEps) {
    /** The router and what hangs on it. */
    public record Routing(
            @Doc("memories M") @Range(min = 1) int memories,

            @Doc("memories that a token goes to") @Range(min = 1)
            int top,

            @Doc("one more memory that sees every token") boolean shared,
            @Doc("one set of projections for all memories") boolean single,

            @Doc("share of a sequence that a memory takes in training, the oldest beyond it being dropped; 1 for all")
            @Range(min = 0, max = 1)
            double capacity,

            @Doc("weight of the loss that balances the memories") @Range(min = 0)
            double balance) {
        public Routing {
            if (top > memories) {
                throw new IllegalArgumentException("a token cannot go to " + top + " of " + memories + " memories");
            }
        }
    }

    /** S_t from S_{t-1}; keys have length 1, but for TIED_DECAY and SLOTS. */
    public enum Rule {
        /** The delta rule behind a decay (Gated DeltaNet). */
        GATED_DELTA(true, true),
        /** The delta rule. */
        DELTA(false, true),
        /** A decay. */
        DECAY(true, false),
        /** Plain linear attention. */
        LINEAR(false, false),
        /** A decay a key, sigmoid(.)^(1/16) (gated linear attention). */
        KEY_DECAY(false, false),
        /** 1 - 2^(-5 - h) for head h (RetNet). */
        FIXED_DECAY(false, false),
        /** A decay f a key with keys 1 - f of it, f = sigmoid(conv(x W_k)); queries as they are (HGRN2). */
        TIED_DECAY(false, false),
        /** Slots with forget gates, read by softmax (gated slot attention). */
        SLOTS(false, false);

        private final boolean decays;
        private final boolean corrects;

        Rule(boolean decays, boolean corrects) {
            this.decays = decays;
            this.corrects = corrects;
        }

        boolean decays() {
            return decays;
        }

        boolean corrects() {
            return corrects;
        }
    }

    public MomConfig {
        if (headDim * expandV < 1) {
            throw new IllegalArgumentException("values of " + headDim * expandV + " channels: at least one expected");
        }
    }

    /** Gates of a memory and token: a decay a head, a key or a slot. */
    int gates() {
        return switch (rule) {
            case GATED_DELTA, DECAY -> heads;
            case KEY_DECAY -> heads * headDim;
            case SLOTS -> heads * slots;
            case DELTA, FIXED_DECAY, LINEAR, TIED_DECAY -> 0;
        };
    }

    int valueDim() {
        return (int) (headDim * expandV);
    }
}
