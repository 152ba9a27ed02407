package org.layerzoo.core.op.dense;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * A [.., n, n] -> Y = A^-1 by {@code iterations} Newton steps Y <- 2 Y - Y A Y from Y_0 = alpha A with
 * alpha = 1.8 / (largest row sum of |A|)^2 per matrix; converges for symmetric positive definite A. The gradient does
 * not pass through the steps: dA = -Y^T dY Y^T.
 *
 * @param ridge added to the diagonal of A after alpha was taken
 */
public record NewtonInverse(int iterations, double ridge) implements FusedOp {
    @Override
    public String name() {
        return "newton_inverse";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec a = args.floats("A");
        int r = a.shape().rank();
        args.require(
                        r >= 2 && a.shape().dim(-1) == a.shape().dim(-2),
                        "square matrices [.., n, n] expected, given " + a)
                .end();
        return List.of(a);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor a = Wide.up(in.getFirst());
        Tensor row = Ops.abs(a).sum(-1).maxKeep(-1).unsqueeze(a.rank() - 1);
        Tensor ridged = ridge == 0 ? a : a.add(identity(a).mul(ridge));
        Tensor y = ridged.mul(Ops.reciprocal(Ops.square(row)).mul(1.8));
        for (int i = 0; i < iterations; i++) {
            y = y.mul(2).sub(y.matmul(ridged).matmul(y));
        }
        return List.of(Wide.down(y, in.getFirst()));
    }

    private static Tensor identity(Tensor a) {
        return Ops.oneHot(Ops.iota(DType.I64, a.dim(-1)), a.dim(-1), a.dtype());
    }

    @Override
    public void backward(Backprop b) {
        b.add(0, () -> {
            Tensor y = Wide.up(b.out(0));
            Tensor left = y.tMatmul(Wide.up(b.grad(0)));
            return Wide.down(left.matmulT(y).neg(), b.in(0));
        });
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return iterations
                * (4L * in.getFirst().shape().dim(-1) + 2)
                * in.getFirst().shape().size();
    }
}
