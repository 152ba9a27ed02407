package org.layerzoo.core.op.reduction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.OpCase.Input;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Case table of reductions and scans. */
public final class ReductionCases {
    private static final int[][] LINES = {{1}, {7}, {63}, {64}, {65}, {1000}, {2, 97}, {3, 5, 7}, {2, 3, 4}};
    /** F32 sums of up to 1000 terms in any order: sqrt(1000) roundings of 6e-8. */
    private static final double SUMMED = 4e-6;

    private ReductionCases() {}

    public static List<OpCase> all() {
        List<OpCase> out = new ArrayList<>();
        for (ReduceKind kind : ReduceKind.values()) {
            for (boolean keep : new boolean[] {false, true}) {
                for (int[] dims : LINES) {
                    int last = dims.length - 1;
                    reduce(out, kind, new int[] {last}, keep, dims);
                }
                reduce(out, kind, new int[] {0}, keep, 3, 5, 7);
                reduce(out, kind, new int[] {0, 2}, keep, 3, 5, 7);
                reduce(out, kind, new int[] {0, 1, 2}, keep, 3, 5, 7);
                reduce(out, kind, new int[] {0, 2}, keep, 2, 3, 4);
                reduce(out, kind, new int[] {}, keep, 3, 5);
                reduce(out, kind, new int[] {}, keep);
                reduce(out, kind, new int[] {0}, keep, 3, 0);
            }
        }
        argReduce(out);
        for (ScanKind kind : ScanKind.values()) {
            for (int direction = 0; direction < 4; direction++) {
                scan(out, kind, (direction & 1) != 0, (direction & 2) != 0);
            }
        }
        for (boolean reverse : new boolean[] {false, true}) {
            firstOrder(out, reverse);
        }
        for (SegmentKind kind : SegmentKind.values()) {
            segment(out, kind);
        }
        return List.copyOf(out);
    }

    private static void reduce(List<OpCase> out, ReduceKind kind, int[] axes, boolean keep, int... dims) {
        Op op = new Primitive.Reduce(kind, axes, keep);
        String name = op.name() + " " + Shape.of(dims) + " over " + Arrays.toString(axes) + (keep ? " kept" : "");
        switch (kind) {
            case SUM -> floats(out, name, op, -1, 1, SUMMED, true, "F32 sum", dims);
            // 0.98..1.02 keeps the product of 1000 within F32
            case PROD -> floats(out, name, op, 0.98, 1.02, 1e-4, true, "1000 F32 roundings of 6e-8", dims);
            case MEAN, LOGSUMEXP -> floats(out, name, op, -1, 2, SUMMED, true, "F32 sum", dims);
            // Two of a hundred uniform numbers may come closer than the finite step, so only small tensors are checked.
            case MAX, MIN -> floats(out, name, op, -9, 9, 0, Shape.of(dims).size() <= 65, "a choice", dims);
            case ANY, ALL ->
                out.add(new OpCase(name, op, List.of(input(DType.BOOL, 0, 1, dims)), 0, false, "truth values"));
        }
        if (kind == ReduceKind.SUM || kind == ReduceKind.MAX || kind == ReduceKind.MIN || kind == ReduceKind.PROD) {
            out.add(new OpCase(
                    name + " I64", op, List.of(input(DType.I64, -9, 9, dims)), 0, false, "integers wrap alike"));
        }
    }

    private static void argReduce(List<OpCase> out) {
        for (boolean max : new boolean[] {true, false}) {
            for (int[] dims : LINES) {
                for (int axis = 0; axis < dims.length; axis++) {
                    Op op = new Primitive.ArgReduce(max, axis, axis == 0);
                    String name = (max ? "argmax " : "argmin ") + Shape.of(dims) + " at " + axis;
                    floats(out, name, op, -3, 3, 0, false, "an index", dims);
                    Input ties = input(DType.I32, 0, 3, dims);
                    out.add(new OpCase(name + " with ties", op, List.of(ties), 0, false, "an index"));
                }
            }
        }
    }

