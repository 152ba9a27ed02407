package org.layerzoo.kernels;

import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;

/**
 * The structure {@code Lines} of the kernels' header: how many threads of a block work on a line of n elements.
 *
 * @param step distance of neighbouring elements of a line
 * @param walk where the lines begin, in up to two operands
 */
public record Lines(int lines, int n, int lanes, int step, int[] walk) {
    private static final int BLOCK = 256;
    /** So many neighbouring columns make full use of what memory delivers at once. */
    private static final int COLUMNS = 32;
    /** Threads that a processor needs to hide the latency of memory. */
    private static final int BUSY = 1024;

    /** Rows of n elements, one after the other. */
    public static Lines rows(long lines, int n) {
        int[] walk = Walk.of(new int[] {Math.toIntExact(lines)}, new int[] {n}).orElseThrow();
        return new Lines(Math.toIntExact(lines), n, rowLanes(n), 1, walk);
    }

    /** Along an axis of x; {@code walk} says where lines begin, over the shape without that axis. */
    public static Lines along(Shape x, int axis, int[] walk, int units) {
        int n = x.dim(axis);
        int step = Math.toIntExact(x.product(axis + 1, x.rank()));
        int lines = Math.toIntExact(x.product(0, axis) * step);
        if (step == 1) {
            return new Lines(lines, n, rowLanes(n), 1, walk);
        }
        int lanes = 1;
        while (lanes < BLOCK / COLUMNS && 2 * lanes <= n && (long) lines * lanes < (long) units * BUSY) {
            lanes *= 2;
        }
        return new Lines(lines, n, lanes, step, walk);
    }

    /** One thread for about four elements. */
    private static int rowLanes(int n) {
        int lanes = 1;
        while (lanes < BLOCK && 4 * lanes < n) {
            lanes *= 2;
        }
        return lanes;
    }

    public Grid grid() {
        return Grid.over((long) lines * lanes, BLOCK);
    }

    public int[] packed() {
        return new int[] {lines, n, lanes, step == 1 ? 1 : 0};
    }

    /** A number in the type that kernels of {@code dtype} compute in. */
    public static Args number(Args args, DType dtype, double value) {
        return Wide.of(dtype) == DType.F64 ? args.f64(value) : args.f32(value);
    }
}
