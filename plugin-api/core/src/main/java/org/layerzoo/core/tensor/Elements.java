package org.layerzoo.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads and writes single elements of any dtype as double or long; rounding to BF16 and F16 is half to even. */
public final class Elements {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

    private Elements() {}

    public static double get(MemorySegment s, DType t, long i) {
        return switch (t) {
            case F32 -> s.get(F32, i * 4);
            case F64 -> s.get(F64, i * 8);
            case BF16 -> bf16ToFloat(s.get(I16, i * 2));
            case F16 -> Float.float16ToFloat(s.get(I16, i * 2));
            case I64 -> s.get(I64, i * 8);
            case I32 -> s.get(I32, i * 4);
            case BOOL -> s.get(ValueLayout.JAVA_BYTE, i) != 0 ? 1 : 0;
        };
    }

    public static void set(MemorySegment s, DType t, long i, double v) {
        switch (t) {
            case F32 -> s.set(F32, i * 4, (float) v);
            case F64 -> s.set(F64, i * 8, v);
            case BF16 -> s.set(I16, i * 2, floatToBf16((float) v));
            case F16 -> s.set(I16, i * 2, Float.floatToFloat16((float) v));
            case I64 -> s.set(I64, i * 8, (long) v);
            case I32 -> s.set(I32, i * 4, (int) v);
            case BOOL -> s.set(ValueLayout.JAVA_BYTE, i, (byte) (v != 0 ? 1 : 0));
        }
    }

    public static long getLong(MemorySegment s, DType t, long i) {
        return t == DType.I64 ? s.get(I64, i * 8) : (long) get(s, t, i);
    }

    public static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    public static short floatToBf16(float v) {
        int bits = Float.floatToRawIntBits(v);
        if (Float.isNaN(v)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }
}
