package org.layerzoo.core.op.shaping;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.OpCase.Input;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.PadMode;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Case table of the ops that move elements. Moving is exact; Fold adds, in the order of its windows. */
public final class ShapingCases {
    private ShapingCases() {}

    public static List<OpCase> all() {
        List<OpCase> out = new ArrayList<>();
        add(out, new Primitive.Reshape(Shape.of(5, 13)), 65);
        add(out, new Primitive.Reshape(Shape.of()), 1, 1);
        add(out, new Primitive.Reshape(Shape.of(0, 4)), 2, 0);
        add(out, new Primitive.Permute(new int[] {1, 0}), 63, 65);
        add(out, new Primitive.Permute(new int[] {2, 0, 3, 1}), 2, 3, 5, 7);
        add(out, new Primitive.Permute(new int[] {}));
        add(out, new Primitive.Permute(new int[] {1, 0}), 0, 3);
        add(out, new Primitive.Expand(Shape.of(1000)));
        add(out, new Primitive.Expand(Shape.of(3, 5, 7)), 5, 1);
        add(out, new Primitive.Expand(Shape.of(0, 7)), 1, 7);
        add(out, new Primitive.Slice(new int[] {1}, new int[] {64}, new int[] {1}), 65);
        add(out, new Primitive.Slice(new int[] {3}, new int[] {1000}, new int[] {7}), 1000);
        add(out, new Primitive.Slice(new int[] {1, 0, 2}, new int[] {2, 5, 7}, new int[] {1, 3, 2}), 3, 5, 7);
        add(out, new Primitive.Slice(new int[] {2, 4}, new int[] {2, 7}, new int[] {3, 1}), 3, 7);
        add(out, new Primitive.Flip(new int[] {0}), 65);
        add(out, new Primitive.Flip(new int[] {0, 2}), 3, 5, 7);
        add(out, new Primitive.Flip(new int[] {1}), 3, 0);
        for (int shift : new int[] {0, 1, -3, 130}) {
            add(out, new Primitive.Roll(shift, 0), 63);
            add(out, new Primitive.Roll(shift, 1), 3, 7, 2);
        }
        add(out, new Primitive.Roll(2, 0), 0, 3);
        concat(out);
        pads(out);
        windows(out);
        return List.copyOf(out);
    }

    private static void concat(List<OpCase> out) {
        Op op = new Primitive.Concat(1);
        out.add(new OpCase(
                "concat three",
                op,
                inputs(DType.F32, new int[][] {{3, 5, 2}, {3, 1, 2}, {3, 64, 2}}),
                0,
                true,
                "moves"));
        out.add(new OpCase(
                "concat with an empty part", op, inputs(DType.F32, new int[][] {{7, 0}, {7, 9}}), 0, true, "moves"));
        out.add(new OpCase("concat one", op, inputs(DType.F32, new int[][] {{7, 9}}), 0, true, "moves"));
        out.add(new OpCase("concat I64", op, inputs(DType.I64, new int[][] {{7, 2}, {7, 9}}), 0, false, "integers"));
        out.add(new OpCase(
                "concat BOOL", op, inputs(DType.BOOL, new int[][] {{7, 2}, {7, 9}}), 0, false, "truth values"));
    }

    private static void pads(List<OpCase> out) {
        for (PadMode mode : PadMode.values()) {
            add(out, new Primitive.Pad(new int[] {3}, new int[] {2}, mode, 1.5), 65);
            add(out, new Primitive.Pad(new int[] {6}, new int[] {6}, mode, 1.5), 7);
            add(out, new Primitive.Pad(new int[] {0, 2, 1}, new int[] {1, 0, 4}, mode, 0), 2, 3, 5);
        }
        add(out, new Primitive.Pad(new int[] {1}, new int[] {9}, PadMode.CONSTANT, 0), 0);
        add(out, new Primitive.Pad(new int[] {4}, new int[] {9}, PadMode.EDGE, 0), 1);
        add(out, new Primitive.Pad(new int[] {5}, new int[] {5}, PadMode.CIRCULAR, 0), 5);
    }

    private static void windows(List<OpCase> out) {
        int[][] geometry = {{1, 1, 1}, {3, 1, 1}, {3, 2, 1}, {4, 3, 2}, {2, 5, 3}};
        for (int[] g : geometry) {
            int reach = g[2] * (g[0] - 1) + 1;
            for (int n : new int[] {reach, 64, 65}) {
                int windows = (n - reach) / g[1] + 1;
                add(out, new Primitive.Unfold(1, g[0], g[1], g[2]), 2, n, 3);
                Op fold = new Primitive.Fold(1, n, g[1], g[2]);
                List<Input> in = inputs(DType.F32, new int[][] {{2, windows, 3, g[0]}});
                out.add(new OpCase(
                        "fold " + Arrays.toString(g) + " to " + n,
                        fold,
                        in,
                        1e-6,
                        true,
                        "F32 sums of up to size elements"));
            }
        }
    }

    private static void add(List<OpCase> out, Op op, int... dims) {
        String name = op.name() + " " + Shape.of(dims) + " " + attributes(op);
        out.add(new OpCase(name, op, inputs(DType.F32, new int[][] {dims}), 0, true, "moves"));
        if (!(op instanceof Primitive.Pad p && p.value() != Math.rint(p.value()) && p.mode() == PadMode.CONSTANT)) {
            out.add(new OpCase(name + " I64", op, inputs(DType.I64, new int[][] {dims}), 0, false, "integers"));
        }
    }

    private static String attributes(Op op) {
        return switch (op) {
            case Primitive.Reshape r -> "to " + r.to();
            case Primitive.Expand e -> "to " + e.to();
            case Primitive.Permute p -> Arrays.toString(p.order());
            case Primitive.Slice s ->
                Arrays.toString(s.start()) + Arrays.toString(s.stop()) + Arrays.toString(s.step());
            case Primitive.Flip f -> Arrays.toString(f.axes());
            case Primitive.Roll r -> r.shift() + " at " + r.axis();
            case Primitive.Pad p -> p.mode() + Arrays.toString(p.before()) + Arrays.toString(p.after());
            case Primitive.Unfold u -> "size " + u.size() + " step " + u.step() + " dilation " + u.dilation();
            default -> "";
        };
    }

    private static List<Input> inputs(DType t, int[][] shapes) {
        return Arrays.stream(shapes)
                .map(s -> new Input(TensorSpec.of(t, s), -3, 3))
                .toList();
    }
}
