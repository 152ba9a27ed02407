package org.layerzoo.cpuvector.op.reduction;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** Reduction of F64 over the middle of [outer, n, inner] by plain loops in index order, so with the reference's bits. */
final class DoubleReduce {
    private static final ValueLayout.OfDouble LAYOUT = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final int COLUMNS = 512;
    /** Elements of a row that are read at once. */
    private static final int SPAN = 2048;

    private DoubleReduce() {}

    static boolean knows(ReduceKind kind) {
        return switch (kind) {
            case SUM, MEAN, PROD, MAX, MIN -> true;
            case ANY, ALL, LOGSUMEXP -> false;
        };
    }

    static void run(ReduceKind kind, MemorySegment x, long outer, long n, long inner, MemorySegment out) {
        if (inner == 1) {
            Workers.pieces(outer, Math.max(1, SPAN / n), n, (from, end) -> {
                try (Loan loan = Loan.open()) {
                    double[] v = loan.doubles(SPAN);
                    for (long r = from; r < end; r++) {
                        out.set(LAYOUT, r * 8, finished(kind, row(kind, x, r * n, n, v), n));
                    }
                }
            });
            return;
        }
        long blocks = (inner + COLUMNS - 1) / COLUMNS;
        Workers.pieces(outer * blocks, 1, n * Math.min(inner, COLUMNS), (from, end) -> {
            for (long t = from; t < end; t++) {
                long column = t % blocks * COLUMNS;
                int width = (int) Math.min(COLUMNS, inner - column);
                columns(kind, x, t / blocks * n * inner + column, n, inner, width, out, t / blocks * inner + column);
            }
        });
    }

    private static double row(ReduceKind kind, MemorySegment x, long at, long n, double[] v) {
        double y = RowReduce.neutral(kind);
        for (long i = 0; i < n; i += SPAN) {
            int count = (int) Math.min(SPAN, n - i);
            MemorySegment.copy(x, LAYOUT, (at + i) * 8, v, 0, count);
            y = switch (kind) {
                case MAX -> max(y, v, count);
                case MIN -> min(y, v, count);
                case PROD -> product(y, v, count);
                default -> sum(y, v, count);
            };
        }
        return y;
    }

    private static double sum(double start, double[] v, int n) {
        double y = start;
        for (int i = 0; i < n; i++) {
            y += v[i];
        }
        return y;
    }

    private static double product(double start, double[] v, int n) {
        double y = start;
        for (int i = 0; i < n; i++) {
            y *= v[i];
        }
        return y;
    }

    private static double max(double start, double[] v, int n) {
        double y = start;
        for (int i = 0; i < n; i++) {
            y = Math.max(y, v[i]);
        }
        return y;
    }

    private static double min(double start, double[] v, int n) {
        double y = start;
        for (int i = 0; i < n; i++) {
            y = Math.min(y, v[i]);
        }
        return y;
    }

    private static void columns(
            ReduceKind kind, MemorySegment x, long at, long n, long stride, int width, MemorySegment out, long to) {
        try (Loan loan = Loan.open()) {
            double[] y = loan.doubles(width);
            double[] v = loan.doubles(width);
            Arrays.fill(y, 0, width, RowReduce.neutral(kind));
            for (long i = 0; i < n; i++) {
                MemorySegment.copy(x, LAYOUT, (at + i * stride) * 8, v, 0, width);
                join(kind, y, v, width);
            }
            for (int c = 0; c < width; c++) {
                y[c] = finished(kind, y[c], n);
            }
            MemorySegment.copy(y, 0, out, LAYOUT, to * 8, width);
        }
    }

    private static void join(ReduceKind kind, double[] y, double[] v, int n) {
        for (int c = 0; c < n; c++) {
            y[c] = switch (kind) {
                case MAX -> Math.max(y[c], v[c]);
                case MIN -> Math.min(y[c], v[c]);
                case PROD -> y[c] * v[c];
                default -> y[c] + v[c];
            };
        }
    }

    private static double finished(ReduceKind kind, double y, long n) {
        return kind == ReduceKind.MEAN ? y / n : y;
    }
}
