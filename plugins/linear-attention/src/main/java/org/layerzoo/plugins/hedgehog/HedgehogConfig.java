package org.layerzoo.plugins.hedgehog;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of Hedgehog attention. */
public record HedgehogConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("tokens see themselves and the past only") boolean causal,
        @Doc("activation of the learned map") FeatureAct feature,
        @Doc("bias of the map, one a feature") boolean bias,
        @Doc("map x + x W instead of x W") boolean skip,

        @Doc("queries and keys times d^-1/4 before the map, so that softmax(q k / sqrt(d)) can be met")
        boolean scaled,

        @Doc("rotary positions of queries and keys") boolean rotary,

        @Doc("least feature and what is added to the denominator") @Range(min = 0)
        double eps) {
    /** What becomes of u = x W + b. */
    public enum FeatureAct {
        /** [exp(u), exp(-u)]. */
        EXP,
        /** [exp(u - max u), exp(-u + min u)] a token, so that keys are weighed anew (the released exp_dim). */
        EXP_SHIFTED,
        /** [softmax(u), softmax(-u)] over features. */
        SOFTMAX
    }

    public HedgehogConfig {
        if (dim % heads != 0 || rotary && dim / heads % 2 != 0) {
            throw new IllegalArgumentException(
                    "dim " + dim + " does not divide into " + heads + " heads" + (rotary ? " of even width" : ""));
        }
    }

    int headDim() {
        return dim / heads;
    }
}
