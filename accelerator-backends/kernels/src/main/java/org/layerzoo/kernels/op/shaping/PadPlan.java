package org.layerzoo.kernels.op.shaping;

import java.util.List;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.kernels.Bits;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/** Padding of all axes in one launch: an element of the result asks each axis where it comes from. */
final class PadPlan {
    private PadPlan() {}

    static Tensor run(Gpu gpu, Primitive.Pad op, Tensor x) {
        Tensor y = gpu.empty(op.infer(List.of(x.spec())).getFirst());
        int rank = x.rank();
        int[] padding = new int[2 * Walk.AXES + 1];
        for (int a = 0; a < rank; a++) {
            padding[a] = x.dim(a);
            padding[Walk.AXES + a] = op.before()[a];
        }
        padding[2 * Walk.AXES] = mode(op.mode());
        if (rank == 0) {
            padding[0] = 1;
        }
        double value = op.mode() == Primitive.PadMode.CONSTANT ? op.value() : 0;
        gpu.launch(
                Sources.moving("moving", x.dtype(), "padded"),
                Grid.over(y.size(), 256),
                Args.of(x, y)
                        .i64(y.size())
                        .i64(Bits.of(x.dtype(), value))
                        .ints(Walk.apart(y.shape().dims(), Moves.strides(x.shape()))
                                .packed()
                                .orElseThrow())
                        .ints(padding));
        return y;
    }

    /** As moving.c numbers them. */
    private static int mode(Primitive.PadMode mode) {
        return switch (mode) {
            case CONSTANT -> 0;
            case REFLECT -> 1;
            case EDGE -> 2;
            case CIRCULAR -> 3;
        };
    }
}
