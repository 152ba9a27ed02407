package org.layerzoo.core.op.norm;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** (x [.., D][, weight [D]]) -> x / root(mean x^2, eps) * weight over the last axis. */
public record RmsNorm(double eps, Root root, boolean weighted) implements WholeGradient {
    @Override
    public String name() {
        return "rms_norm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        args.require(x.shape().rank() >= 1, "x with a last axis expected, given " + x);
        if (weighted) {
            args.let("D", x.shape().dim(-1)).floats("weight", "D");
        }
        args.end();
        return List.of(x);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        Tensor y = x.mul(root.reciprocal(Ops.square(x).meanKeep(-1), eps));
        return List.of(Wide.down(weighted ? y.mul(Wide.up(in.get(1))) : y, in.getFirst()));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return (weighted ? 4 : 3) * in.getFirst().shape().size();
    }
}
