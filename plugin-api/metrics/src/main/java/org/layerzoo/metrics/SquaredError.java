package org.layerzoo.metrics;

import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Mean squared difference of y and the target of the same shape ({@code mse}). */
public record SquaredError(String target) implements Metric {
    @Override
    public String name() {
        return "mse";
    }

    @Override
    public boolean ascending() {
        return false;
    }

    @Override
    public Sum of(Tensors outputs, Tensors batch) {
        Tensor d = Regression.difference(outputs, batch, target);
        return new Sum(Ops.square(d).sum().item(), d.size());
    }
}
