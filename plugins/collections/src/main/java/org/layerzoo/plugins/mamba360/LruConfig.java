package org.layerzoo.plugins.mamba360;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of the linear recurrent unit. */
public record LruConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("complex states N") @Range(min = 1) int states,

        @Doc("smallest initial |lambda|") @Range(min = 0.001, max = 0.9999)
        double minRadius,

        @Doc("largest initial |lambda|") @Range(min = 0.001, max = 0.9999)
        double maxRadius,

        @Doc("causal, or the same model from both ends") Direction direction) {
    public LruConfig {
        if (minRadius > maxRadius) {
            throw new IllegalArgumentException(
                    "minRadius at most maxRadius expected, given " + minRadius + " and " + maxRadius);
        }
    }
}
