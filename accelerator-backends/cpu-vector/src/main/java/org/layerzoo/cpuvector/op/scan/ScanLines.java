package org.layerzoo.cpuvector.op.scan;

import java.lang.foreign.MemorySegment;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/**
 * Lines along the time axis of a tensor, cut into tasks of neighbouring columns.
 *
 * @param n tokens of a line
 * @param inner columns, elements between one token and the next
 */
record ScanLines(int outer, int n, int inner, boolean reverse) {
    /** Tokens that are read at once. */
    static final int SPAN = 16;
    /** Columns of a task: its rows of a span stay in the first-level cache. */
    private static final int COLUMNS = 256;

    static ScanLines of(int axis, boolean reverse, Shape s) {
        int inner = Math.toIntExact(s.product(axis + 1, s.rank()));
        return new ScanLines(Math.toIntExact(s.product(0, axis)), s.dim(axis), inner, reverse);
    }

    private int columns() {
        return (inner + COLUMNS - 1) / COLUMNS;
    }

    int tasks() {
        return outer * columns();
    }

    Task task(int t) {
        int from = t % columns() * COLUMNS;
        return new Task(this, t / columns(), from, Math.min(COLUMNS, inner - from));
    }

    /** Columns from .. from + width - 1 of a line; steps are counted in the direction of the scan. */
    record Task(ScanLines lines, int line, int from, int width) {
        /** Floats between rows of an array: whole vectors. */
        int stride() {
            return Width.roundUp(width);
        }

        /** Where the columns begin in a tensor without the time axis. */
        long state() {
            return (long) line * lines.inner + from;
        }

        private long at(int step) {
            int token = lines.reverse ? lines.n - 1 - step : step;
            return ((long) line * lines.n + token) * lines.inner + from;
        }

        void load(MemorySegment m, int step, int count, float[] to) {
            for (int i = 0; i < count; i++) {
                row(m, step + i, to, i);
            }
        }

        void row(MemorySegment m, int step, float[] to, int i) {
            Floats.load(m, at(step), to, i * stride(), width);
        }

        void store(float[] x, int step, int count, MemorySegment m) {
            for (int i = 0; i < count; i++) {
                Floats.store(x, i * stride(), m, at(step + i), width);
            }
        }
    }
}
