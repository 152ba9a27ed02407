package org.layerzoo.cpuvector.op.reduction;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Reduction over the middle of [outer, n, inner]: rows are joined lane by lane; sums of 16 rows meet in double precision, in order. */
final class ColumnReduce {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int COLUMNS = 1024;
    private static final int GROUP = 16;
    /** Rows a task takes; results of the tasks of one column are joined in row order. */
    private static final int ROWS = 4096;

    private ColumnReduce() {}

    static void run(ReduceKind kind, MemorySegment x, long outer, long n, long inner, MemorySegment out) {
        int columnTasks = Math.toIntExact((inner + COLUMNS - 1) / COLUMNS);
        int rowTasks = Math.toIntExact((n + ROWS - 1) / ROWS);
        for (long base = 0; base < outer; base += 4096) {
            int here = (int) Math.min(4096, outer - base);
            long first = base;
            try (Loan loan = Loan.open()) {
                int width = (int) Math.min(COLUMNS, inner);
                double[] parts = loan.doubles(here * columnTasks * rowTasks * width);
                Workers.run(here * columnTasks * rowTasks, here * n * inner, t -> {
                    long o = first + t / (columnTasks * rowTasks);
                    int c = t / rowTasks % columnTasks * COLUMNS;
                    long r = (long) (t % rowTasks) * ROWS;
                    int rows = (int) Math.min(ROWS, n - r);
                    int count = (int) Math.min(COLUMNS, inner - c);
                    part(kind, x, o * n * inner + r * inner + c, inner, rows, parts, t * width, count);
                });
                for (int t = 0; t < here * columnTasks; t++) {
                    int count = (int) Math.min(COLUMNS, inner - (long) (t % columnTasks) * COLUMNS);
                    join(kind, parts, t * rowTasks * width, rowTasks, width, count);
                    long at = (base + t / columnTasks) * inner + (long) (t % columnTasks) * COLUMNS;
                    store(kind, parts, t * rowTasks * width, count, n, out, at);
                }
            }
        }
    }

    private static void join(ReduceKind kind, double[] parts, int first, int tasks, int apart, int count) {
        for (int p = 1; p < tasks; p++) {
            for (int i = 0; i < count; i++) {
                parts[first + i] = RowReduce.join(kind, parts[first + i], parts[first + p * apart + i]);
            }
        }
    }

    private static void store(ReduceKind kind, double[] y, int from, int count, long n, MemorySegment out, long at) {
        for (int i = 0; i < count; i++) {
            Floats.set(out, at + i, (float) (kind == ReduceKind.MEAN ? y[from + i] / n : y[from + i]));
        }
    }

    private static void part(
            ReduceKind kind, MemorySegment x, long at, long stride, int rows, double[] total, int to, int width) {
        Arrays.fill(total, to, to + width, RowReduce.neutral(kind));
        try (Loan loan = Loan.open()) {
            float[] acc = loan.floats(width);
            float[] row = loan.floats(width);
            // A product of a group may leave the range of floats.
            int group = kind == ReduceKind.PROD ? 1 : GROUP;
            for (int r = 0; r < rows; r += group) {
                Floats.load(x, at + r * stride, acc, 0, width);
                for (int g = 1; g < Math.min(group, rows - r); g++) {
                    Floats.load(x, at + (r + g) * stride, row, 0, width);
                    switch (kind) {
                        case MAX -> max(acc, row, width);
                        case MIN -> min(acc, row, width);
                        default -> add(acc, row, width);
                    }
                }
                for (int i = 0; i < width; i++) {
                    total[to + i] = RowReduce.join(kind, total[to + i], acc[i]);
                }
            }
        }
    }

    private static void add(float[] acc, float[] row, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, acc, i).add(fromArray(S, row, i)).intoArray(acc, i);
        }
    }

    private static void max(float[] acc, float[] row, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, acc, i).max(fromArray(S, row, i)).intoArray(acc, i);
        }
    }

    private static void min(float[] acc, float[] row, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, acc, i).min(fromArray(S, row, i)).intoArray(acc, i);
        }
    }
}
