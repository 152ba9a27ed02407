package org.layerzoo.cpuvector;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Fast code for one kind of op. */
public interface Kernel<O extends Op> {
    /** Empty when this kernel runs the op on such inputs, else the reason why not. Inputs have passed the op's own checks. */
    Optional<String> refusal(O op, List<TensorSpec> in);

    List<Tensor> run(O op, List<Tensor> in);

    /** "vector", or "scalar" where it is a plain loop. */
    default String kind(O op, List<TensorSpec> in) {
        return "vector";
    }
}
