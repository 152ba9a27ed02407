package org.layerzoo.plugins.vig;

import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;
import org.layerzoo.nn.map.MapSized;

/** Options of gated linear attention to both sides on a map of h x w tokens; values are as wide as the model. */
public record VigConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads h") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("rows of the map") @Range(min = 1) int height,
        @Doc("columns of the map") @Range(min = 1) int width,

        @Doc("width of queries and keys over D") @Range(min = 0)
        double expandK,

        @Doc("the gates of the two directions") Gate gate,
        @Doc("the convolution in front") Local local,
        @Doc("SiLU before the output projection") boolean outAct)
        implements MapSized<VigConfig> {
    /** Log gate = logsigmoid(.) / normaliser of a projection through a low rank. */
    public record Gate(
            @Doc("rank of the projection") @Range(min = 1) int rank,

            @Doc("what the log gates are divided by") @Range(min = 0)
            double normaliser,

            @Doc("least log gate, 0 for no bound") @Range(max = 0)
            double least) {}

    /** The depthwise 3 x 3 convolution that all projections read. */
    public record Local(
            @Doc("SiLU behind it") boolean activation,
            @Doc("bias of each channel") boolean bias) {}

    public VigConfig {
        if (dim % heads != 0 || keyDim(dim, expandK) < heads || keyDim(dim, expandK) % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " and key width " + keyDim(dim, expandK)
                    + " do not divide into " + heads + " heads");
        }
    }

    private static int keyDim(int dim, double expandK) {
        return (int) (dim * expandK);
    }

    int keyDim() {
        return keyDim(dim, expandK);
    }

    @Override
    public VigConfig on(int h, int w) {
        return new VigConfig(dim, heads, h, w, expandK, gate, local, outAct);
    }
}
