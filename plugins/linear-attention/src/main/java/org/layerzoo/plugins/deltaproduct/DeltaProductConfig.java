package org.layerzoo.plugins.deltaproduct;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of (gated) DeltaProduct. */
public record DeltaProductConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H of queries and keys") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("heads of values, a multiple of H") @Range(min = 1)
        int valueHeads,

        @Doc("width dk of queries and keys of a head") @Range(min = 1)
        int headDim,

        @Doc("width of values of a head over dk") @Range(min = 0)
        double expandV,

        @Doc("steps n of the delta rule a token") @Range(min = 1)
        int steps,

        @Doc("write strengths in (0, 2) instead of (0, 1): negative eigenvalues")
        boolean negativeEigenvalues,

        @Doc("forget gate, once a token") boolean forget,
        @Doc("gate the normalised heads by SiLU(x W_g)") boolean gate,

        @Doc("causal convolution behind the projections, with SiLU; width 0 leaves SiLU alone")
        Conv conv,

        @Doc("epsilon of the RMSNorm on the heads") @Range(min = 0)
        double normEps) {
    /** Width of the convolution and whether it has a bias. */
    public record Conv(
            @Doc("tokens seen; 0 for no convolution") @Range(min = 0)
            int width,

            @Doc("bias of each channel") boolean bias) {}

    public DeltaProductConfig {
        if (valueHeads % heads != 0) {
            throw new IllegalArgumentException("valueHeads " + valueHeads + " is no multiple of heads " + heads);
        }
        if ((int) (headDim * expandV) < 1) {
            throw new IllegalArgumentException("expandV " + expandV + " leaves no width of headDim " + headDim);
        }
    }

    int headValueDim() {
        return (int) (headDim * expandV);
    }
}
