package org.layerzoo.core.op.norm;

import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Batch norm in training: (x [B, C, spatial..][, weight [C], bias [C]][, mask BOOL [B, spatial..]]) -> (y, mean [C], var
 * [C], count []). Statistics are those of the valid positions, var is the population's; masked positions of y are 0. The
 * statistics come back so that a layer can update its running ones (unbiased: var * count / (count - 1)).
 */
public record BatchNorm(double eps, boolean affine, boolean masked) implements WholeGradient {
    @Override
    public String name() {
        return "batch_norm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        args.require(x.shape().rank() >= 2, "x [B, C, spatial..] expected, given " + x);
        int c = x.shape().dim(1);
        if (affine) {
            args.let("C", c).floats("weight", "C");
            args.floats("bias", "C");
        }
        if (masked) {
            TensorSpec m =
                    args.broadcast("mask", DType.BOOL, x.shape().without(1).dims());
            args.require(m.shape().rank() == x.shape().rank() - 1, "mask [B, spatial..] expected, given " + m);
        }
        args.end();
        return List.of(x, args.wide(c), args.wide(c), args.wide());
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        int[] over = IntStream.range(0, x.rank()).filter(i -> i != 1).toArray();
        int c = x.dim(1);
        Tensor w = masked
                ? in.getLast()
                        .cast(x.dtype())
                        .unsqueeze(1)
                        .expand(x.shape().with(1, 1).dims())
                : Ops.fill(1, TensorSpec.of(x.dtype(), x.shape().with(1, 1).dims()));
        Tensor count = w.sum();
        Tensor safe = Ops.maximum(count, Tensor.scalar(x.dtype(), 1));
        // A masked position may hold anything, so it is replaced and not multiplied away.
        Tensor valid = masked ? Ops.where(w.gt(0), x, Tensor.scalar(x.dtype(), 0)) : x;
        Tensor mean = valid.sumKeep(over).div(safe);
        Tensor centred = masked ? valid.sub(mean).mul(w) : valid.sub(mean);
        Tensor var = Ops.square(centred).sumKeep(over).div(safe);
        Tensor y = centred.mul(Root.INSIDE.reciprocal(var, eps));
        if (affine) {
            int[] channel = x.shape().dims();
            java.util.Arrays.fill(channel, 1);
            channel[1] = c;
            y = y.mul(Wide.up(in.get(1)).reshape(channel))
                    .add(Wide.up(in.get(2)).reshape(channel));
            y = masked ? Ops.where(w.gt(0), y, Tensor.scalar(x.dtype(), 0)) : y;
        }
        return List.of(Wide.down(y, in.getFirst()), mean.reshape(c), var.reshape(c), count);
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return (affine ? 7 : 5) * in.getFirst().shape().size();
    }
}
