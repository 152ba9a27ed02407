package org.layerzoo.plugins.longrangearena;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.data.listops.ListOps;

/** Options of ListOps; an expression's length counts 1 a digit and 2 an operator. */
public record ListOpsConfig(
        @Doc("depth of the deepest digits; the root has 1") @Range(min = 2)
        int maxDepth,

        @Doc("largest number of arguments") @Range(min = 2) int maxArguments,
        @Doc("lengths are above this") @Range(min = 0) int minLength,

        @Doc("lengths are below this; T of the padded batch") @Range(min = 5)
        int maxLength,

        @Doc("encoder around the mixer, and samples") Backbone backbone) {
    public ListOpsConfig {
        new ListOps(maxDepth, maxArguments, minLength, maxLength);
    }

    ListOps generator() {
        return new ListOps(maxDepth, maxArguments, minLength, maxLength);
    }
}
