package org.layerzoo.metrics;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/**
 * Share of places where the largest of the logits y [.., C] (ties: the lowest) is the target [..] (I64); places whose
 * target is {@link Targets#IGNORED} do not count. Named {@code accuracy} for one label a sample, {@code token_accuracy}
 * for labels along a sequence.
 */
public record Accuracy(String name, String target) implements Metric {
    public static Accuracy of(String target) {
        return new Accuracy("accuracy", target);
    }

    public static Accuracy ofTokens(String target) {
        return new Accuracy("token_accuracy", target);
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
        Tensor right = Ops.argMax(y, -1).cast(DType.I64).eq(t).and(counted);
        return new Sum(
                right.cast(DType.F64).sum().item(),
                counted.cast(DType.F64).sum().item());
    }
}
