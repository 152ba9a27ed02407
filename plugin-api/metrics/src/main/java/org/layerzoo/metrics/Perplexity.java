package org.layerzoo.metrics;

import org.layerzoo.core.spi.Metric;
import org.layerzoo.core.tensor.Tensors;

/**
 * exp of the mean cross entropy. Sums of batches are kept as cross entropies, so {@link #of} answers those; whoever has
 * added them up asks {@link #value}.
 */
public final class Perplexity {
    private Perplexity() {}

    /** exp(cross entropy). */
    public static double value(Metric.Sum crossEntropy) {
        return Math.exp(crossEntropy.value());
    }

    /** Of one batch. */
    public static double of(Tensors outputs, Tensors batch, String target) {
        return value(new CrossEntropy(target).of(outputs, batch));
    }
}
