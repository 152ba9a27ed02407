package org.layerzoo.cpuvector.op.reduction;

import java.lang.foreign.MemorySegment;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;

/**
 * Reduction of contiguous rows. A long row is cut into fixed blocks whose results meet in double precision in block
 * order, so neither rounding nor the count of threads shows.
 */
public final class RowReduce {
    private static final int BLOCK = 4096;
    /** Blocks of one row that a task takes. */
    private static final int TASK = 16;

    private static final Scratch ROWS = new Scratch();

    private RowReduce() {}

    /** x [rows, n] -> out [rows]. */
    public static void run(ReduceKind kind, MemorySegment x, long rows, long n, MemorySegment out) {
        if (n <= BLOCK) {
            shortRows(kind, x, rows, (int) n, out);
        } else {
            longRows(kind, x, rows, n, out);
        }
    }

    private static void shortRows(ReduceKind kind, MemorySegment x, long rows, int n, MemorySegment out) {
        int group = Math.max(1, BLOCK / n);
        Workers.pieces(rows, group, n, (a, b) -> {
            float[] v = ROWS.floats((int) (b - a) * n);
            Floats.load(x, a * n, v, 0, (int) (b - a) * n);
            for (long r = a; r < b; r++) {
                int at = (int) (r - a) * n;
                double y = block(kind, v, at, n, kind == ReduceKind.LOGSUMEXP ? RowLoops.max(v, at, n) : 0);
                Floats.set(
                        out, r, (float) finish(kind, y, n, kind == ReduceKind.LOGSUMEXP ? RowLoops.max(v, at, n) : 0));
            }
        });
    }

    private static void longRows(ReduceKind kind, MemorySegment x, long rows, long n, MemorySegment out) {
        int tasks = Math.toIntExact((n + (long) BLOCK * TASK - 1) / ((long) BLOCK * TASK));
        for (long r = 0; r < rows; r++) {
            long row = r * n;
            float top = kind == ReduceKind.LOGSUMEXP ? (float) pass(ReduceKind.MAX, x, row, n, tasks, 0) : 0;
            double y = pass(kind, x, row, n, tasks, top);
            Floats.set(out, r, (float) finish(kind, y, n, top));
        }
    }

    private static double pass(ReduceKind kind, MemorySegment x, long row, long n, int tasks, float top) {
        double[] parts = new double[tasks];
        Workers.run(tasks, n, t -> {
            float[] v = ROWS.floats(BLOCK);
            long from = (long) t * BLOCK * TASK;
            long end = Math.min(n, from + (long) BLOCK * TASK);
            double y = neutral(kind);
            for (long i = from; i < end; i += BLOCK) {
                int m = (int) Math.min(BLOCK, end - i);
                Floats.load(x, row + i, v, 0, m);
                y = join(kind, y, block(kind, v, 0, m, top));
            }
            parts[t] = y;
        });
        double y = neutral(kind);
        for (double p : parts) {
            y = join(kind, y, p);
        }
        return y;
    }

    static double neutral(ReduceKind kind) {
        return switch (kind) {
            case MAX -> Double.NEGATIVE_INFINITY;
            case MIN -> Double.POSITIVE_INFINITY;
            case PROD -> 1;
            default -> 0;
        };
    }

    static double join(ReduceKind kind, double a, double b) {
        return switch (kind) {
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case PROD -> a * b;
            default -> a + b;
        };
    }

    private static double block(ReduceKind kind, float[] v, int at, int n, float top) {
        return switch (kind) {
            case MAX -> RowLoops.max(v, at, n);
            case MIN -> RowLoops.min(v, at, n);
            case LOGSUMEXP -> RowLoops.sumExp(v, at, n, Float.isInfinite(top) ? 0 : top);
            case PROD -> RowLoops.product(v, at, n);
            default -> RowLoops.sum(v, at, n);
        };
    }

    private static double finish(ReduceKind kind, double y, long n, float top) {
        return switch (kind) {
            case MEAN -> y / n;
            case LOGSUMEXP -> Float.isInfinite(top) ? top : top + Math.log(y);
            default -> y;
        };
    }
}
