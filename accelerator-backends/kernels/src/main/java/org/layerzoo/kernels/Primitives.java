package org.layerzoo.kernels;

import org.layerzoo.core.op.Primitive;
import org.layerzoo.kernels.op.elementwise.BinaryPlan;
import org.layerzoo.kernels.op.elementwise.CastPlan;
import org.layerzoo.kernels.op.elementwise.ParametricPlan;
import org.layerzoo.kernels.op.elementwise.UnaryPlan;
import org.layerzoo.kernels.op.elementwise.WherePlan;
import org.layerzoo.kernels.op.shaping.ShapingPlan;
import org.layerzoo.kernels.op.source.SourcePlan;

/** Plans of the primitive ops that compute elementwise, move, reduce, index and draw. */
final class Primitives {
    private static final UnaryPlan UNARY = new UnaryPlan();
    private static final BinaryPlan BINARY = new BinaryPlan();
    private static final ParametricPlan PARAMETRIC = new ParametricPlan();
    private static final WherePlan WHERE = new WherePlan();
    private static final CastPlan CAST = new CastPlan();
    private static final ShapingPlan SHAPING = new ShapingPlan();
    private static final SourcePlan SOURCE = new SourcePlan();

    private Primitives() {}

    /** Null where there is none. */
    static Plan<?> find(Primitive op) {
        return switch (op) {
            case Primitive.Unary u -> UNARY;
            case Primitive.Binary b -> BINARY;
            case Primitive.Parametric p -> PARAMETRIC;
            case Primitive.Where w -> WHERE;
            case Primitive.Cast c -> CAST;
            case Primitive.Shaping s -> SHAPING;
            case Primitive.Source s -> SOURCE;
            default -> null;
        };
    }
}
