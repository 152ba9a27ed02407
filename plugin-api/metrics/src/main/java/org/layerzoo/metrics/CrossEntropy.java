package org.layerzoo.metrics;

import org.layerzoo.core.op.Fused;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Mean negative log likelihood in nats of the targets under the logits y [.., C]; see {@link Accuracy} for what counts. */
public record CrossEntropy(String target) implements Metric {
    @Override
    public String name() {
        return "cross_entropy";
    }

    @Override
    public boolean ascending() {
        return false;
    }

    @Override
    public Sum of(Tensors outputs, Tensors batch) {
        Tensor y = outputs.get("y").cast(DType.F64);
        Tensor t = Targets.fitting(y, batch, target);
        double n = Targets.counted(t).cast(DType.F64).sum().item();
        return n == 0
                ? new Sum(0, 0)
                : new Sum(n * Fused.crossEntropy(y, t, Targets.IGNORED).item(), n);
    }
}
