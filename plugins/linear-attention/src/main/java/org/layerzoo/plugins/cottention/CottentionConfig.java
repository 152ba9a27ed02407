package org.layerzoo.plugins.cottention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of cosine attention. */
public record CottentionConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("the released module") Variant variant) {
    /** The two modules, whose parameters have different names. */
    public sealed interface Variant {
        /** Both ways, biases on queries, keys and values; padding is masked. */
        record Bert(
                @Doc("output projection, which the released module leaves to its host")
                boolean project) implements Variant {}

        /** Causal, no biases, output projection. */
        record Gpt(
                @Doc("channels of a head that are rotated by position (GPT-J), 0 for none") @Range(min = 0)
                int rotary,

                @Doc("what the length scale divides") ScaleOf scale)
                implements Variant {}
    }

    /** VALUES: v_j by n_j^s, as released. READS: o_i by n_i^s. */
    public enum ScaleOf {
        VALUES,
        READS
    }

    public CottentionConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        if (variant instanceof Variant.Gpt g && (g.rotary() > dim / heads || g.rotary() % 2 != 0)) {
            throw new IllegalArgumentException(
                    "rotary: an even number up to " + dim / heads + " expected, given " + g.rotary());
        }
    }

    boolean causal() {
        return variant instanceof Variant.Gpt;
    }
}
