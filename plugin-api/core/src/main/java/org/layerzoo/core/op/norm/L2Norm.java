package org.layerzoo.core.op.norm;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** x -> x / root(sum x^2, eps) along an axis: INSIDE x / sqrt(s + eps), MAX x / max(sqrt(s), eps), OUTSIDE x / (sqrt(s) + eps). */
public record L2Norm(int axis, double eps, Root root) implements WholeGradient {
    @Override
    public String name() {
        return "l2_norm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        x.shape().axis(axis);
        args.end();
        return List.of(x);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        return List.of(Wide.down(x.mul(root.reciprocal(Ops.square(x).sumKeep(axis), eps)), in.getFirst()));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return 3 * in.getFirst().shape().size();
    }
}
