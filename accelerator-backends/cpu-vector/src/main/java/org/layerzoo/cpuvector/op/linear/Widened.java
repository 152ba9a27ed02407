package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;

/** F32 copies of BF16 and F16 parts of matrices, in memory that each thread keeps. */
final class Widened {
    private static final ThreadLocal<MemorySegment> MEMORY = ThreadLocal.withInitial(() -> MemorySegment.NULL);
    private static final Scratch ROW = new Scratch();

    private Widened() {}

    /** The matrix itself where it is F32, else the copy of its first rows by columns as stored; it lasts until the thread asks again. */
    static Gemm.Matrix of(Gemm.Matrix x, int rows, int columns) {
        if (x.type() == DType.F32) {
            return x;
        }
        MemorySegment to = memory((long) rows * columns);
        float[] row = ROW.floats(columns);
        for (int i = 0; i < rows; i++) {
            StoredRows.load(x.memory(), x.type(), x.at() + i * x.ld(), row, 0, columns);
            Floats.store(row, 0, to, (long) i * columns, columns);
        }
        return new Gemm.Matrix(to, DType.F32, 0, columns, x.transposed());
    }

    /** At least so many floats that the thread keeps until it asks again. */
    static MemorySegment memory(long floats) {
        MemorySegment m = MEMORY.get();
        if (m.byteSize() < 4 * floats) {
            m = Arena.ofAuto().allocate(4 * floats, 64);
            MEMORY.set(m);
        }
        return m;
    }
}
