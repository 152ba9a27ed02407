package org.layerzoo.kernels.op.attend;

import java.util.List;
import org.layerzoo.core.tensor.Tensor;

/** An op's inputs in their order. */
final class Feed {
    private final List<Tensor> inputs;
    private int at;

    Feed(List<Tensor> inputs) {
        this.inputs = inputs;
    }

    /** The number of the input that comes next. */
    int at() {
        return at;
    }

    Tensor next() {
        return inputs.get(at++);
    }
}
