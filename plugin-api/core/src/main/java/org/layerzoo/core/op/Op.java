package org.layerzoo.core.op;

import java.util.List;
import org.layerzoo.core.tensor.TensorSpec;

/** An operation on tensors: either one of the closed set of {@link Primitive}s or an open {@link FusedOp}. */
public sealed interface Op permits Primitive, FusedOp {
    /** Name as shown in fallbacks, counters and errors. */
    String name();

    /**
     * Types and shapes of the results.
     *
     * @throws org.layerzoo.core.ZooException naming the op, the argument and both shapes when the inputs do not fit
     */
    List<TensorSpec> infer(List<TensorSpec> in);
}
