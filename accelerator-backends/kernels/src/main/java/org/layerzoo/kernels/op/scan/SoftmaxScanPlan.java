package org.layerzoo.kernels.op.scan;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Plan;
import org.layerzoo.kernels.Sources;

/** Running softmax averages, a thread a row and element of v: v is read and o written once, the scores once an element. */
public final class SoftmaxScanPlan implements Plan<SoftmaxScan> {
    private static final int THREADS = 64;

    @Override
    public Optional<String> refusal(SoftmaxScan op, List<TensorSpec> in, Gpu.Limits limits) {
        return rows(in.getFirst()) > Grid.MOST_YZ
                ? Optional.of("more than " + Grid.MOST_YZ + " rows")
                : Optional.empty();
    }

    private static long rows(TensorSpec s) {
        return s.shape().product(0, s.shape().rank() - 1);
    }

    @Override
    public List<Tensor> run(SoftmaxScan op, List<Tensor> in, Gpu gpu) {
        Tensor s = in.get(0);
        Tensor v = in.get(1);
        List<TensorSpec> out = op.infer(in.stream().map(Tensor::spec).toList());
        Tensor o = gpu.empty(out.get(0));
        Tensor lse = gpu.empty(out.get(1));
        if (lse.size() > 0) {
            int width = v.dim(-1);
            gpu.launch(
                    Sources.of("running", s.dtype(), "softmax_scan"),
                    Grid.blocks(Math.max(1, (width + THREADS - 1) / THREADS), rows(s.spec()), 1, THREADS),
                    Args.of(s, v, op.initial() ? in.get(2) : lse, op.initial() ? in.get(3) : lse, o, lse)
                            .i32(s.dim(-1), width)
                            .i32(op.initial()));
        }
        return List.of(o, lse);
    }
}
