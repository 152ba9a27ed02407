package org.layerzoo.cpuvector.op.indexing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Workers;

/**
 * Elements written or added along an axis. Tasks are lines that never meet, and each takes its elements in index order, so
 * that the last duplicate wins and sums have one order for any count of threads.
 */
final class ScatterKernel {
    /** Columns of a line that a task takes at most. */
    private static final int COLUMNS = 256;

    private ScatterKernel() {}

    /** Elements of src, from the column (inclusive) to the end (exclusive) of one outer position. */
    @FunctionalInterface
    private interface Block {
        void run(int outer, int column, int end);
    }

    private static void blocks(Targets t, int columns, Block body) {
        int inner = t.lines().inner();
        int each = (inner + columns - 1) / columns;
        Workers.run(
                t.lines().outer() * each,
                t.lines().size() * 2,
                i -> body.run(i / each, i % each * columns, Math.min(inner, (i % each + 1) * columns)));
    }

    static Tensor set(Primitive.ScatterSet op, Tensor base, Tensor index, Tensor src) {
        int[] at = Targets.checked(op, index, base.dim(op.axis()));
        Targets t = Targets.of(base.shape(), index.shape(), op.axis());
        Tensor out = copy(base);
        MemorySegment from = src.segment();
        MemorySegment to = out.segment();
        int bytes = base.dtype().bytes();
        int n = t.lines().n();
        int inner = t.lines().inner();
        blocks(t, COLUMNS, (o, column, end) -> {
            for (int j = 0; j < n; j++) {
                int row = (o * n + j) * inner;
                for (int i = column; i < end; i++) {
                    long target = t.outer()[o] + at[row + i] * t.step() + t.inner()[i];
                    GatherKernel.move(from, row + i, to, target, bytes);
                }
            }
        });
        return out;
    }

    private static Tensor copy(Tensor base) {
        Tensor out = Tensor.allocate(base.spec());
        out.segment().copyFrom(base.segment());
        return out;
    }

    static Tensor add(Primitive.ScatterAdd op, Tensor base, Tensor index, Tensor src) {
        int[] at = Targets.checked(op, index, base.dim(op.axis()));
        Targets t = Targets.of(base.shape(), index.shape(), op.axis());
        Tensor out = copy(base);
        if (base.dtype() == DType.I64) {
            blocks(t, COLUMNS, (o, column, end) -> addLongs(src.segment(), at, t, o, column, end, out.segment()));
        } else {
            int length = base.dim(op.axis());
            // sums of one task in double: at most 8 MB
            int columns = Math.clamp((1 << 20) / Math.max(1, length), 1, COLUMNS);
            blocks(t, columns, (o, column, end) -> {
                double[] sums = loadSums(out.segment(), t, length, o, column, end);
                addFloats(src.segment(), at, t, o, column, end, sums);
                storeSums(sums, out.segment(), t, length, o, column, end);
            });
        }
        return out;
    }

    private static void addLongs(MemorySegment s, int[] at, Targets t, int o, int column, int end, MemorySegment out) {
        int n = t.lines().n();
        int inner = t.lines().inner();
        for (int j = 0; j < n; j++) {
            int row = (o * n + j) * inner;
            for (int i = column; i < end; i++) {
                long target = (t.outer()[o] + at[row + i] * t.step() + t.inner()[i]) * 8;
                long sum = out.get(ValueLayout.JAVA_LONG_UNALIGNED, target)
                        + s.get(ValueLayout.JAVA_LONG_UNALIGNED, (row + i) * 8L);
                out.set(ValueLayout.JAVA_LONG_UNALIGNED, target, sum);
            }
        }
    }

    private static double[] loadSums(MemorySegment m, Targets t, int length, int o, int column, int end) {
        int width = end - column;
        double[] sums = new double[length * width];
        for (int e = 0; e < sums.length; e++) {
            sums[e] = Floats.get(m, t.outer()[o] + e / width * t.step() + t.inner()[column + e % width]);
        }
        return sums;
    }

    private static void addFloats(MemorySegment s, int[] at, Targets t, int o, int column, int end, double[] sums) {
        int n = t.lines().n();
        int inner = t.lines().inner();
        int width = end - column;
        for (int j = 0; j < n; j++) {
            int row = (o * n + j) * inner;
            for (int i = column; i < end; i++) {
                sums[at[row + i] * width + i - column] += Floats.get(s, row + i);
            }
        }
    }

    private static void storeSums(double[] sums, MemorySegment m, Targets t, int length, int o, int column, int end) {
        int width = end - column;
        for (int e = 0; e < sums.length; e++) {
            long target = t.outer()[o] + e / width * t.step() + t.inner()[column + e % width];
            Floats.set(m, target, (float) sums[e]);
        }
    }
}
