package org.layerzoo.plugins.transnormer;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of the two token mixers of TransNormer. */
public record TransnormerConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("width of all heads together") @Range(min = 1) int inner,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("tokens see themselves and the past only") boolean causal,
        @Doc("which of the two mixers") Form form) {
    public TransnormerConfig {
        if (inner % heads != 0) {
            throw new IllegalArgumentException("inner " + inner + " does not divide into " + heads + " heads");
        }
    }

    /** The mixer of the late or of the early layers. */
    public sealed interface Form {
        /** NormAttention: linear attention whose denominator is a norm behind the sum. */
        record Linear(
                @Doc("feature of queries and keys") Feature feature,
                @Doc("norm of the sums") NormKind norm,
                @Doc("each head is normalised by itself") boolean perHead,

                @Doc("output gate SiLU(x W_u), and SiLU on the values")
                boolean gated)
                implements Form {}

        /** DiagAttention: blocks of tokens that don't see one another. */
        record Diagonal(
                @Doc("tokens of a block") @Range(min = 1) int window,

                @Doc("weights: softmax or ReLU, which is normalised behind the sum")
                Weights weights)
                implements Form {}
    }

    /** phi. */
    public enum Feature {
        /** elu(x), variant T1. */
        ELU,
        /** elu(x) + 1, variant T2. */
        ONE_PLUS_ELU
    }

    /** Norms over the heads together, or over each. */
    public enum NormKind {
        /** scale x / (rms + 1e-8). */
        RMSNORM,
        /** x / (rms + 1e-8). */
        SIMPLE_RMSNORM,
        /** x / sqrt(mean x^2 + 1e-6). */
        RMSNORM_INSIDE,
        /** With weight and bias, eps 1e-5. */
        LAYERNORM,
        /** g x / sqrt(mean x^2 + 1e-5) with one scalar g. */
        SCALENORM
    }

    /** Weights in a block. */
    public enum Weights {
        SOFTMAX,
        RELU
    }
}
