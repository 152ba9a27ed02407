package org.layerzoo.runner.job.bench;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.spi.Signature;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;

/** Something to time, at one length and type. */
interface Workload {
    /** Inputs of {@code length} tokens, the same numbers for every workload of a seed. */
    Tensors inputs(int length);

    Tensors run(Tensors in);

    /** Parameters that take part in the backward pass. */
    List<Tensor> weights();

    /** Streams, where it can. */
    Optional<Streaming> streaming();

    /** The contract that holds; for a core that of its layer. */
    Signature signature();

    /** The same with the same numbers in another type. */
    Workload in(DType dtype);
}
