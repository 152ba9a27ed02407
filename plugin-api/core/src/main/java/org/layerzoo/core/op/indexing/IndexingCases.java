package org.layerzoo.core.op.indexing;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.TopKOrder;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Shapes and ranges of the indexing ops. */
public final class IndexingCases {
    private static final String MOVES = "elements only move";
    private static final String SUMS = "sums of at most 1000 terms in F32";
    private static final String ORDER = "large enough that near ties occur, where the order jumps";
    private static final String INTEGERS = "integer results";

    private IndexingCases() {}

    public static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        moves(cases);
        scatters(cases);
        orders(cases);
        counts(cases);
        return List.copyOf(cases);
    }

    private static void moves(List<OpCase> cases) {
        for (int n : new int[] {0, 1, 7, 64, 65}) {
            add(cases, "rows " + n, new Primitive.IndexSelect(0), 0, true, MOVES, x(13, 5), ids(13, n));
        }
        add(cases, "middle axis", new Primitive.IndexSelect(1), 0, true, MOVES, x(3, 7, 5), ids(7, 11));
        add(cases, "last axis", new Primitive.IndexSelect(2), 0, true, MOVES, x(2, 3, 63), ids(63, 17));
        add(cases, "embedding 1000", new Primitive.IndexSelect(0), 0, true, MOVES, x(1000, 8), ids(1000, 65));
        add(cases, "axis 0", new Primitive.Gather(0), 0, true, MOVES, x(7, 5), ids(7, 9, 5));
        add(cases, "middle axis", new Primitive.Gather(1), 0, true, MOVES, x(3, 7, 5), ids(7, 3, 4, 5));
        add(cases, "before an axis of one", new Primitive.Gather(1), 0, true, MOVES, x(3, 28, 1), ids(28, 3, 25, 1));
        add(cases, "shorter index", new Primitive.Gather(2), 0, true, MOVES, x(3, 5, 64), ids(64, 2, 4, 13));
        add(cases, "empty index", new Primitive.Gather(1), 0, true, MOVES, x(3, 5), ids(5, 3, 0));
    }

    private static void scatters(List<OpCase> cases) {
        add(cases, "duplicates", new Primitive.ScatterAdd(0), 1e-6, true, SUMS, x(7), ids(7, 65), x(65));
        add(cases, "1000 to 63", new Primitive.ScatterAdd(1), 1e-6, true, SUMS, x(2, 63), ids(63, 2, 1000), x(2, 1000));
        add(cases, "shorter", new Primitive.ScatterAdd(1), 1e-6, true, SUMS, x(3, 7, 5), ids(7, 2, 11, 4), x(2, 11, 4));
        add(cases, "empty", new Primitive.ScatterAdd(0), 0, true, MOVES, x(5, 2), ids(5, 0, 2), x(0, 2));
        add(cases, "duplicates", new Primitive.ScatterSet(0), 0, true, MOVES, x(7), ids(7, 13), x(13));
        add(cases, "shorter", new Primitive.ScatterSet(1), 0, true, MOVES, x(3, 7, 5), ids(7, 2, 11, 4), x(2, 11, 4));
        add(cases, "1000", new Primitive.ScatterSet(1), 0, true, MOVES, x(2, 65), ids(65, 2, 1000), x(2, 1000));
    }

    private static void orders(List<OpCase> cases) {
        add(cases, "3 of 7", topK(3, 1, true, TopKOrder.BY_VALUE), 0, true, MOVES, x(2, 7));
        add(cases, "by index", topK(3, 0, true, TopKOrder.BY_INDEX), 0, true, MOVES, x(7, 2));
        add(cases, "smallest", topK(2, 1, false, TopKOrder.BY_VALUE), 0, true, MOVES, x(2, 5, 3));
        add(cases, "all of 1", topK(1, 0, true, TopKOrder.BY_VALUE), 0, true, MOVES, x(1));
        add(cases, "none", topK(0, 1, true, TopKOrder.BY_VALUE), 0, true, MOVES, x(3, 5));
        for (int n : new int[] {63, 64, 65, 1000}) {
            add(cases, "8 of " + n, topK(8, 1, true, TopKOrder.BY_VALUE), 0, false, ORDER, x(3, n));
        }
        for (int n : new int[] {0, 1, 7, 63, 64, 65, 1000}) {
            add(cases, "up " + n, new Primitive.ArgSort(1, false), 0, false, INTEGERS, x(2, n));
        }
        add(cases, "down, axis 0", new Primitive.ArgSort(0, true), 0, false, INTEGERS, x(65, 3));
        add(cases, "many ties", new Primitive.ArgSort(0, true), 0, false, INTEGERS, ids(5, 1000));
    }

    private static void counts(List<OpCase> cases) {
        add(cases, "hot", new Primitive.OneHot(7, DType.F32), 0, false, INTEGERS, ids(7, 5, 13));
        add(cases, "one line", new Primitive.SearchSorted(false), 0, false, INTEGERS, x(1), x(3, 5));
        add(cases, "nothing sorted", new Primitive.SearchSorted(true), 0, false, INTEGERS, x(0), x(7));
        add(cases, "bins", new Primitive.Bincount(13), 0, false, INTEGERS, ids(13, 1000));
        add(cases, "no ids", new Primitive.Bincount(3), 0, false, INTEGERS, ids(3, 0));
    }

    private static Op topK(int k, int axis, boolean largest, TopKOrder order) {
        return new Primitive.TopK(k, axis, largest, order);
    }

    private static void add(
            List<OpCase> to, String what, Op op, double bound, boolean smooth, String reason, OpCase.Input... in) {
        to.add(new OpCase(op.name() + " " + what, op, List.of(in), bound, smooth, reason));
    }

    private static OpCase.Input x(int... dims) {
        return new OpCase.Input(TensorSpec.of(DType.F32, dims), -2, 2);
    }

    /** Indices below n. */
    private static OpCase.Input ids(int n, int... dims) {
        return new OpCase.Input(TensorSpec.of(DType.I64, dims), 0, n);
    }
}
