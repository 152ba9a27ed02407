package org.layerzoo.core.op;

import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Fused ops on BF16 and F16 compute in F32 inside and round once at the end. */
public final class Wide {
    private Wide() {}

    /** The dtype that an op on {@code t} computes in. */
    public static DType of(DType t) {
        return t == DType.BF16 || t == DType.F16 ? DType.F32 : t;
    }

    public static Tensor up(Tensor x) {
        return x.cast(of(x.dtype()));
    }

    /** The inputs in order, widened. */
    public static Iterator<Tensor> up(List<Tensor> in) {
        return in.stream().map(Wide::up).iterator();
    }

    /** {@code y} rounded to the dtype of {@code x}. */
    public static Tensor down(Tensor y, Tensor x) {
        return y.cast(x.dtype());
    }
}
