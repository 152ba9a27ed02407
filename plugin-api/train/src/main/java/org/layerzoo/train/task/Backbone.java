package org.layerzoo.train.task;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.nn.host.CausalLmConfig;
import org.layerzoo.nn.host.Positions;

/** The language model in which a mixer is tried. */
public record Backbone(
        @Doc("model width D") @Range(min = 1) int dim,
        @Doc("heads of the mixer") @Range(min = 1) int heads,
        @Doc("blocks") @Range(min = 1) int depth,

        @Doc("positions added to the embeddings; without them the model takes any length")
        Positions positions,

        @Doc(
                "whether the head is the embeddings transposed; with one of its own they begin with deviation 1 instead of 0.02")
        boolean tied) {
    /** With learned positions and a tied head. */
    public Backbone(int dim, int heads, int depth) {
        this(dim, heads, depth, Positions.LEARNED, true);
    }

    public CausalLmConfig model(int vocab, int length) {
        CausalLmConfig usual =
                CausalLmConfig.usual(vocab, dim, heads, depth, 2 * dim, length).with(positions);
        return tied ? usual : usual.untied();
    }
}
