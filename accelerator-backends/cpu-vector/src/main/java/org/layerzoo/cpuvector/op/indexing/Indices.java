package org.layerzoo.cpuvector.op.indexing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;

/** Numbers of an index, each checked to be one of 0..n-1 by the task that reads it. */
record Indices(Primitive op, Tensor index, MemorySegment memory, int n) {
    Indices(Primitive op, Tensor index, int n) {
        this(op, index, index.segment(), n);
    }

    /** The elements from .. from + count - 1. @param wide room for as many */
    void load(long from, int count, long[] wide, int[] to) {
        load(from, 1, count, count, wide, to);
    }

    /** Rows of {@code width} elements, one after another, whose firsts are {@code stride} apart. */
    void load(long from, int rows, int width, long stride, long[] wide, int[] to) {
        int runs = stride == width ? 1 : rows;
        int run = rows * width / runs;
        for (int r = 0; r < runs; r++) {
            MemorySegment.copy(memory, ValueLayout.JAVA_LONG_UNALIGNED, (from + r * stride) * 8, wide, r * run, run);
        }
        int count = rows * width;
        long bad = 0;
        for (int i = 0; i < count; i++) {
            bad |= wide[i] | (n - 1 - wide[i]);
        }
        if (bad < 0) {
            // names the first one of the whole index
            Targets.checked(op, index, n);
        }
        for (int i = 0; i < count; i++) {
            to[i] = (int) wide[i];
        }
    }
}
