package org.layerzoo.kernels.op.scan;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** The gradient of h_t = a_t h_{t-1} + b_t in complex pairs, a thread a line: a, h and dh are read, da and db written once. */
public final class ComplexScanGradientPlan implements Plan<GradientOf> {
    private static final int THREADS = 64;

    @Override
    public Optional<String> refusal(GradientOf g, List<TensorSpec> in, Gpu.Limits limits) {
        return in.getFirst().shape().size() == 0 ? Optional.of("empty inputs") : Optional.empty();
    }

    @Override
    public List<Tensor> run(GradientOf g, List<Tensor> in, Gpu gpu) {
        ComplexScan op = (ComplexScan) g.op();
        Tensor a = in.getFirst();
        Tensor h0 = in.get(2);
        List<Tensor> out = List.of(gpu.empty(a.spec()), gpu.empty(a.spec()), gpu.empty(h0.spec()));
        long lines = h0.size() / 2;
        gpu.launch(
                Sources.of("running_gradient", a.dtype(), "complex_scan_gradient"),
                Grid.over(lines, THREADS),
                Args.of(a, h0, in.get(3), in.get(4), out.get(0), out.get(1), out.get(2))
                        .i64(lines)
                        .i32(a.dim(op.axis()), (int) a.shape().product(op.axis() + 1, a.rank() - 1))
                        .i32(op.reverse()));
        return g.wanted().stream().map(out::get).toList();
    }
}
