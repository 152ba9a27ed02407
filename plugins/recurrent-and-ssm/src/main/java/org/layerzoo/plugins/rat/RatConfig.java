package org.layerzoo.plugins.rat;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a RAT layer. */
public record RatConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("groups G of queries and keys; head h reads group h mod G") @Range(min = 1)
        int groups,

        @Doc("tokens L of a chunk") @Range(min = 1) int chunk,

        @Doc("base of the rotated chunk positions, 0 for none") @Range(min = 0)
        double ropeBase) {
    public RatConfig {
        if (dim % heads != 0 || heads % groups != 0) {
            throw new IllegalArgumentException("heads must divide dim and groups must divide heads, given dim " + dim
                    + ", heads " + heads + " and groups " + groups);
        }
        if (ropeBase > 0 && dim / heads % 2 != 0) {
            throw new IllegalArgumentException("rotated heads must have an even width, given " + dim / heads + " (dim "
                    + dim + ", heads " + heads + "); ropeBase=0 rotates nothing");
        }
    }

    int headDim() {
        return dim / heads;
    }

    /** Of the scores between chunks. */
    double scale() {
        return 1 / Math.sqrt(headDim());
    }
}
