package org.layerzoo.kernels.op.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Lines;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;
import org.layerzoo.kernels.Wider;

/**
 * Gradients of running softmax averages: products of do and o, one walk against time with a thread a row and number of v, products of v and
 * dv. v, o and dv are moved once, do twice; in BF16 and F16 in F32.
 */
public final class SoftmaxScanGradientPlan implements Plan<GradientOf> {
    private static final int THREADS = 64;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        TensorSpec s = in.getFirst();
        if (in.stream().anyMatch(t -> t.shape().size() == 0)) {
            return Optional.of("empty inputs");
        }
        return s.shape().product(0, s.shape().rank() - 1) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " rows")
                : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        return TensorScope.use(() -> {
            List<Tensor> grads = gradients(g, Wider.up(in, Wide.of(in.getFirst().dtype()), gpu), gpu);
            List<TensorSpec> results =
                    g.wanted().stream().map(w -> in.get(w).spec()).toList();
            return Wider.down(g.wanted().stream().map(grads::get).toList(), results, gpu);
        });
    }

    private static List<Tensor> gradients(GradientOf g, List<Tensor> in, Gpu gpu) {
        boolean initial = ((SoftmaxScan) g.op()).initial();
        Tensor s = in.get(0);
        Tensor v = in.get(1);
        Tensor o = in.get(g.inputs());
        Tensor lse = in.get(g.inputs() + 1);
        boolean withO = g.given().contains(0);
        boolean withLse = g.given().contains(1);
        Tensor dO = withO ? in.get(g.inputs() + 2) : o;
        Tensor dLse = withLse ? in.getLast() : lse;
        int width = v.dim(-1);
        int tokens = s.dim(-1);
        GpuKernel dots = Sources.of("softmax_scan_gradient", s.dtype(), "softmax_scan_dots");
        Tensor pulled = gpu.empty(s.spec());
        dots(gpu, dots, List.of(dO, o, dLse, pulled), width, withO, withLse, -1);
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < g.inputs(); i++) {
            out.add(gpu.empty(in.get(i).spec()));
        }
        Tensor ds = gpu.empty(s.spec());
        Tensor d0 = initial ? gpu.empty(in.get(2).spec()) : ds;
        gpu.launch(
                dots.function("softmax_scan_gradient"),
                Grid.blocks(width / THREADS + 1, s.size() / tokens, 1, THREADS),
                Args.of(s, initial ? in.get(2) : lse, lse, dO, pulled, ds, out.get(1), d0, initial ? out.get(3) : ds)
                        .i32(tokens, width)
                        .i32(initial)
                        .i32(withO));
        dots(gpu, dots, List.of(v, out.get(1), ds, out.get(0)), width, true, true, 1);
        if (initial) {
            dots(gpu, dots, List.of(in.get(3), out.get(3), d0, out.get(2)), width, true, true, 1);
        }
        return out;
    }

    private static void dots(
            Gpu gpu, GpuKernel kernel, List<Tensor> t, int width, boolean withDots, boolean withSum, double sign) {
        Tensor out = t.getLast();
        Lines l = Lines.rows(out.size(), width);
        Args args =
                Args.of(t.toArray(Tensor[]::new)).ints(l.packed()).i32(withDots).i32(withSum);
        gpu.launch(kernel, l.grid(), Lines.number(args, out.dtype(), sign));
    }
}
