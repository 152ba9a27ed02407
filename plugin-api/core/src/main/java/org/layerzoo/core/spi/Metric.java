package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Tensors;

/** A figure of merit with its standard name; sums and weights so that batches add up. */
@Stable(since = "0.1")
public interface Metric {
    String name();

    /** Whether larger is better. */
    boolean ascending();

    Sum of(Tensors outputs, Tensors batch);

    /** Total and weight; the metric is total / weight. */
    record Sum(double total, double weight) {
        public Sum plus(Sum s) {
            return new Sum(total + s.total, weight + s.weight);
        }

        public double value() {
            return total / weight;
        }
    }
}
