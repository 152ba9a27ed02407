package org.layerzoo.train.task;

import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Task;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.data.sequence.TokenSample;

/** A task that is answered by logits y [.., C], scored by cross entropy against a port of its batches. */
public interface LogitsTask extends Task {
    /** The port of the right classes, I64 [..]; -100 where nothing is asked. */
    String target();

    /** C. */
    int classes();

    @Override
    default Answer answer() {
        return Answer.LOGITS;
    }

    @Override
    default Tensor loss(Tensors outputs, Tensors batch) {
        return Fused.crossEntropy(outputs.get("y"), batch.get(target()), TokenSample.IGNORED);
    }

    /** Logits of 1 for the target; of anything where nothing is asked. */
    @Override
    default Optional<Tensor> oracle(Tensors batch) {
        Tensor ids = Ops.maximum(batch.get(target()), Tensor.scalar(DType.I64, 0));
        return Optional.of(Ops.oneHot(ids, classes(), DType.F32));
    }
}
