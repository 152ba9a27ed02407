package org.layerzoo.plugins.deltanet;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a DeltaNet layer. */
public record DeltaNetConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("width of queries and keys over D") @Range(min = 0)
        double expandK,

        @Doc("width of values over D") @Range(min = 0) double expandV,
        @Doc("learned write strength; otherwise 1") boolean beta,

        @Doc("write strength in (0, 2) instead of (0, 1): negative eigenvalues of the transition")
        boolean negativeEigenvalues,

        @Doc("gate the normalised heads by SiLU(x W_g)") boolean gate,

        @Doc("causal convolution behind the three projections")
        Conv conv,

        @Doc("activation of queries and keys; values always have SiLU")
        Feature feature,

        @Doc("normalisation of queries and keys in each head")
        KeyNorm keyNorm,

        @Doc("epsilon of the RMSNorm on the heads") @Range(min = 0)
        double normEps) {
    public DeltaNetConfig {
        width(dim, heads, expandK, "expandK");
        width(dim, heads, expandV, "expandV");
    }

    /** Width of the convolution and whether it has a bias; width 0 is none. */
    public record Conv(
            @Doc("tokens seen; 0 for no convolution") @Range(min = 0)
            int width,

            @Doc("bias of each channel") boolean bias) {}

    /** f of q = f(conv(x W)). */
    public enum Feature {
        SILU,
        RELU,
        /** 1 + elu(x). */
        ELU,
        IDENTITY
    }

    /** L2: x / sqrt(sum x^2 + 1e-6). SUM: x / sum x. */
    public enum KeyNorm {
        L2,
        SUM,
        NONE
    }

    private static int width(int dim, int heads, double expand, String name) {
        int w = (int) (dim * expand); // the authors cut a fraction off
        if (w < 1 || w % heads != 0) {
            throw new IllegalArgumentException(
                    name + " " + expand + " of dim " + dim + " does not divide into " + heads + " heads");
        }
        return w;
    }

    int keyDim() {
        return width(dim, heads, expandK, "expandK");
    }

    int valueDim() {
        return width(dim, heads, expandV, "expandV");
    }

    int headKeyDim() {
        return keyDim() / heads;
    }

    int headValueDim() {
        return valueDim() / heads;
    }
}
