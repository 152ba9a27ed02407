package org.layerzoo.core.op.norm;

import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Global response normalisation (ConvNeXt V2): (x [B, spatial.., C], gamma [C], beta [C]) -> gamma (x n) + beta + x with
 * n = g / (mean over channels of g + eps), g = the L2 norm of a channel over all positions of its sample.
 */
public record ResponseNorm(double eps) implements WholeGradient {
    @Override
    public String name() {
        return "global_response_norm";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        args.require(x.shape().rank() >= 3, "x [B, spatial.., C] expected, given " + x);
        args.let("C", x.shape().dim(-1)).floats("gamma", "C");
        args.floats("beta", "C");
        args.end();
        return List.of(x);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        int[] over = IntStream.range(1, x.rank() - 1).toArray();
        Tensor s = Ops.square(x).sumKeep(over);
        Tensor live = s.eq(0).not();
        // The root has no derivative at 0; a silent channel gets none.
        Tensor g =
                Ops.where(live, Ops.sqrt(Ops.where(live, s, Tensor.scalar(x.dtype(), 1))), Tensor.scalar(x.dtype(), 0));
        Tensor n = g.div(g.meanKeep(-1).add(eps));
        Tensor y = x.mul(n).mul(Wide.up(in.get(1))).add(Wide.up(in.get(2))).add(x);
        return List.of(Wide.down(y, in.getFirst()));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return 6 * in.getFirst().shape().size();
    }
}
