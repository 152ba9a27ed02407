package org.layerzoo.plugins.nprfrpeattention;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of kernelised attention with relative positions. */
public record NprfConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("longest sequence n; offsets from -(n - 1) to n - 1 have a weight") @Range(min = 1)
        int length,

        @Doc("random features m") @Range(min = 1) int features,
        @Doc("tokens see themselves and the past only") boolean causal,

        @Doc("queries and keys of length 1 (NPRF); otherwise times d^-1/4 (PRF)")
        boolean normalised,

        @Doc("learned weights of offsets") boolean positions,
        @Doc("features in orthogonal blocks") boolean orthogonal) {
    public NprfConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }

    int headDim() {
        return dim / heads;
    }
}
