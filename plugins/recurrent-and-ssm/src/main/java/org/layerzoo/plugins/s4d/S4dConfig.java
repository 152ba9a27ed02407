package org.layerzoo.plugins.s4d;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.ssm.DiagonalKernels;
import org.layerzoo.nn.ssm.DiagonalKernels.RealPart;
import org.layerzoo.nn.ssm.DiagonalKernels.Rule;
import org.layerzoo.nn.ssm.DiagonalKernels.Start;

/** Options of S4D. */
public record S4dConfig(
        @Doc("model width H") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("states N of a channel, counting conjugates; even") @Range(min = 2)
        int states,

        @Doc("initial A") Start start,
        @Doc("discretisation") Rule rule,
        @Doc("how the real part of A is kept negative") RealPart real,
        @Doc("whether a second kernel looks ahead") boolean bidirectional,
        @Doc("parameters and what follows the convolution") Form form) {
    /** Released forms. */
    public sealed interface Form {
        /** B = 1; GELU, a linear map H -> 2H and a gated linear unit behind it. */
        record Minimal() implements Form {}

        /** Trainable B, sets of (A, B) shared by channels, several kernels a channel; output [channels H] behind an activation. */
        record Library(
                @Doc("sets of A and B, a divisor of H; channel h uses set h mod sets") @Range(min = 1)
                int sets,

                @Doc("kernels a channel") @Range(min = 1) int channels,

                @Doc("activation behind the convolution: GELU, else none")
                boolean gelu)
                implements Form {}
    }

    public S4dConfig {
        if (states % 2 != 0) {
            throw new IllegalArgumentException("states " + states + " is odd: each stands for a conjugate pair");
        }
        if (form instanceof Form.Library l && dim % l.sets() != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + l.sets() + " sets");
        }
    }

    int pairs() {
        return states / 2;
    }

    DiagonalKernels.Options kernels() {
        int sets = form instanceof Form.Library l ? l.sets() : 0;
        return new DiagonalKernels.Options(dim, pairs(), start, rule, real, bidirectional ? 2 : 1, sets, channels());
    }

    /** Output width over H. */
    int channels() {
        return form instanceof Form.Library l ? l.channels() : 1;
    }
}
