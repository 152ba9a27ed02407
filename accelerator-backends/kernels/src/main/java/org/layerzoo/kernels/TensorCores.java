package org.layerzoo.kernels;

import org.layerzoo.core.tensor.DType;

/**
 * Whether kernels that multiply by tensor cores (mma.h) run on a device: BF16 and F16 on compute capability 8.0 and newer. Elsewhere the
 * kernels for all devices compute the same. {@code -Dlayerzoo.tensorcores=none} turns them off, to compare.
 */
public final class TensorCores {
    private static final int OLDEST = 80;
    private static final boolean WANTED = !"none".equals(System.getProperty("layerzoo.tensorcores"));

    /** What {@link Plan#unit} says of ops that run on them. */
    public static final String NAME = "mma";

    private TensorCores() {}

    /** @param capability compute capability times ten; 0 for what is no CUDA device */
    public static boolean take(DType dtype, int capability) {
        return WANTED && capability >= OLDEST && (dtype == DType.BF16 || dtype == DType.F16);
    }
}
