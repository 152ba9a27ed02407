package org.layerzoo.plugins.gsa;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of gated slot attention. */
public record GsaConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("query heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("heads of keys, values and gates, a divisor of H") @Range(min = 1)
        int kvHeads,

        @Doc("slots m a head") @Range(min = 1) int slots,

        @Doc("width of queries and keys over D") @Range(min = 0)
        double expandK,

        @Doc("width of values over D") @Range(min = 0) double expandV,

        @Doc("tau of the gate sigmoid(f)^(1/tau)") @Range(min = 0)
        double tau,

        @Doc("what is forgotten") Gate gate,

        @Doc("activation of queries and keys; values always have SiLU")
        Feature feature,

        @Doc("short causal convolution with SiLU before the activations; width 0 is none")
        Conv conv,

        @Doc("factor of the slot scores") double scale) {
    /** SLOTS: a learned share of every slot. SOFTMAX: as much as keeps a slot the softmax mean of what was written (ABC). */
    public enum Gate {
        SLOTS,
        SOFTMAX
    }

    /** f of queries and keys. */
    public enum Feature {
        SWISH,
        RELU,
        IDENTITY
    }

    /** Width of the convolution and whether it has a bias. */
    public record Conv(
            @Doc("tokens seen; 0 for no convolution") @Range(min = 0)
            int width,

            @Doc("bias of each channel") boolean bias) {}

    public GsaConfig {
        divides(dim * expandK, heads, "dim expandK");
        divides(dim * expandV, heads, "dim expandV");
        divides(heads, kvHeads, "heads");
        if (!(tau > 0)) {
            throw new IllegalArgumentException("tau: a number above 0 expected, given " + tau);
        }
    }

    private static void divides(double width, int parts, String name) {
        if (width < 1 || (int) width % parts != 0) {
            throw new IllegalArgumentException(name + " = " + width + " does not divide into " + parts + " heads");
        }
    }

    int headKeyDim() {
        return (int) (dim * expandK) / heads;
    }

    int headValueDim() {
        return (int) (dim * expandV) / heads;
    }
}
