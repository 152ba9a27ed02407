package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Communication among ranks, each a thread or a process with its own tape; all operations are differentiable and counted. */
@Stable(since = "0.1")
public interface Collectives {
    int rank();

    int size();

    /** Sends and goes on; use the returned handle in place of {@code t}, so that the receiver's gradient comes back to it. */
    Tensor send(Tensor t, int to);

    /** Waits for the next tensor that {@code from} sent here. */
    Tensor receive(int from, Shape shape);

    /** Cuts along {@code cut} into size() pieces, exchanges them, joins what came along {@code join}. */
    Tensor allToAll(Tensor t, int cut, int join);

    Tensor allGather(Tensor t, int axis);

    Tensor reduceScatter(Tensor t, int axis);

    Tensor allReduce(Tensor t);

    void barrier();

    Counters counters();

    /** Messages and payload bytes sent by this rank. */
    record Counters(long messages, long bytes) {}
}
