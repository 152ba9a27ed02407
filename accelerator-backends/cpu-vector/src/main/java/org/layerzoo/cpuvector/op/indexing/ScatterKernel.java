package org.layerzoo.cpuvector.op.indexing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Elements written or added along an axis. Tasks are lines that never meet, and each takes its elements in index order, so
 * that the last duplicate wins and sums have one order for any count of threads.
 */
final class ScatterKernel {
    /** Columns of a line that a task takes at most. */
    private static final int COLUMNS = 256;
    /** Elements whose indices are read at once. */
    private static final int SPAN = 1024;
    /** Most sums of a task. */
    private static final int SUMS = 1 << 20;
    /** Columns that a task takes at least: a cache line of them. */
    private static final int LINE = 16;

    private ScatterKernel() {}

    /** Elements of src, from the column (inclusive) to the end (exclusive) of one outer position. */
    @FunctionalInterface
    private interface Block {
        void run(int outer, int column, int end);
    }

    /** Some rows of a block: their picks one after another, and the column of each in the block. */
    @FunctionalInterface
    private interface Run {
        void run(long first, int rows, int[] picks, int[] columns);
    }

    private static void blocks(Targets t, int columns, Block body) {
        int inner = t.lines().inner();
        int each = (inner + columns - 1) / columns;
        Workers.run(
                t.lines().outer() * each,
                t.lines().size() * 2,
                i -> body.run(i / each, i % each * columns, Math.min(inner, (i % each + 1) * columns)));
    }

    /** All rows of a block in their order, as many at a time as fill the room. */
    private static void runs(Targets t, Indices at, int o, int column, int end, Loan loan, Run body) {
        int inner = t.lines().inner();
        int n = t.lines().n();
        int width = end - column;
        int rows = Math.max(1, Math.min(SPAN / width, n));
        int[] columns = loan.ints(rows * width);
        for (int i = 0; i < rows * width; i++) {
            columns[i] = i % width;
        }
        int[] picks = loan.ints(rows * width);
        long[] wide = loan.longs(rows * width);
        for (int j = 0; j < n; j += rows) {
            long first = ((long) o * n + j) * inner + column;
            int count = Math.min(rows, n - j);
            at.load(first, count, width, inner, wide, picks);
            body.run(first, count, picks, columns);
        }
    }

    static Tensor set(Primitive.ScatterSet op, Tensor base, Tensor index, Tensor src) {
        Targets t = Targets.of(base.shape(), index.shape(), op.axis());
        Indices at = new Indices(op, index, base.dim(op.axis()));
        Tensor out = copy(base);
        MemorySegment from = src.segment();
        MemorySegment to = out.segment();
        int bytes = base.dtype().bytes();
        long inner = t.lines().inner();
        blocks(t, COLUMNS, (o, column, end) -> {
            try (Loan loan = Loan.open()) {
                int width = end - column;
                runs(t, at, o, column, end, loan, (first, rows, picks, columns) -> {
                    for (int i = 0; i < rows * width; i++) {
                        long target = t.outer()[o] + picks[i] * t.step() + t.inner()[column + columns[i]];
                        GatherKernel.move(from, first + i / width * inner + columns[i], to, target, bytes);
                    }
                });
            }
        });
        return out;
    }

    private static Tensor copy(Tensor base) {
        Tensor out = Tensor.allocate(base.spec());
        MemorySegment from = base.segment();
        MemorySegment to = out.segment();
        Workers.pieces(to.byteSize(), 1 << 20, 1, (a, b) -> MemorySegment.copy(from, a, to, a, b - a));
        return out;
    }

    static Tensor add(Primitive.ScatterAdd op, Tensor base, Tensor index, Tensor src) {
        Targets t = Targets.of(base.shape(), index.shape(), op.axis());
        Indices at = new Indices(op, index, base.dim(op.axis()));
        Tensor out = copy(base);
        if (base.dtype() == DType.I64) {
            addLongs(at, t, src.segment(), out.segment());
        } else {
            int length = base.dim(op.axis());
            // A column's sums are the same in any task, so a task may be a thread's share.
            int share = Math.toIntExact(((long) t.lines().lines() + Workers.threads() - 1) / Workers.threads());
            int columns = Math.clamp(SUMS / Math.max(1, length), 1, Math.clamp(share, LINE, COLUMNS));
            addFloats(at, t, length, columns, src.segment(), out.segment());
        }
        return out;
    }

    private static void addLongs(Indices at, Targets t, MemorySegment s, MemorySegment out) {
        long inner = t.lines().inner();
        blocks(t, COLUMNS, (o, column, end) -> {
            try (Loan loan = Loan.open()) {
                int width = end - column;
                runs(t, at, o, column, end, loan, (first, rows, picks, columns) -> {
                    for (int i = 0; i < rows * width; i++) {
                        long target = (t.outer()[o] + picks[i] * t.step() + t.inner()[column + columns[i]]) * 8;
                        long source = (first + i / width * inner + columns[i]) * 8;
                        long sum = out.get(ValueLayout.JAVA_LONG_UNALIGNED, target)
                                + s.get(ValueLayout.JAVA_LONG_UNALIGNED, source);
                        out.set(ValueLayout.JAVA_LONG_UNALIGNED, target, sum);
                    }
                });
            }
        });
    }

    private static void addFloats(Indices at, Targets t, int length, int columns, MemorySegment s, MemorySegment out) {
        blocks(t, columns, (o, column, end) -> {
            int width = end - column;
            try (Loan loan = Loan.open()) {
                double[] sums = loan.doubles(length * width);
                loadSums(out, t, length, o, column, width, sums);
                float[] v = loan.floats(SPAN);
                runs(t, at, o, column, end, loan, (first, rows, picks, places) -> {
                    loadRows(s, first, rows, width, t.lines().inner(), v);
                    sum(v, rows * width, picks, places, width, sums);
                });
                storeSums(sums, out, t, length, o, column, width);
            }
        });
    }

    private static void loadRows(MemorySegment s, long first, int rows, int width, long stride, float[] v) {
        int runs = stride == width ? 1 : rows;
        int run = rows * width / runs;
        for (int r = 0; r < runs; r++) {
            Floats.load(s, first + r * stride, v, r * run, run);
        }
    }

    private static void sum(float[] v, int n, int[] picks, int[] columns, int width, double[] sums) {
        for (int i = 0; i < n; i++) {
            sums[picks[i] * width + columns[i]] += v[i];
        }
    }

    private static void loadSums(MemorySegment m, Targets t, int length, int o, int column, int width, double[] sums) {
        for (int r = 0; r < length; r++) {
            long row = t.outer()[o] + r * t.step();
            for (int i = 0; i < width; i++) {
                sums[r * width + i] = Floats.get(m, row + t.inner()[column + i]);
            }
        }
    }

    private static void storeSums(double[] sums, MemorySegment m, Targets t, int length, int o, int column, int width) {
        for (int r = 0; r < length; r++) {
            long row = t.outer()[o] + r * t.step();
            for (int i = 0; i < width; i++) {
                Floats.set(m, row + t.inner()[column + i], (float) sums[r * width + i]);
            }
        }
    }
}
