package org.layerzoo.cpuvector.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;

/** x -> x in another dtype. */
public final class CastKernel implements Pointwise<Primitive.Cast> {
    @Override
    public Optional<String> refusal(Primitive.Cast op, List<TensorSpec> in) {
        return Optional.empty();
    }

    @Override
    public String kind(Primitive.Cast op, List<TensorSpec> in) {
        return op.to() == DType.BF16 || in.getFirst().dtype() == DType.BF16 ? "vector" : "scalar";
    }

    @Override
    public Blocks.Step step(Primitive.Cast op, List<TensorSpec> in) {
        return CastLoops.of(in.getFirst().dtype(), op.to());
    }

    @Override
    public int cost(Primitive.Cast op, List<TensorSpec> in) {
        return 1;
    }
}
