package org.layerzoo.cpuvector.op.linear;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Workers;

/**
 * c = a b of matrices in tensor memory, stored as F32, BF16 or F16 and accumulated in F32, in parallel. The way depends on the problem alone:
 * few rows read b once and unpacked ({@link RowTimesMatrix}); a small c over a long k is summed from parts of k; all else
 * goes by packed blocks ({@link BlockProduct}). An element's additions have one order, whatever the number of threads.
 */
public final class Gemm {
    /** Parts of k begin to pay where c has fewer elements than this. */
    private static final int FEW_ELEMENTS = 1 << 17;

    private static final int PART = 1024;
    private static final int MOST_PARTS = 16;
    private static final Scratch PARTS = new Scratch();

    private Gemm() {}

    /** A matrix in tensor memory: element (0, 0) at {@code at}, stored rows {@code ld} elements apart, stored transposed or not. */
    public record Matrix(MemorySegment memory, DType type, long at, long ld, boolean transposed) {
        public static Matrix of(Tensor t, long at, long ld, boolean transposed) {
            return new Matrix(t.segment(), t.dtype(), at, ld, transposed);
        }

        /** The part that begins at (row, column). */
        Matrix from(long row, long column) {
            long offset = transposed ? column * ld + row : row * ld + column;
            return new Matrix(memory, type, at + offset, ld, transposed);
        }
    }

    /** Takes finished blocks of c; they lie in an array and may be changed there. */
    @FunctionalInterface
    public interface Sink {
        /** Rows by n elements from (row, column) on, in {@code c} from {@code from} on with rows ldc apart. */
        void block(int row, int rows, int column, int n, float[] c, int from, int ldc);
    }

    /** Writes rows ld apart, rounded to the tensor's dtype. */
    public static Sink into(Tensor out, long at, long ld) {
        return into(out.segment(), out.dtype(), at, ld);
    }

    /** The same in memory of that dtype. */
    public static Sink into(MemorySegment out, DType type, long at, long ld) {
        return new StoredRows(out, type, at, ld);
    }

    /** Numbers of F32, BF16 or F16 as F32. */
    public static void load(MemorySegment s, DType type, long from, float[] dst, int n) {
        StoredRows.load(s, type, from, dst, 0, n);
    }

    /** The reverse, rounded. */
    public static void store(float[] src, MemorySegment s, DType type, long to, int n) {
        StoredRows.store(src, 0, s, type, to, n);
    }

    /** Rounds to what storing in that dtype and reading again gives. */
    public static void round(float[] v, int at, DType type, int n) {
        for (int i = at; i < at + n && type != DType.F32; i++) {
            v[i] = type == DType.BF16
                    ? Float.intBitsToFloat(Elements.floatToBf16(v[i]) << 16)
                    : Float.float16ToFloat(Float.floatToFloat16(v[i]));
        }
    }

    /** a [m, k] b [k, n]. */
    public static void product(Matrix a, Matrix b, int m, int k, int n, Sink sink) {
        if (m == 0 || n == 0) {
            return;
        }
        if (k == 0) {
            sink.block(0, m, 0, n, new float[m * n], 0, n);
        } else if (m <= RowTimesMatrix.FEW) {
            RowTimesMatrix.run(a, b, m, k, n, sink);
        } else if (InPlace.fits(a, b, m, k, sink)) {
            InPlace.run(a, b, m, k, n, sink);
        } else if (k >= 2 * PART && (long) m * n < FEW_ELEMENTS) {
            parts(a, b, m, k, n, sink);
        } else {
            BlockProduct.run(a, b, m, k, n, sink);
        }
    }

    private static void parts(Matrix a, Matrix b, int m, int k, int n, Sink sink) {
        int count = Math.min(MOST_PARTS, k / PART);
        int depth = (k + count - 1) / count;
        int size = m * n;
        float[] sums = PARTS.floats(count * size);
        Workers.run(count, 2L * m * k * n, t -> {
            int from = t * depth;
            int steps = Math.min(depth, k - from);
            Sink part = (row, rows, column, w, c, at, ldc) -> {
                for (int r = 0; r < rows; r++) {
                    System.arraycopy(c, at + r * ldc, sums, t * size + (row + r) * n + column, w);
                }
            };
            if (steps > 0) {
                BlockProduct.run(a.from(0, from), b.from(from, 0), m, steps, n, part);
            } else {
                Arrays.fill(sums, t * size, (t + 1) * size, 0f);
            }
        });
        for (int t = 1; t < count; t++) {
            for (int i = 0; i < size; i++) {
                sums[i] += sums[t * size + i];
            }
        }
        sink.block(0, m, 0, n, sums, 0, n);
    }
}
