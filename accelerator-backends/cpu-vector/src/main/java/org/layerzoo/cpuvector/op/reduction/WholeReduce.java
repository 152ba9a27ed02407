package org.layerzoo.cpuvector.op.reduction;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.cpuvector.Workers;

/** Reduction of truth values and I64 over the middle of [outer, n, inner] by plain loops, row after row. */
final class WholeReduce {
    private static final int COLUMNS = 1024;

    private WholeReduce() {}

    /** Whether the loop knows the kind; a mean of integers is none. */
    static boolean knows(ReduceKind kind, DType t) {
        return switch (kind) {
            case ANY, ALL -> t == DType.BOOL;
            case SUM, PROD, MAX, MIN -> t == DType.I64;
            case MEAN, LOGSUMEXP -> false;
        };
    }

    static void run(ReduceKind kind, DType t, MemorySegment x, int outer, int n, int inner, MemorySegment out) {
        int blocks = (inner + COLUMNS - 1) / COLUMNS;
        Workers.run(outer * blocks, (long) outer * n * inner, task -> {
            int column = task % blocks * COLUMNS;
            int o = task / blocks;
            long[] y = new long[Math.min(COLUMNS, inner - column)];
            Arrays.fill(y, neutral(kind));
            for (int i = 0; i < n; i++) {
                row(kind, t, x, ((long) o * n + i) * inner + column, y);
            }
            for (int c = 0; c < y.length; c++) {
                set(t, out, (long) o * inner + column + c, y[c]);
            }
        });
    }

    private static void row(ReduceKind kind, DType t, MemorySegment x, long at, long[] y) {
        for (int c = 0; c < y.length; c++) {
            long v = t == DType.BOOL
                    ? x.get(ValueLayout.JAVA_BYTE, at + c) != 0 ? 1 : 0
                    : x.get(ValueLayout.JAVA_LONG_UNALIGNED, (at + c) * 8);
            y[c] = switch (kind) {
                case PROD -> y[c] * v;
                case MAX, ANY -> Math.max(y[c], v);
                case MIN, ALL -> Math.min(y[c], v);
                default -> y[c] + v;
            };
        }
    }

    private static void set(DType t, MemorySegment out, long at, long v) {
        if (t == DType.BOOL) {
            out.set(ValueLayout.JAVA_BYTE, at, (byte) v);
        } else {
            out.set(ValueLayout.JAVA_LONG_UNALIGNED, at * 8, v);
        }
    }

    private static long neutral(ReduceKind kind) {
        return switch (kind) {
            case PROD, ALL -> 1;
            case MAX -> Long.MIN_VALUE;
            case MIN -> Long.MAX_VALUE;
            default -> 0;
        };
    }
}