    private static void scan(List<OpCase> out, ScanKind kind, boolean reverse, boolean exclusive) {
        for (int[] dims : LINES) {
            for (int axis = 0; axis < dims.length; axis++) {
                Op op = new Primitive.Scan(kind, axis, reverse, exclusive);
                String name = op.name() + " " + Shape.of(dims) + " at " + axis + (reverse ? " reverse" : "")
                        + (exclusive ? " exclusive" : "");
                switch (kind) {
                    case SUM -> floats(out, name, op, -1, 1, 1e-5, true, "F32 running sum, which may cancel", dims);
                    case PROD -> floats(out, name, op, 0.98, 1.02, 1e-4, true, "1000 F32 roundings of 6e-8", dims);
                    case MAX -> floats(out, name, op, -9, 9, 0, Shape.of(dims).size() <= 65, "a choice", dims);
                    case LOGSUMEXP -> floats(out, name, op, -2, 2, 1e-5, true, "1000 F32 roundings", dims);
                }
            }
        }
        Op op = new Primitive.Scan(kind, 1, reverse, exclusive);
        floats(out, op.name() + " empty" + reverse + exclusive, op, -1, 1, 0, true, "no elements", 3, 0, 2);
        if (kind != ScanKind.LOGSUMEXP) {
            out.add(new OpCase(
                    op.name() + " I64 " + reverse + exclusive,
                    op,
                    List.of(input(DType.I64, -3, 4, 3, 65)),
                    0,
                    false,
                    "integers wrap alike"));
        }
    }

    private static void firstOrder(List<OpCase> out, boolean reverse) {
        for (int[] dims : new int[][] {{1}, {7}, {63}, {64}, {65}, {1000}, {2, 97}, {3, 5, 7}, {3, 0}}) {
            for (int axis = 0; axis < dims.length; axis++) {
                Op op = new Primitive.FirstOrder(axis, reverse);
                int[] state = Shape.of(dims).without(axis).dims();
                List<Input> in = List.of(
                        input(DType.F32, -0.9, 0.99, dims),
                        input(DType.F32, -1, 1, dims),
                        input(DType.F32, -1, 1, state));
                String name = op.name() + " " + Shape.of(dims) + " at " + axis + (reverse ? " reverse" : "");
                out.add(new OpCase(
                        name, op, in, SUMMED, true, "decays of at most 0.99 forget roundings after 100 steps"));
            }
        }
    }

    private static void segment(List<OpCase> out, SegmentKind kind) {
        int[][] shapes = {{1}, {7}, {64}, {65}, {97, 3}, {5, 2, 3}, {0, 3}, {1000}};
        for (int[] dims : shapes) {
            int segments = Math.max(1, dims[0] / 3);
            Op op = new Primitive.Segment(kind, segments);
            boolean smooth =
                    kind == SegmentKind.SUM || kind == SegmentKind.MEAN || kind != SegmentKind.COUNT && dims[0] <= 97;
            List<Input> in = List.of(input(DType.F32, -9, 9, dims), input(DType.I64, 0, segments, dims[0]));
            double bound = kind == SegmentKind.SUM || kind == SegmentKind.MEAN ? SUMMED : 0;
            out.add(new OpCase(op.name() + " " + Shape.of(dims), op, in, bound, smooth, "rows in order"));
            if (kind != SegmentKind.MEAN) {
                List<Input> whole = List.of(input(DType.I64, -9, 9, dims), input(DType.I64, 0, segments, dims[0]));
                out.add(new OpCase(op.name() + " I64 " + Shape.of(dims), op, whole, 0, false, "integers"));
            }
        }
    }

    private static void floats(
            List<OpCase> out,
            String name,
            Op op,
            double lo,
            double hi,
            double bound,
            boolean smooth,
            String reason,
            int... dims) {
        out.add(new OpCase(name, op, List.of(input(DType.F32, lo, hi, dims)), bound, smooth, reason));
    }

    private static Input input(DType t, double lo, double hi, int... dims) {
        return new Input(TensorSpec.of(t, dims), lo, hi);
    }
}
