package org.layerzoo.runner.job.bench;

import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.tensor.Tensor;

/** The naive form: every fused op as its dense decomposition, the primitives on the same backend. */
record Naive(OpInterpreter backend) implements OpInterpreter {
    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        return op instanceof FusedOp f ? Exec.with(this, () -> f.decompose(in)) : backend.apply(op, in);
    }
}
