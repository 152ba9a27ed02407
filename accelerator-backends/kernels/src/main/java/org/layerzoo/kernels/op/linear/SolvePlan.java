package org.layerzoo.kernels.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive.TriangularSolve;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * Substitution, a thread a column: n^2 m flops, of which each waits for the rows before, so that it pays for many small systems (chunks of
 * a recurrence) and not for one large one; L is read once for every 64 columns.
 */
public final class SolvePlan implements Plan<TriangularSolve> {
    @Override
    public Optional<String> refusal(TriangularSolve op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(TriangularSolve op, List<Tensor> in, Gpu gpu) {
        Tensor l = in.get(0);
        Tensor b = in.get(1);
        Tensor x = gpu.empty(b.spec());
        if (b.size() == 0) {
            return List.of(x);
        }
        int n = b.dim(-2);
        int columns = b.dim(-1);
        long batches = b.shape().product(0, b.rank() - 2);
        Tensor work = gpu.empty(TensorSpec.of(Wide.of(b.dtype()), b.shape().dims()));
        gpu.launch(
                Sources.of("solve", b.dtype(), "triangular_solve"),
                Grid.blocks(batches * ((columns + 63) / 64), 64),
                Args.of(l, b, x, work)
                        .i32(n, columns, op.transpose() ? 1 : n, op.transpose() ? n : 1)
                        .i32(op.lower() == op.transpose())
                        .i32(op.unit()));
        return List.of(x);
    }
}
