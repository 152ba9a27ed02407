package org.layerzoo.plugins.mamba;

import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a Mamba layer. */
public record MambaConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("states N of each channel") @Range(min = 1) int states,

        @Doc("width of the causal convolution") @Range(min = 1)
        int convWidth,

        @Doc("inner width E over D") @Range(min = 0) double expand,

        @Doc("rank R of the step-size projection; absent for ceil(D / 16)") @Range(min = 1)
        Optional<Integer> dtRank,

        @Doc("bias of the convolution") boolean convBias,
        @Doc("bias of the input and output projections") boolean bias) {
    public MambaConfig {
        if ((int) (expand * dim) < 1) {
            throw new IllegalArgumentException("expand " + expand + " of dim " + dim + " leaves no channel");
        }
    }

    int inner() {
        return (int) (expand * dim); // the authors cut a fraction off
    }

    int rank() {
        return dtRank.orElse((dim + 15) / 16);
    }
}
