package org.layerzoo.plugins.agentattention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of agent attention. */
public record AgentAttentionConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("agents n; a square number on a map; merged tokens where the form takes them") @Range(min = 1)
        int agents,

        @Doc("bias of the query, key and value projections") boolean qkvBias,
        @Doc("what the tokens are") Form form) {
    public AgentAttentionConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        int side = (int) Math.round(Math.sqrt(agents));
        if ((form instanceof Form.Grid || form instanceof Form.ClassToken) && side * side != agents) {
            throw new IllegalArgumentException("agents on a map must be a square number, given " + agents);
        }
    }

    /** Where agents come from and what is learned per place. */
    public sealed interface Form {
        /** A map of tokens row by row with biases and a depthwise convolution (PVT); keys of blocks of reduction x reduction tokens. */
        record Grid(
                @Doc("rows h") @Range(min = 1) int height,
                @Doc("columns w") @Range(min = 1) int width,

                @Doc("side of the blocks that one key stands for") @Range(min = 1)
                int reduction)
                implements Form {
            public Grid {
                if (reduction > Math.min(height, width)) {
                    throw new IllegalArgumentException(
                            "reduction " + reduction + " exceeds the map " + height + " x " + width);
                }
            }
        }

        /** A class token before a map (DeiT): a query and a key, but no source of agents, and not convolved. */
        record ClassToken(
                @Doc("rows h") @Range(min = 1) int height,
                @Doc("columns w") @Range(min = 1) int width) implements Form {}

        /** A line of any number of tokens: agents are means of bins, nothing is learned per place. */
        record Line() implements Form {}

        /** In place of a trained model's attention without training it, as for Stable Diffusion: agents are queries of merged tokens. */
        record TrainingFree(
                @Doc("k2 of the scale d^(-k2/2) between queries and agents") @Range(min = 0)
                double exponent,

                @Doc("k of the values added to the reads") @Range(min = 0)
                double residual)
                implements Form {}
    }

    int side() {
        return (int) Math.round(Math.sqrt(agents));
    }
}
