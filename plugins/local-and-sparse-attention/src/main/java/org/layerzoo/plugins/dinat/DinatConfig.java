package org.layerzoo.plugins.dinat;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.config.Doc;
import org.layerzoo.core.config.Range;
import org.layerzoo.core.config.Role;

/** Options of a layer of dilated neighbourhood attention. */
public record DinatConfig(
        @Doc("model width D") @Range(min = 1) @Role(Role.Kind.DIM)
        int dim,

        @Doc("heads H") @Range(min = 1) @Role(Role.Kind.HEADS)
        int heads,

        @Doc("keys k along each axis; odd, so that the query stands in the middle") @Range(min = 1)
        int kernel,

        @Doc("distance of neighbours; 1 is neighbourhood attention") @Range(min = 1)
        int dilation,

        @Doc("what the tokens are") Form form,

        @Doc("hidden width of the MLP, as a multiple of D") @Range(min = 0.01)
        double mlpRatio,

        @Doc("bias of the query, key and value projections") boolean qkvBias,

        @Doc("a learned bias for each offset of key and query")
        boolean relativeBias,

        @Doc("factor of the logits; absent means (D / H)^-0.5")
        Optional<Double> scale,

        @Doc("initial value of the layer scale; absent means none")
        Optional<Double> layerScale,

        @Doc("probability of dropping a branch while training") @Range(min = 0, max = 0.99)
        double dropPath,

        @Doc("added to the variance in layer norms") @Range(min = 0)
        double eps) {

    public DinatConfig {
        if (dim % heads != 0) {
            throw new IllegalArgumentException("dim " + dim + " does not divide into " + heads + " heads");
        }
        if (kernel % 2 == 0) {
            throw new IllegalArgumentException("kernel must be odd, given " + kernel);
        }
        for (int n : form.axes()) {
            if ((long) kernel * dilation > n) {
                throw new IllegalArgumentException("kernel * dilation must not exceed an axis, given " + kernel + " * "
                        + dilation + " on an axis of " + n);
            }
        }
    }

    /** Sizes and released options of the paper: biases of the projections and of offsets, no layer scale. */
    public static DinatConfig of(int dim, int heads, int kernel, int dilation, Form form) {
        return new DinatConfig(
                dim, heads, kernel, dilation, form, 3, true, true, Optional.empty(), Optional.empty(), 0, 1e-5);
    }

    /** The same options on other tokens. */
    DinatConfig on(Form f) {
        return new DinatConfig(
                dim, heads, kernel, dilation, f, mlpRatio, qkvBias, relativeBias, scale, layerScale, dropPath, eps);
    }

    int hidden() {
        // A ratio that is a quotient of two widths must give back the width.
        return Math.max(1, (int) (dim * mlpRatio + 1e-9));
    }

    /** How tokens are arranged. */
    public sealed interface Form {
        /** Lengths of the axes. */
        List<Integer> axes();

        /** A map row by row. */
        record Grid(
                @Doc("rows h") @Range(min = 1) int height,
                @Doc("columns w") @Range(min = 1) int width) implements Form {
            @Override
            public List<Integer> axes() {
                return List.of(height, width);
            }
        }

        /** A line. */
        record Line(
                @Doc("tokens") @Range(min = 1) @Role(Role.Kind.LENGTH)
                int length) implements Form {
            @Override
            public List<Integer> axes() {
                return List.of(length);
            }
        }
    }
}
