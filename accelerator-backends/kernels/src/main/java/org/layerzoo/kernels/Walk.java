package org.layerzoo.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.tensor.Shape;

/**
 * The structure {@code Walk} of the kernels' header: how a flat index of a result finds its place in up to three operands. Neighbouring
 * axes that all operands walk through in step are one axis, so that most walks have one or two.
 */
public final class Walk {
    /** Most axes of a walk after those that go in step are joined. */
    public static final int AXES = 8;

    private static final int OPERANDS = 3;

    /** Size and strides by axis. */
    private final List<int[]> axes = new ArrayList<>();

    private Walk() {}

    /** Of row-major operands that broadcast to {@code result}; empty when more axes are left than the structure holds. */
    public static Optional<int[]> broadcast(Shape result, Shape... operands) {
        int[][] strides = new int[operands.length][];
        for (int o = 0; o < operands.length; o++) {
            strides[o] = broadcastStrides(operands[o], result);
        }
        return of(result.dims(), strides);
    }

    /** The same for operands of blocks, so many elements each, that lie in a row. */
    public static Optional<int[]> broadcast(Shape result, Shape[] operands, int... elements) {
        int[][] strides = new int[operands.length][];
        for (int o = 0; o < operands.length; o++) {
            strides[o] = broadcastStrides(operands[o], result, elements[o]);
        }
        return of(result.dims(), strides);
    }

    /** Why a plan refuses when there is no walk. */
    public static Optional<String> refusal(Optional<int[]> walk) {
        return walk.isPresent() ? Optional.empty() : Optional.of("more than " + AXES + " axes that do not join");
    }

    /** Steps of an operand along the axes of a result that it broadcasts to. */
    public static int[] broadcastStrides(Shape s, Shape result) {
        return broadcastStrides(s, result, 1);
    }

    private static int[] broadcastStrides(Shape s, Shape result, int unit) {
        int[] out = new int[result.rank()];
        int stride = unit;
        for (int a = s.rank() - 1; a >= 0; a--) {
            int to = a + result.rank() - s.rank();
            out[to] = s.dim(a) == 1 ? 0 : stride;
            stride *= s.dim(a);
        }
        return out;
    }

    /** @param strides in elements, by operand and axis */
    public static Optional<int[]> of(int[] sizes, int[]... strides) {
        return joined(sizes, strides).packed();
    }

    /** With neighbouring axes joined where all operands go in step, and axes of one element dropped. */
    public static Walk joined(int[] sizes, int[]... strides) {
        Walk w = new Walk();
        for (int a = 0; a < sizes.length; a++) {
            w.add(axis(sizes[a], a, strides));
        }
        return w;
    }

    /** With every axis as it is given. */
    public static Walk apart(int[] sizes, int[]... strides) {
        Walk w = new Walk();
        for (int a = 0; a < sizes.length; a++) {
            w.axes.add(axis(sizes[a], a, strides));
        }
        return w;
    }

    private static int[] axis(int size, int a, int[]... strides) {
        int[] axis = new int[1 + OPERANDS];
        axis[0] = size;
        for (int o = 0; o < strides.length; o++) {
            axis[1 + o] = strides[o][a];
        }
        return axis;
    }

    private void add(int[] axis) {
        if (axis[0] == 1) {
            return;
        }
        if (!axes.isEmpty() && inStep(axes.getLast(), axis)) {
            int[] outer = axes.getLast();
            outer[0] *= axis[0];
            System.arraycopy(axis, 1, outer, 1, OPERANDS);
        } else {
            axes.add(axis);
        }
    }

    private static boolean inStep(int[] outer, int[] inner) {
        for (int o = 1; o <= OPERANDS; o++) {
            if (outer[o] != inner[o] * inner[0]) {
                return false;
            }
        }
        return true;
    }

    public int rank() {
        return axes.size();
    }

    public int size(int axis) {
        return axes.get(axis)[0];
    }

    public int stride(int operand, int axis) {
        return axes.get(axis)[1 + operand];
    }

    public long elements() {
        return axes.stream().mapToLong(a -> a[0]).reduce(1, (a, b) -> a * b);
    }

    /** Whether the first two operands lie in one piece in the same order. */
    public boolean isLine() {
        return axes.isEmpty() || axes.size() == 1 && stride(0, 0) == 1 && stride(1, 0) == 1;
    }

    /** The other axes. */
    public Walk without(int... dropped) {
        Walk w = new Walk();
        for (int a = 0; a < axes.size(); a++) {
            int axis = a;
            if (Arrays.stream(dropped).noneMatch(d -> d == axis)) {
                w.add(axes.get(a).clone());
            }
        }
        return w;
    }

    /** The same over pieces of so many elements, which divide the last axis and the first two operands' other strides. */
    public Walk inPieces(int elements) {
        if (elements == 1) {
            return this;
        }
        Walk w = new Walk();
        for (int[] a : axes) {
            boolean last = a == axes.getLast();
            w.axes.add(
                    last
                            ? new int[] {a[0] / elements, a[1], a[2], a[3]}
                            : new int[] {a[0], a[1] / elements, a[2] / elements, a[3]});
        }
        return w;
    }

    /** From pack to pack, of so many elements of the last axis, whose size is a multiple of them. */
    public Walk overPacks(int elements) {
        Walk w = new Walk();
        for (int[] a : axes) {
            w.axes.add(
                    a == axes.getLast()
                            ? new int[] {a[0] / elements, a[1] * elements, a[2] * elements, a[3] * elements}
                            : a);
        }
        return w;
    }

    /** The structure's ints; empty when it does not hold that many axes. */
    public Optional<int[]> packed() {
        if (axes.size() > AXES) {
            return Optional.empty();
        }
        int[] out = new int[1 + (3 + OPERANDS) * AXES];
        out[0] = Math.max(1, axes.size());
        for (int a = 0; a < axes.size(); a++) {
            int[] axis = axes.get(a);
            out[1 + a] = axis[0];
            for (int o = 0; o < OPERANDS; o++) {
                out[1 + AXES + o * AXES + a] = axis[1 + o];
            }
            divisor(out, a, axis[0]);
        }
        return Optional.of(out);
    }

    /** Numbers m and s with i / d = (high half of i m + i) >> s for all i below 2^31 (Granlund and Montgomery 1994). */
    private static void divisor(int[] out, int axis, int d) {
        int shift = d <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(d - 1);
        long magic = d == 0 ? 0 : (((1L << shift) - d) << 32) / d + 1;
        out[1 + (1 + OPERANDS) * AXES + axis] = (int) magic;
        out[1 + (2 + OPERANDS) * AXES + axis] = shift;
    }
}
