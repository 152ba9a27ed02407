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

    /** A kernel that only moves elements, whatever they mean. */
    public static GpuKernel moving(String source, DType dtype, String function) {
        return new GpuKernel(Sources.class, source, "u" + 8 * dtype.bytes(), function);
    }
}
