package org.layerzoo.kernels;

import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.tensor.DType;

/** Names the kernels of this module. */
public final class Sources {
    private Sources() {}

    /** A kernel that computes in {@code dtype}. */
    public static GpuKernel of(String source, DType dtype, String function) {
        return new GpuKernel(
                Sources.class, source, dtype == DType.BOOL ? "u8" : dtype.name().toLowerCase(), function);
    }

    /** A kernel that only moves elements, or takes integers as bits with or without a sign. */
    public static GpuKernel moving(String source, DType dtype, String function) {
        return new GpuKernel(Sources.class, source, bits(dtype), function);
    }

    /** A kernel with a variant for each floating type and, by their bits, for integers and truth values. */
    public static GpuKernel numeric(String source, DType dtype, String function) {
        return dtype.isFloating() ? of(source, dtype, function) : moving(source, dtype, function);
    }

    private static String bits(DType dtype) {
        return switch (dtype.bytes()) {
            case 1 -> "u8";
            case 2 -> "u16";
            case 4 -> "u32";
            default -> "u64";
        };
    }
}
