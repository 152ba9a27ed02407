package org.layerzoo.kernels.op.elementwise;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Walk;

/** (x, y) -> fn(x, y) with broadcast. */
public final class BinaryPlan implements Plan<Primitive.Binary> {
    private static final Set<BinaryFn> FUNCTIONS = Set.of(BinaryFn.ADD, BinaryFn.SUB, BinaryFn.MUL, BinaryFn.DIV);

    @Override
    public Optional<String> refusal(Primitive.Binary op, List<TensorSpec> in, Gpu.Limits limits) {
        if (!in.getFirst().dtype().isFloating() || !FUNCTIONS.contains(op.fn())) {
            return Optional.of(
                    "no GPU kernel for " + op.name() + " of " + in.getFirst().dtype());
        }
        return walk(op, in).isPresent() ? Optional.empty() : Optional.of("more axes than a kernel walks");
    }

    private static Optional<int[]> walk(Primitive.Binary op, List<TensorSpec> in) {
        TensorSpec z = op.infer(in).getFirst();
        return Walk.broadcast(z.shape(), in.get(0).shape(), in.get(1).shape(), z.shape());
    }

    @Override
    public List<Tensor> run(Primitive.Binary op, List<Tensor> in, Gpu gpu) {
        List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
        Tensor z = gpu.empty(op.infer(specs).getFirst());
        gpu.launch(
                Sources.of("elementwise", in.getFirst().dtype(), "binary"),
                Grid.over(z.size(), 256),
                Args.of(in.get(0), in.get(1), z)
                        .i64(z.size())
                        .i32(op.fn().ordinal())
                        .ints(walk(op, specs).orElseThrow()));
        return List.of(z);
    }
}
