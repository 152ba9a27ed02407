package org.layerzoo.kernels.op.neighbourhood;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.neighbourhood.Neighbourhood;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/**
 * Gradients of neighbourhood attention from its results: one pass over queries, one over keys, which scores again what sees them, and one
 * over the table of biases. 8 K (d + dv) flops a query of K keys; beside the gradients, K numbers a query are stored where biases are.
 */
public final class NeighbourhoodGradientPlan implements Plan<GradientOf> {
    private static final int THREADS = 256;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        int most = Math.max(in.get(0).shape().dim(-1), in.get(2).shape().dim(-1));
        if (most > NeighbourhoodPlan.MOST_VALUES) {
            return Optional.of(
                    "keys or values of more than " + NeighbourhoodPlan.MOST_VALUES + " numbers, given " + most);
        }
        if (in.stream().anyMatch(s -> s.shape().size() == 0)) {
            return Optional.of("empty inputs");
        }
        return in.getFirst().shape().dim(1) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " heads")
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> {
            List<Tensor> all = gradients(g, in, gpu);
            return g.wanted().stream().map(all::get).toList();
        });
    }

    private static Optional<Tensor> cotangent(GradientOf g, List<Tensor> in, int output) {
        int at = g.given().indexOf(output);
        return at < 0 ? Optional.empty() : Optional.of(in.get(g.inputs() + g.outputs() + at));
    }

    private static List<Tensor> gradients(GradientOf g, List<Tensor> in, Gpu gpu) {
        Neighbourhood op = (Neighbourhood) g.op();
        Tensor q = in.get(0);
        Tensor k = in.get(1);
        Tensor v = in.get(2);
        Tensor bias = op.bias() ? in.get(3) : q;
        Tensor o = in.get(g.inputs());
        Tensor lse = in.get(g.inputs() + 1);
        Optional<Tensor> dO = cotangent(g, in, 0);
        Optional<Tensor> dLse = cotangent(g, in, 1);
        List<Tensor> out = new ArrayList<>();
        in.subList(0, g.inputs()).forEach(t -> out.add(gpu.empty(t.spec())));
        int size = op.axes().stream().mapToInt(a -> a.kernel()).reduce(1, (a, b) -> a * b);
        long queries = lse.size();
        Tensor deltas = gpu.empty(lse.spec());
        DType wide = Wide.of(q.dtype());
        Tensor slopes = op.bias() ? gpu.empty(TensorSpec.of(wide, Math.toIntExact(queries), size)) : deltas;
        int[] window = NeighbourhoodPlan.window(op, q, v);
        GpuKernel kernel = Sources.of("neighbourhood_gradient", q.dtype(), "window_queries");
        Grid grid = Grid.blocks((queries + NeighbourhoodPlan.QUERIES - 1) / NeighbourhoodPlan.QUERIES, THREADS);
        Args rows = Args.of(q, k, v, bias, o, lse, dO.orElse(o), dLse.orElse(lse), out.get(0), deltas, slopes)
                .i64(queries)
                .ints(window);
        gpu.launch(
                kernel,
                grid,
                Lines.number(rows, q.dtype(), op.scale()).i32(dO.isPresent()).i32(dLse.isPresent()));
        Args columns = Args.of(q, k, v, bias, lse, dO.orElse(o), deltas, out.get(1), out.get(2))
                .i64(queries)
                .ints(window);
        gpu.launch(
                kernel.function("window_keys"),
                grid,
                Lines.number(columns, q.dtype(), op.scale()).i32(dO.isPresent()));
        if (op.bias()) {
            biases(gpu, kernel, slopes, q, out.get(3), window);
        }
        return out;
    }

    private static void biases(Gpu gpu, GpuKernel kernel, Tensor slopes, Tensor q, Tensor table, int[] window) {
        gpu.launch(
                kernel.function("window_biases"),
                Grid.blocks(table.size() / q.dim(1), q.dim(1), 1, THREADS),
                Args.of(slopes, table).i32(q.dim(0)).ints(window));
    }
}
