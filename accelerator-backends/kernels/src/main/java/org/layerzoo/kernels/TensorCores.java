package org.layerzoo.kernels;

import org.layerzoo.core.tensor.DType;

/**
 * Whether kernels that multiply by tensor cores (mma.h) run on a device: BF16 and F16 on compute capability 8.0 and newer. Elsewhere the
 * kernels for all devices compute the same. {@code -Dlayerzoo.tensorcores=none} turns them off, to compare;
 * {@code =wgmma} takes Hopper's own instruction where there is a kernel for it, which nothing but a Hopper device can check.
 */
public final class TensorCores {
    private static final int OLDEST = 80;
    /** Code for 9.0a runs on this capability alone. */
    private static final int HOPPER = 90;

    private static final String ASKED = System.getProperty("layerzoo.tensorcores", "mma");

    /** What {@link Plan#unit} says of ops that run on them. */
    public static final String NAME = "mma";

    /** Likewise, of those that run on Hopper's own instruction. */
    public static final String HOPPER_NAME = "wgmma";

    private TensorCores() {}

    /** @param capability compute capability times ten; 0 for what is no CUDA device */
    public static boolean take(DType dtype, int capability) {
        return !ASKED.equals("none") && capability >= OLDEST && (dtype == DType.BF16 || dtype == DType.F16);
    }

    /** Whether kernels for Hopper's own instruction are asked for and run on the device. */
    public static boolean hopper(int capability) {
        return ASKED.equals(HOPPER_NAME) && capability == HOPPER;
    }
}
