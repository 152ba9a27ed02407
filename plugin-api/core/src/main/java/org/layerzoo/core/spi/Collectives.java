package org.layerzoo.core.spi;

import org.layerzoo.core.Stable;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** Communication among ranks, each a thread or a process with its own tape; all operations are differentiable and counted. */
@Stable(since = "0.1")
public interface Collectives {
    int rank();

    int size();

    void send(Tensor t, int to);

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
