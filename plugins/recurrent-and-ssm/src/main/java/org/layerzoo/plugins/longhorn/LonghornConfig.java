package org.layerzoo.plugins.longhorn;

import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a Longhorn layer. */
public record LonghornConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("states N of each channel") @Range(min = 1) int states,

        @Doc("width of the causal convolution") @Range(min = 1)
        int convWidth,

        @Doc("inner width E over D") @Range(min = 1) int expand,

        @Doc("rank R of the projection of beta; absent for ceil(D / 16)") @Range(min = 1)
        Optional<Integer> rank,

        @Doc("bias of the convolution") boolean convBias,
        @Doc("bias of the input and output projections") boolean bias,

        @Doc("the whole rank-one step instead of its diagonal, token by token")
        boolean exact) {
    int inner() {
        return expand * dim;
    }

    int lowRank() {
        return rank.orElse((dim + 15) / 16);
    }
}
