package org.layerzoo.plugins.seqboatsma;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a SeqBoat layer. */
public record SeqBoatConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("width z of queries and keys") @Range(min = 2) int queries,
        @Doc("width e of values and gates") @Range(min = 1) int values,
        @Doc("moving averages of a channel") @Range(min = 1) int averages,
        @Doc("what attention sees") Reach reach,
        @Doc("how scores become weights") Weights weights,
        @Doc("positions") Positions positions,

        @Doc("half the length of the bias table") @Range(min = 1)
        int maxPositions,

        @Doc("normalisation") Norms norm,

        @Doc("whether the router decides; else all tokens are active")
        boolean routed,

        @Doc("added to the logit of inaction") double idleBias,

        @Doc("dropout while training") @Range(min = 0, max = 0.99)
        double dropout) {
    /**
     * Which active tokens a token sees.
     *
     * @param window active tokens to each side; 0 for all
     * @param density share of active tokens below which they are packed when all are seen
     * @param maskedKeep laplace of a masked score of 0 keeps its weight within the blocks looked at, as released
     */
    public record Reach(
            @Doc("whether tokens see the past alone") boolean causal,

            @Doc("active tokens seen to each side; 0 for all") @Range(min = 0)
            int window,

            @Doc("share of active tokens below which they are packed, where all are seen") @Range(min = 0, max = 2)
            double density,

            @Doc("whether masked cells of the blocks looked at keep the weight of score 0, as released")
            boolean maskedKeep) {}

    /** RELU2 and LAPLACE on scores over the number of keys, SOFTMAX on scores over sqrt(z). */
    public enum Weights {
        RELU2,
        LAPLACE,
        SOFTMAX
    }

    /** BIAS: a learned number for each distance in the text. PACKED: for each distance among active tokens. ROTARY: by place in the text. */
    public enum Positions {
        BIAS,
        PACKED,
        ROTARY
    }

    /** Kind and place; POST acts on the layer's output. */
    public enum Norms {
        LAYER,
        RMS,
        LAYER_POST,
        RMS_POST
    }

    public SeqBoatConfig {
        if (positions == Positions.ROTARY && queries % 2 != 0) {
            throw new IllegalArgumentException("rotary positions need an even width of queries, given " + queries);
        }
    }

    boolean streams() {
        return reach.causal && reach.window > 0 && !(weights == Weights.LAPLACE && reach.maskedKeep);
    }

    boolean prenorm() {
        return norm == Norms.LAYER || norm == Norms.RMS;
    }

    /** Entries of the bias table. */
    int table() {
        return positions == Positions.PACKED ? 2 * 3 * Math.max(1, reach.window) - 1 : 2 * maxPositions - 1;
    }
}
