package org.layerzoo.kernels.op.scan;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** h_t = a_t h_{t-1} + b_t in complex pairs, a thread a line: a and b are read, h is written once. */
public final class ComplexScanPlan implements Plan<ComplexScan> {
    private static final int THREADS = 64;

    @Override
    public Optional<String> refusal(ComplexScan op, List<TensorSpec> in, Gpu.Limits limits) {
        return Optional.empty();
    }

    @Override
    public List<Tensor> run(ComplexScan op, List<Tensor> in, Gpu gpu) {
        Tensor a = in.getFirst();
        Tensor h = gpu.empty(a.spec());
        int tokens = a.dim(op.axis());
        int inner = (int) a.shape().product(op.axis() + 1, a.rank() - 1);
        if (h.size() > 0) {
            long lines = a.size() / 2 / tokens;
            gpu.launch(
                    Sources.of("running", a.dtype(), "complex_scan"),
                    Grid.over(lines, THREADS),
                    Args.of(a, in.get(1), in.get(2), h)
                            .i64(lines)
                            .i32(tokens, inner)
                            .i32(op.reverse()));
        }
        return List.of(h);
    }
}
