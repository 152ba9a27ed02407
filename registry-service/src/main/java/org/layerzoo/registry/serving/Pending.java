package org.layerzoo.registry.serving;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A request that waits for its turn.
 *
 * @param key requests of equal keys may be computed together; empty when this one may not
 * @param rows rows of its tensors
 * @param deadline time of {@link System#nanoTime()} after which nobody wants the answer
 */
record Pending(
        List<TensorData> inputs,
        String key,
        int rows,
        long enqueuedAt,
        long deadline,
        CompletableFuture<List<TensorData>> answer) {
    boolean wanted() {
        return !answer.isDone() && System.nanoTime() - deadline < 0;
    }
}
