package org.layerzoo.kernels;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** For plans that compute in a wider type than their inputs have: casts on the device. */
public final class Wider {
    private Wider() {}

    /** Floating tensors in {@code wide}, others as they are. */
    public static List<Tensor> up(List<Tensor> in, DType wide, Gpu gpu) {
        return in.stream()
                .map(t -> t.dtype().isFloating() ? cast(t, wide, gpu) : t)
                .toList();
    }

    /** In the types of {@code specs}. */
    public static List<Tensor> down(List<Tensor> results, List<TensorSpec> specs, Gpu gpu) {
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            out.add(cast(results.get(i), specs.get(i).dtype(), gpu));
        }
        return out;
    }

    private static Tensor cast(Tensor t, DType to, Gpu gpu) {
        if (t.dtype() == to) {
            return t;
        }
        Op op = new Primitive.Cast(to);
        return Plans.of(op).orElseThrow().run(op, List.of(t), gpu).getFirst();
    }
}
