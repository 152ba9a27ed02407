package org.layerzoo.cpuvector.op.shaping;

import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Strided;
import org.layerzoo.cpuvector.op.indexing.AxisTake;

/** Padding: a constant by filling and copying the middle, the other modes axis by axis through an index map. */
final class PadKernel {
    private PadKernel() {}

    static Tensor run(Primitive.Pad p, Tensor x) {
        return p.mode() == Primitive.PadMode.CONSTANT ? constant(p, x) : mapped(p, x);
    }

    private static Tensor constant(Primitive.Pad p, Tensor x) {
        int[] dims = x.shape().dims();
        for (int i = 0; i < dims.length; i++) {
            dims[i] += p.before()[i] + p.after()[i];
        }
        Tensor out = Tensor.allocate(new TensorSpec(x.dtype(), Shape.of(dims)));
        ShapingKernel.fill(out, p.value());
        long[] strides = out.shape().strides();
        long at = 0;
        for (int i = 0; i < strides.length; i++) {
            at += p.before()[i] * strides[i];
        }
        Strided.copy(
                x.segment(),
                0,
                x.shape().strides(),
                out.segment(),
                at,
                strides,
                x.shape().dims(),
                x.dtype().bytes());
        return out;
    }

    private static Tensor mapped(Primitive.Pad p, Tensor x) {
        Tensor y = x;
        for (int axis = 0; axis < x.rank(); axis++) {
            if (p.before()[axis] == 0 && p.after()[axis] == 0) {
                continue;
            }
            int n = x.dim(axis);
            int[] map = new int[n + p.before()[axis] + p.after()[axis]];
            for (int i = 0; i < map.length; i++) {
                map[i] = source(p.mode(), i - p.before()[axis], n);
            }
            y = AxisTake.run(y, axis, map);
        }
        return y;
    }

    private static int source(Primitive.PadMode mode, int i, int n) {
        return switch (mode) {
            case EDGE -> Math.clamp(i, 0, n - 1);
            case CIRCULAR -> Math.floorMod(i, n);
            default -> i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
        };
    }
}
