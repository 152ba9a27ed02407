package org.layerzoo.cpuvector.op.reduction;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.cpuvector.Floats;
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
            double[][] parts = new double[here * columnTasks * rowTasks][];
            long first = base;
            Workers.run(parts.length, here * n * inner, t -> {
                long o = first + t / (columnTasks * rowTasks);
                int c = t / rowTasks % columnTasks * COLUMNS;
                long r = (long) (t % rowTasks) * ROWS;
                int width = (int) Math.min(COLUMNS, inner - c);
                parts[t] = part(kind, x, o * n * inner + r * inner + c, inner, (int) Math.min(ROWS, n - r), width);
            });
            for (int t = 0; t < parts.length; t += rowTasks) {
                join(kind, parts, t, rowTasks);
                store(
                        kind,
                        parts[t],
                        n,
                        out,
                        (base + t / (columnTasks * rowTasks)) * inner + (long) (t / rowTasks % columnTasks) * COLUMNS);
            }
        }
    }

    private static void join(ReduceKind kind, double[][] parts, int first, int count) {
        for (int p = 1; p < count; p++) {
            for (int i = 0; i < parts[first].length; i++) {
                parts[first][i] = RowReduce.join(kind, parts[first][i], parts[first + p][i]);
            }
        }
    }

    private static void store(ReduceKind kind, double[] y, long n, MemorySegment out, long at) {
        float[] f = new float[y.length];
        for (int i = 0; i < f.length; i++) {
            f[i] = (float) (kind == ReduceKind.MEAN ? y[i] / n : y[i]);
        }
        Floats.store(f, 0, out, at, f.length);
    }

    private static double[] part(ReduceKind kind, MemorySegment x, long at, long stride, int rows, int width) {
        double[] total = new double[width];
        Arrays.fill(total, RowReduce.neutral(kind));
        float[] acc = new float[width + L];
        float[] row = new float[width + L];
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
                total[i] = RowReduce.join(kind, total[i], acc[i]);
            }
        }
        return total;
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
