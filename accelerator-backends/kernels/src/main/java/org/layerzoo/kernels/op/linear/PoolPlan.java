package org.layerzoo.kernels.op.linear;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.Linear;
import org.layerzoo.core.op.Primitive.PoolGeometry;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Pools: a thread a result, neighbours read neighbouring windows, so x comes once from memory; one flop an element of a window. */
public final class PoolPlan implements Plan<Linear> {
    @Override
    public Optional<String> refusal(Linear op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(Linear op, List<Tensor> in, Gpu gpu) {
        Tensor a = in.getFirst();
        List<Tensor> out = op.infer(List.of(a.spec())).stream().map(gpu::empty).toList();
        Tensor first = out.getFirst();
        switch (op) {
            case Primitive.MaxPool p ->
                launch(gpu, first, "max_pool", Args.of(a, first, out.get(1)), packed(p.g(), a, first, true));
            case Primitive.AvgPool p ->
                launch(gpu, first, "avg_pool", Args.of(a, first), packed(p.g(), a, first, p.countPadding()));
            case Primitive.AvgPoolInput p ->
                launch(gpu, first, "avg_pool_input", Args.of(a, first), packed(p.g(), first, a, p.countPadding()));
            default -> throw new IllegalStateException(op.name());
        }
        return out;
    }

    private static void launch(Gpu gpu, Tensor out, String function, Args args, int[] pool) {
        gpu.launch(
                Sources.of("pool", out.dtype(), function),
                Grid.over(out.size(), 256),
                args.i64(out.size()).ints(pool));
    }

    /** The structure {@code Pool} of the source. */
    private static int[] packed(PoolGeometry g, Tensor x, Tensor y, boolean countPadding) {
        Shape xs = x.shape();
        int[][] axes = {
            Spatial.of(xs),
            Spatial.of(y.shape()),
            Spatial.leading(g.kernel(), 1),
            Spatial.leading(g.stride(), 1),
            Spatial.leading(g.before(), 0)
        };
        int[] out = new int[16];
        for (int a = 0; a < axes.length; a++) {
            System.arraycopy(axes[a], 0, out, 3 * a, 3);
        }
        out[15] = countPadding ? 1 : 0;
        return out;
    }
}
