package org.layerzoo.core.exec;

import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;

/** Gives ops a meaning: plain execution, recording, counting, shapes only, other propagation rules. It sees fused ops before they are decomposed. */
@FunctionalInterface
public interface OpInterpreter {
    List<Tensor> apply(Op op, List<Tensor> in);
}
