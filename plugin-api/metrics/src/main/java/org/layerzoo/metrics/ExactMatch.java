package org.layerzoo.metrics;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Share of sequences [B, T] all of whose scored tokens are right; sequences without any do not count. */
public record ExactMatch(String target) implements Metric {
    @Override
    public String name() {
        return "exact_match";
    }

    @Override
    public boolean ascending() {
        return true;
    }

    @Override
    public Sum of(Tensors outputs, Tensors batch) {
        Tensor y = outputs.get("y");
        Tensor t = Targets.fitting(y, batch, target);
        Tensor counted = Targets.counted(t);
        Tensor fine = Ops.argMax(y, -1).cast(DType.I64).eq(t).or(counted.not());
        int[] rest = java.util.stream.IntStream.range(1, t.rank()).toArray();
        Tensor scored = rest.length == 0 ? counted : Ops.any(counted, rest);
        Tensor all = (rest.length == 0 ? fine : Ops.all(fine, rest)).and(scored);
        return new Sum(
                all.cast(DType.F64).sum().item(), scored.cast(DType.F64).sum().item());
    }
}
