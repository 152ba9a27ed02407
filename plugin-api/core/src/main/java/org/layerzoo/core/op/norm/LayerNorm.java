package org.layerzoo.core.op.norm;

import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * (x[, weight][, bias]) -> (x - mean) / root(var, eps) * weight + bias over the last {@code axes} axes together, with the
 * population variance; weight and bias have the shape of those axes.
 */
public record LayerNorm(int axes, double eps, Root root, boolean weight, boolean bias) implements WholeGradient {
    @Override
    public String name() {
        return "layer_norm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        int r = x.shape().rank();
        args.require(axes >= 1 && axes <= r, "x with at least " + Math.max(axes, 1) + " axes expected, given " + x);
        Shape own = x.shape().sub(r - axes, r);
        affine(args, "weight", weight, own);
        affine(args, "bias", bias, own);
        args.end();
        return List.of(x);
    }

    private static void affine(Args args, String name, boolean present, Shape own) {
        if (present) {
            TensorSpec t = args.floats(name);
            args.require(
                    t.shape().equals(own) && t.dtype() == args.dtype(),
                    name + " of " + new TensorSpec(args.dtype(), own) + " expected, given " + t);
        }
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        int[] over = IntStream.range(x.rank() - axes, x.rank()).toArray();
        Tensor c = x.sub(x.meanKeep(over));
        Tensor y = c.mul(root.reciprocal(Ops.square(c).meanKeep(over), eps));
        y = weight ? y.mul(Wide.up(in.get(1))) : y;
        y = bias ? y.add(Wide.up(in.getLast())) : y;
        return List.of(Wide.down(y, in.getFirst()));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return (5 + (weight ? 1 : 0) + (bias ? 1 : 0)) * in.getFirst().shape().size();
    }
}
