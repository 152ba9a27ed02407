package org.layerzoo.cpuvector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Runs an elementwise step over blocks that fit the first-level cache, inputs broadcast to the result's shape, in parallel pieces. */
public final class Blocks {
    /** Elements a step sees at once. */
    public static final int BLOCK = 2048;

    /** Elements of one task. */
    public static final long PIECE = 16 * BLOCK;

    private Blocks() {}

    /** Computes n results from the inputs' arrays and returns the array that holds them: {@code y}, or an input's that it has overwritten. */
    @FunctionalInterface
    public interface Step {
        Object apply(Object[] x, Object y, int n);
    }

    /** Fills {@code out}. @param cost element operations a result */
    public static Tensor map(Tensor out, List<Tensor> in, int cost, Step step) {
        int k = in.size();
        Broadcast[] patterns = new Broadcast[k];
        MemorySegment[] memory = new MemorySegment[k];
        ValueLayout[] layouts = new ValueLayout[k];
        for (int i = 0; i < k; i++) {
            patterns[i] = Broadcast.of(in.get(i).shape(), out.shape());
            memory[i] = in.get(i).segment();
            layouts[i] = layout(in.get(i).dtype());
        }
        MemorySegment to = out.segment();
        ValueLayout layout = layout(out.dtype());
        Workers.pieces(out.size(), PIECE, cost, (from, end) -> {
            try (Loan loan = Loan.open()) {
                Object[] x = new Object[k];
                for (int i = 0; i < k; i++) {
                    x[i] = array(loan, in.get(i).dtype());
                }
                Object y = array(loan, out.dtype());
                for (long at = from; at < end; at += BLOCK) {
                    int n = (int) Math.min(BLOCK, end - at);
                    for (int i = 0; i < k; i++) {
                        patterns[i].load(memory[i], layouts[i], at, n, x[i]);
                    }
                    MemorySegment.copy(step.apply(x, y, n), 0, to, layout, at * layout.byteSize(), n);
                }
            }
        });
        return out;
    }

    /** How elements of a dtype lie in memory; BF16 and F16 as their bits. */
    public static ValueLayout layout(DType t) {
        return switch (t) {
            case F32 -> ValueLayout.JAVA_FLOAT_UNALIGNED;
            case F64 -> ValueLayout.JAVA_DOUBLE_UNALIGNED;
            case I64 -> ValueLayout.JAVA_LONG_UNALIGNED;
            case I32 -> ValueLayout.JAVA_INT_UNALIGNED;
            case BF16, F16 -> ValueLayout.JAVA_SHORT_UNALIGNED;
            case BOOL -> ValueLayout.JAVA_BYTE;
        };
    }

    /** For one block, with room for a vector behind it. */
    private static Object array(Loan loan, DType t) {
        return switch (t) {
            case F32 -> loan.floats(BLOCK);
            case F64 -> loan.doubles(BLOCK);
            case I64 -> loan.longs(BLOCK);
            case I32 -> loan.ints(BLOCK);
            case BF16, F16 -> loan.shorts(BLOCK);
            case BOOL -> loan.bytes(BLOCK);
        };
    }

    /** The same, for whoever keeps it. */
    public static Object array(DType t) {
        int n = BLOCK + Width.LANES;
        return switch (t) {
            case F32 -> new float[n];
            case F64 -> new double[n];
            case I64 -> new long[n];
            case I32 -> new int[n];
            case BF16, F16 -> new short[n];
            case BOOL -> new byte[n];
        };
    }
}
