package org.layerzoo.kernels.op.linear;

import org.layerzoo.core.tensor.Shape;

/** Three spatial axes, missing ones in front. */
final class Spatial {
    private Spatial() {}

    /** Three numbers, {@code missing} in front of fewer. */
    static int[] leading(int[] values, int missing) {
        int[] out = {missing, missing, missing};
        System.arraycopy(values, 0, out, 3 - values.length, values.length);
        return out;
    }

    /** The spatial sizes of [B, C, spatial..]. */
    static int[] of(Shape s) {
        return leading(s.sub(2, s.rank()).dims(), 1);
    }

    static int volume(int[] sizes) {
        return Math.multiplyExact(Math.multiplyExact(sizes[0], sizes[1]), sizes[2]);
    }
}
