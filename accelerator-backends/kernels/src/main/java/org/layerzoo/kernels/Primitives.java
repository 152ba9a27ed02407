package org.layerzoo.kernels;

import org.layerzoo.core.op.Primitive;
import org.layerzoo.kernels.op.elementwise.BinaryPlan;
import org.layerzoo.kernels.op.elementwise.CastPlan;
import org.layerzoo.kernels.op.elementwise.ParametricPlan;
import org.layerzoo.kernels.op.elementwise.UnaryPlan;
import org.layerzoo.kernels.op.elementwise.WherePlan;
import org.layerzoo.kernels.op.indexing.IndexPlan;
import org.layerzoo.kernels.op.indexing.OrderPlan;
import org.layerzoo.kernels.op.reduction.ArgReducePlan;
import org.layerzoo.kernels.op.reduction.ReducePlan;
import org.layerzoo.kernels.op.reduction.ScanPlan;
import org.layerzoo.kernels.op.reduction.SegmentPlan;
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
    private static final ReducePlan REDUCE = new ReducePlan();
    private static final ArgReducePlan ARG_REDUCE = new ArgReducePlan();
    private static final ScanPlan.Running SCAN = new ScanPlan.Running();
    private static final ScanPlan.FirstOrder FIRST_ORDER = new ScanPlan.FirstOrder();
    private static final SegmentPlan SEGMENT = new SegmentPlan();
    private static final OrderPlan.ArgSort ARG_SORT = new OrderPlan.ArgSort();
    private static final OrderPlan.TopK TOP_K = new OrderPlan.TopK();
    private static final OrderPlan.SearchSorted SEARCH_SORTED = new OrderPlan.SearchSorted();
    private static final IndexPlan INDEX = new IndexPlan();

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
            case Primitive.Reduce r -> REDUCE;
            case Primitive.ArgReduce a -> ARG_REDUCE;
            case Primitive.Scan s -> SCAN;
            case Primitive.FirstOrder f -> FIRST_ORDER;
            case Primitive.Segment s -> SEGMENT;
            case Primitive.ArgSort a -> ARG_SORT;
            case Primitive.TopK t -> TOP_K;
            case Primitive.SearchSorted s -> SEARCH_SORTED;
            case Primitive.Indexing i -> INDEX;
            default -> null;
        };
    }
}
