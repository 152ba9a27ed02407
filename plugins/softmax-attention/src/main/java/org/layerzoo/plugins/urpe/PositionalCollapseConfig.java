package org.layerzoo.plugins.urpe;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of the probe of positional collapse. */
public record PositionalCollapseConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("copies n of one token") @Range(min = 2) @Role(Role.Kind.LENGTH)
        int length,

        @Doc("residual layers") @Range(min = 1) int depth,
        @Doc("models drawn at random") @Range(min = 1) int models,

        @Doc("each token sees the tokens up to its own place")
        boolean causal) {
    public PositionalCollapseConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }
}
