package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/** Rows of F32 values to and from tensor memory of F32, BF16 or F16; an array of bits stands between for the last two, so that the loops vectorise. */
record StoredRows(MemorySegment memory, DType type, long at, long ld) implements Gemm.Sink {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final ThreadLocal<short[]> BITS = ThreadLocal.withInitial(() -> new short[0]);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    @Override
    public void block(int row, int rows, int column, int n, float[] c, int from, int ldc) {
        if (type == DType.F32 && n == 2 * L) {
            for (int r = 0; r < rows; r++) {
                long to = (at + (row + r) * ld + column) * 4;
                fromArray(S, c, from + r * ldc).intoMemorySegment(memory, to, ORDER);
                fromArray(S, c, from + r * ldc + L).intoMemorySegment(memory, to + 4 * L, ORDER);
            }
        } else {
            for (int r = 0; r < rows; r++) {
                store(c, from + r * ldc, memory, type, at + (row + r) * ld + column, n);
            }
        }
    }

    static void store(float[] src, int at, MemorySegment s, DType type, long to, int n) {
        if (type == DType.F32) {
            Floats.store(src, at, s, to, n);
            return;
        }
        short[] bits = bits(n);
        if (type == DType.BF16) {
            for (int i = 0; i < n; i++) {
                bits[i] = Elements.floatToBf16(src[at + i]);
            }
        } else {
            for (int i = 0; i < n; i++) {
                bits[i] = Float.floatToFloat16(src[at + i]);
            }
        }
        MemorySegment.copy(bits, 0, s, SHORT, to * 2, n);
    }

    static void load(MemorySegment s, DType type, long from, float[] dst, int at, int n) {
        if (type == DType.F32) {
            Floats.load(s, from, dst, at, n);
            return;
        }
        short[] bits = bits(n);
        MemorySegment.copy(s, SHORT, from * 2, bits, 0, n);
        if (type == DType.BF16) {
            for (int i = 0; i < n; i++) {
                dst[at + i] = Float.intBitsToFloat(bits[i] << 16);
            }
        } else {
            for (int i = 0; i < n; i++) {
                dst[at + i] = Float.float16ToFloat(bits[i]);
            }
        }
    }

    private static short[] bits(int n) {
        short[] b = BITS.get();
        if (b.length < n) {
            b = new short[n];
            BITS.set(b);
        }
        return b;
    }
}
