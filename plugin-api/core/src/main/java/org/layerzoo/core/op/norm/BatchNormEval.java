package org.layerzoo.core.op.norm;

import java.util.Arrays;
import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Batch norm with fixed statistics: (x [B, C, spatial..], mean [C], var [C][, weight [C], bias [C]]) -> (x - mean) / sqrt(var + eps) * weight + bias. */
public record BatchNormEval(double eps, boolean affine) implements WholeGradient {
    @Override
    public String name() {
        return "batch_norm_eval";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        args.require(x.shape().rank() >= 2, "x [B, C, spatial..] expected, given " + x);
        args.let("C", x.shape().dim(1)).state("mean", "C");
        args.state("var", "C");
        if (affine) {
            args.floats("weight", "C");
            args.floats("bias", "C");
        }
        args.end();
        return List.of(x);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        int[] channel = x.shape().dims();
        Arrays.fill(channel, 1);
        channel[1] = x.dim(1);
        Tensor scale = Root.INSIDE.reciprocal(in.get(2), eps);
        scale = affine ? scale.mul(Wide.up(in.get(3))) : scale;
        Tensor y = x.sub(in.get(1).reshape(channel)).mul(scale.reshape(channel));
        return List.of(Wide.down(affine ? y.add(Wide.up(in.get(4)).reshape(channel)) : y, in.getFirst()));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return (affine ? 3 : 2) * in.getFirst().shape().size();
    }
}
