package org.layerzoo.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.tensor.Shape;

/**
 * The structure {@code Walk} of the kernels' header: how a flat index of a result finds its place in up to three operands. Neighbouring
 * axes that all operands walk through in step are one axis, so that most walks have one or two.
 */
public final class Walk {
    private static final int AXES = 8;
    private static final int OPERANDS = 3;

    private final List<int[]> axes = new ArrayList<>();

    private Walk() {}

    /** Of row-major operands that broadcast to {@code result}; empty when more axes are left than the structure holds. */
    public static Optional<int[]> broadcast(Shape result, Shape... operands) {
        int rank = result.rank();
        int[][] strides = new int[operands.length][];
        for (int o = 0; o < operands.length; o++) {
            strides[o] = broadcastStrides(operands[o], result);
        }
        int[] sizes = new int[rank];
        for (int a = 0; a < rank; a++) {
            sizes[a] = result.dim(a);
        }
        return of(sizes, strides);
    }

    /** The same for operands of blocks, so many elements each, that lie in a row. */
    public static Optional<int[]> broadcast(Shape result, Shape[] operands, int... elements) {
        int[][] strides = new int[operands.length][];
        for (int o = 0; o < operands.length; o++) {
            strides[o] = broadcastStrides(operands[o], result, elements[o]);
        }
        return of(result.dims(), strides);
    }

    private static int[] broadcastStrides(Shape s, Shape result) {
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
        Walk w = new Walk();
        for (int a = 0; a < sizes.length; a++) {
            int[] axis = new int[1 + OPERANDS];
            axis[0] = sizes[a];
            for (int o = 0; o < strides.length; o++) {
                axis[1 + o] = strides[o][a];
            }
            w.add(axis);
        }
        return w.axes.size() > AXES ? Optional.empty() : Optional.of(w.packed());
    }

    private void add(int[] axis) {
        if (axis[0] == 1) {
            return;
        }
        if (!axes.isEmpty()) {
            int[] outer = axes.getLast();
            boolean inStep = true;
            for (int o = 1; o <= OPERANDS; o++) {
                inStep &= outer[o] == axis[o] * axis[0];
            }
            if (inStep) {
                outer[0] *= axis[0];
                System.arraycopy(axis, 1, outer, 1, OPERANDS);
                return;
            }
        }
        axes.add(axis);
    }

    private int[] packed() {
        int[] out = new int[1 + AXES + OPERANDS * AXES];
        out[0] = Math.max(1, axes.size());
        for (int a = 0; a < axes.size(); a++) {
            out[1 + a] = axes.get(a)[0];
            for (int o = 0; o < OPERANDS; o++) {
                out[1 + AXES + o * AXES + a] = axes.get(a)[1 + o];
            }
        }
        return out;
    }
}
