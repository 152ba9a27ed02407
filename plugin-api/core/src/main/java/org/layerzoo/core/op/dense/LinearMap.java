package org.layerzoo.core.op.dense;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** (x [.., D], W [O, D][, b [O]]) -> activation(x W^T + b) [.., O]. */
public record LinearMap(boolean bias, Activation activation) implements WholeGradient {
    @Override
    public String name() {
        return "linear";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        args.require(x.shape().rank() >= 1, "x with a last axis D expected, given " + x);
        args.let("D", x.shape().dim(-1)).floats("W", "O D");
        if (bias) {
            args.floats("b", "O");
        }
        args.end();
        return List.of(x.withShape(x.shape().with(-1, args.size("O"))));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        Tensor y = rows(x).matmulT(Wide.up(in.get(1)));
        y = activation.apply(bias ? y.add(Wide.up(in.get(2))) : y);
        return List.of(Wide.down(y.reshape(x.shape().with(-1, y.dim(1))), in.getFirst()));
    }

    private static Tensor rows(Tensor x) {
        int d = x.dim(-1);
        return x.reshape(Math.toIntExact(x.shape().product(0, x.rank() - 1)), d);
    }

    /** Without an activation nothing of the forward pass is needed again. */
    @Override
    public void backward(Backprop b) {
        if (activation != Activation.NONE) {
            WholeGradient.super.backward(b);
            return;
        }
        Tensor g = rows(Wide.up(b.grad(0)));
        b.add(0, () -> Wide.down(g.matmul(Wide.up(b.in(1))).reshape(b.in(0).shape()), b.in(0)));
        b.add(1, () -> Wide.down(g.tMatmul(rows(Wide.up(b.in(0)))), b.in(1)));
        if (bias) {
            b.add(2, () -> Wide.down(g.sum(0), b.in(2)));
        }
    }

    @Override
    public long flops(List<TensorSpec> in) {
        TensorSpec y = infer(in).getFirst();
        return y.shape().size()
                * (2L * in.getFirst().shape().dim(-1) + (bias ? 1 : 0) + (activation == Activation.NONE ? 0 : 1));
    }
}
