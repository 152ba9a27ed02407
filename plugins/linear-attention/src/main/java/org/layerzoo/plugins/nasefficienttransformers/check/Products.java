package org.layerzoo.plugins.nasefficienttransformers.check;

import java.util.List;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.op.Flops;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Counts the multiply-adds of products alone, fused ops taken apart; recurrences count as token by token: one write and one read of the state. */
final class Products implements OpInterpreter {
    private long total;

    long total() {
        return total;
    }

    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        if (op instanceof Recur) {
            long values = in.get(2).shape().size();
            total += 2 * values * in.getFirst().dim(3);
        } else if (op instanceof FusedOp f) {
            return Exec.with(this, () -> f.decompose(in));
        } else if (op instanceof Primitive.MatMul) {
            List<TensorSpec> specs = in.stream().map(Tensor::spec).toList();
            total += Flops.of(op, specs) / 2;
        }
        return ShapesOnly.INSTANCE.apply(op, in);
    }
}
