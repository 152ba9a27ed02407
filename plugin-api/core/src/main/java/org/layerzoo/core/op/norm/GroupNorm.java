package org.layerzoo.core.op.norm;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * (x [B, C, spatial..][, weight [C], bias [C]]) -> x normalised per sample over each of {@code groups} runs of C/groups
 * channels and all positions. With groups = C this is instance norm, which needs more than one position.
 */
public record GroupNorm(int groups, double eps, boolean affine) implements WholeGradient {
    @Override
    public String name() {
        return "group_norm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        args.require(x.shape().rank() >= 2, "x [B, C, spatial..] expected, given " + x);
        int c = x.shape().dim(1);
        args.require(groups >= 1 && c % groups == 0, groups + " groups do not divide " + c + " channels");
        long n = c / groups * x.shape().product(2, x.shape().rank());
        args.require(
                n > 1 || x.shape().size() == 0,
                "more than one element a group expected: the variance of one is 0; given " + x + " and " + groups
                        + " groups");
        if (affine) {
            args.let("C", c).floats("weight", "C");
            args.floats("bias", "C");
        }
        args.end();
        return List.of(x);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        int c = x.dim(1);
        int n = Math.toIntExact(c / groups * x.shape().product(2, x.rank()));
        Tensor g = x.reshape(x.dim(0), groups, n);
        Tensor centred = g.sub(g.meanKeep(-1));
        Tensor y = centred.mul(Root.INSIDE.reciprocal(Ops.square(centred).meanKeep(-1), eps));
        if (affine) {
            y = y.reshape(x.dim(0), c, n / (c / groups));
            y = y.mul(Wide.up(in.get(1)).reshape(c, 1)).add(Wide.up(in.get(2)).reshape(c, 1));
        }
        return List.of(Wide.down(y.reshape(x.shape()), in.getFirst()));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return (affine ? 7 : 5) * in.getFirst().shape().size();
    }
}
