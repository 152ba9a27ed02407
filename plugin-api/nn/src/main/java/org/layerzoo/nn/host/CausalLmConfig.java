package org.layerzoo.nn.host;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a causal language model. */
public record CausalLmConfig(
        @Doc("vocabulary V") @Range(min = 1) int vocab,

        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H of the mixer") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("blocks") @Range(min = 1) int depth,
        @Doc("token mixer") Mixer mixer,
        @Doc("channel mixer") Channels channels,
        @Doc("normalisation") NormKind norm,
        @Doc("positions added to the embeddings") Positions positions,

        @Doc("rows of the learned positions") @Range(min = 1)
        int length,

        @Doc("whether the output head is the embedding, transposed")
        boolean tied) {
    public CausalLmConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    /** The usual one: attention, GELU, layer norms, learned positions for {@code length} tokens, a tied head. */
    public static CausalLmConfig usual(int vocab, int dim, int heads, int depth, int hidden, int length) {
        return new CausalLmConfig(
                vocab,
                dim,
                heads,
                depth,
                Mixer.attention(),
                Channels.gelu(hidden),
                NormKind.LAYER,
                Positions.LEARNED,
                length,
                true);
    }

    /** With another mixer. */
    public CausalLmConfig with(Mixer m) {
        return new CausalLmConfig(vocab, dim, heads, depth, m, channels, norm, positions, length, tied);
    }

    /** An encoder of the same blocks. */
    EncoderConfig encoder(EncoderConfig.Head h) {
        return new EncoderConfig(
                vocab, dim, heads, depth, mixer, channels, norm, positions, length, h.pool(), h.hidden(), h.classes());
    }

    /** With other positions. */
    public CausalLmConfig with(Positions p) {
        return new CausalLmConfig(vocab, dim, heads, depth, mixer, channels, norm, p, length, tied);
    }

    /** With a head of its own, and embeddings that begin with deviation 1. */
    public CausalLmConfig untied() {
        return new CausalLmConfig(vocab, dim, heads, depth, mixer, channels, norm, positions, length, false);
    }

    Stem stem() {
        return new Stem(dim, heads, mixer, channels, norm, java.util.OptionalInt.empty());
    }
}
