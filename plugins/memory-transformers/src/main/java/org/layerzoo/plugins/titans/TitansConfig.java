package org.layerzoo.plugins.titans;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.memory.LongTermMemory;

/** Options of a Titans layer. */
public record TitansConfig(
        @Doc("model width D") @Range(min = 2) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H, each with its own memory") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("weights of a memory: 1 is linear, 2 a net with a hidden layer of 4 d") @Range(min = 1, max = 2)
        int depth,

        @Doc("tokens of a chunk whose gradients are taken at its first weights; 1 is the exact rule") @Range(min = 1)
        int chunk,

        @Doc("largest step; 0 for what suits the depth: 0.5 of a linear memory, 0.1 of a net") @Range(min = 0)
        double step,

        @Doc("width of the short convolutions") @Range(min = 1)
        int convWidth,

        @Doc("how memory and attention go together") Architecture architecture,

        @Doc("tokens of a segment or of the attention's window") @Range(min = 1)
        int window,

        @Doc("learned tokens before the sequence or segment") @Range(min = 0)
        int persistent) {
    /** LMM: the memory alone. MAC: what it says of a segment is context of attention. MAG: it gates attention. MAL: attention reads it. */
    public enum Architecture {
        LMM,
        MAC,
        MAG,
        MAL
    }

    public TitansConfig {
        if (dim % (2 * heads) != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads of even size");
        }
    }

    LongTermMemory.Sizes memory() {
        double largest = step > 0 ? step : depth == 1 ? 0.5 : 0.1;
        return new LongTermMemory.Sizes(dim, heads, depth, chunk, largest, convWidth);
    }
}
