package org.layerzoo.plugins.nha;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of native hybrid attention. */
public record NhaConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("query heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("heads of keys, values and gates, a divisor of H") @Range(min = 1)
        int kvHeads,

        @Doc("slots m a head; 0 for the window alone") @Range(min = 0)
        int slots,

        @Doc("recent tokens w that a query sees as they are, itself among them; 0 for the slots alone") @Range(min = 0)
        int window,

        @Doc("slots take a token when it leaves the window instead of when it comes")
        boolean delay,

        @Doc("tau of the gate sigmoid(f)^(1/tau)") @Range(min = 0)
        double tau,

        @Doc("factor of all scores; d^-1/2 for a converted transformer")
        double scale,

        @Doc("weight of the loss that keeps slots in use; 0 for none") @Range(min = 0)
        double usage) {
    public NhaConfig {
        if (dim % heads != 0 || dim / heads % 2 != 0 || heads % kvHeads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads
                    + " heads of even width, or these not into " + kvHeads + " groups");
        }
        if (slots + window == 0) {
            throw new IllegalArgumentException("slots or a window expected, given neither");
        }
    }

    /** Whether slots take tokens late. */
    boolean late() {
        return delay && window > 0 && slots > 0;
    }

    int headDim() {
        return dim / heads;
    }
}
