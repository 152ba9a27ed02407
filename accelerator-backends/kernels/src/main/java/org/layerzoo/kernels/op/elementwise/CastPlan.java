package org.layerzoo.kernels.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** x -> x in another dtype. Reads and writes each element once; to its own dtype it is x itself. */
public final class CastPlan implements Plan<Primitive.Cast> {
    /** A thread casts four elements. */
    private static final int EACH = 4;

    @Override
    public Optional<String> refusal(Primitive.Cast op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Primitive.Cast op, List<Tensor> in, Gpu gpu) {
        Tensor x = in.getFirst();
        if (x.dtype() == op.to()) {
            return List.of(x);
        }
        Tensor y = gpu.empty(new TensorSpec(op.to(), x.shape()));
        gpu.launch(
                kernel(x.dtype(), op.to()),
                Grid.over((x.size() + EACH - 1) / EACH, 256),
                Args.of(x, y).i64(x.size()));
        return List.of(y);
    }

    private static GpuKernel kernel(DType from, DType to) {
        String ending = to.name().toLowerCase();
        if (from.isFloating()) {
            return Sources.of("cast", from, "to_" + ending);
        }
        return to.isFloating()
                ? Sources.of("cast", to, "from_" + from.name().toLowerCase())
                : Sources.moving("castint", from, "to_" + ending);
    }
}
