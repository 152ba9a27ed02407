package org.layerzoo.cpuvector.op.dense;

import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.Gemm;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** Adds rows of stored numbers, {@code ld} apart, to finished blocks of a product, which are first rounded to the numbers' dtype. */
record Residual(MemorySegment memory, DType type, int ld, Gemm.Sink next) implements Gemm.Sink {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final Scratch ROW = new Scratch();

    @Override
    public void block(int row, int rows, int column, int n, float[] c, int from, int ldc) {
        if (type == DType.F32 && n == 2 * L) {
            for (int r = 0; r < rows; r++) {
                long at = ((long) (row + r) * ld + column) * 4;
                int to = from + r * ldc;
                fromArray(S, c, to).add(fromMemorySegment(S, memory, at, ORDER)).intoArray(c, to);
                fromArray(S, c, to + L)
                        .add(fromMemorySegment(S, memory, at + 4 * L, ORDER))
                        .intoArray(c, to + L);
            }
        } else {
            float[] line = ROW.floats(n);
            for (int r = 0; r < rows; r++) {
                int to = from + r * ldc;
                Gemm.round(c, to, type, n);
                Gemm.load(memory, type, (long) (row + r) * ld + column, line, n);
                RowLoops.axpy(1f, line, 0, c, to, n);
            }
        }
        next.block(row, rows, column, n, c, from, ldc);
    }

    /** The sum of as many stored numbers. */
    static void add(Tensor a, Tensor b, TensorSpec spec, MemorySegment out) {
        DType type = spec.dtype();
        MemorySegment x = a.segment(), y = b.segment();
        Workers.pieces(spec.shape().size(), Blocks.PIECE, 1, (from, end) -> {
            try (Loan loan = Loan.open()) {
                float[] v = loan.floats(Blocks.BLOCK), w = loan.floats(Blocks.BLOCK);
                for (long at = from; at < end; at += Blocks.BLOCK) {
                    int n = (int) Math.min(Blocks.BLOCK, end - at);
                    Gemm.load(x, type, at, v, n);
                    Gemm.load(y, type, at, w, n);
                    RowLoops.axpy(1f, w, 0, v, 0, n);
                    Gemm.store(v, out, type, at, n);
                }
            }
        });
    }
}
