package org.layerzoo.plugins.aaren;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of attention as a recurrence. */
public record AarenConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("where queries come from") Query query) {
    /** Queries. */
    public enum Query {
        /** One learned token for all rows: a row for every prefix. */
        LEARNED,
        /** The rows of x, each over the whole of port context, block by block. */
        ROWS
    }

    public AarenConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
    }
}
