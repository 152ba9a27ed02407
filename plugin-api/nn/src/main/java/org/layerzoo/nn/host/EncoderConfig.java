package org.layerzoo.nn.host;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of encoders that classify token sequences. */
public record EncoderConfig(
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
        @Doc("longest sequence") @Range(min = 1) int length,
        @Doc("how rows become one") Pool pool,
        @Doc("hidden width of the head") @Range(min = 1) int headHidden,
        @Doc("classes") @Range(min = 2) int classes) {
    /** MEAN of the valid rows, or a learned CLS row in front. */
    public enum Pool {
        MEAN,
        CLS
    }

    public EncoderConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    /** What follows the blocks: how rows become one, hidden width, classes. */
    public record Head(Pool pool, int hidden, int classes) {}

    /** The usual one: attention, GELU, layer norms, learned positions for {@code length} tokens. */
    public static EncoderConfig usual(int vocab, int dim, int heads, int depth, int hidden, int length, Head head) {
        return CausalLmConfig.usual(vocab, dim, heads, depth, hidden, length).encoder(head);
    }

    /** With another mixer. */
    public EncoderConfig with(Mixer m) {
        return new EncoderConfig(
                vocab, dim, heads, depth, m, channels, norm, positions, length, pool, headHidden, classes);
    }

    EncoderConfig withLength(int n) {
        return new EncoderConfig(
                vocab, dim, heads, depth, mixer, channels, norm, positions, n, pool, headHidden, classes);
    }

    /** Rows the blocks see at full length. */
    int rows() {
        return length + (pool == Pool.CLS ? 1 : 0);
    }

    Stem stem() {
        return new Stem(dim, heads, mixer, channels, norm, java.util.OptionalInt.of(rows()));
    }
}
