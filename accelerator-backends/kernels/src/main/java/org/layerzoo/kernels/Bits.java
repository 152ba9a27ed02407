package org.layerzoo.kernels;

import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;

/** The bits of a number in a dtype, for kernels that only move elements. */
public final class Bits {
    private Bits() {}

    /** In the lowest bytes; rounded as a tensor's element is. */
    public static long of(DType dtype, double value) {
        return switch (dtype) {
            case F32 -> Float.floatToRawIntBits((float) value);
            case F64 -> Double.doubleToRawLongBits(value);
            case BF16 -> Elements.floatToBf16((float) value);
            case F16 -> Float.floatToFloat16((float) value);
            case I64 -> (long) value;
            case I32 -> (int) value;
            case BOOL -> value != 0 ? 1 : 0;
        };
    }
}
