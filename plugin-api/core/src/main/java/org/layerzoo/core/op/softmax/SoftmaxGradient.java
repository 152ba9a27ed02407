package org.layerzoo.core.op.softmax;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * (y, g) -> y (g - sum(y g)) along an axis: the gradient of {@link Softmax} from its result y and the cotangent g of it. With
 * {@code log}, g - e^y sum(g) over the elements with y > -inf; where y = -inf the result does not move, and that is 0.
 */
public record SoftmaxGradient(int axis, boolean log) implements FusedOp {
    @Override
    public String name() {
        return log ? "log_softmax_gradient" : "softmax_gradient";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec y = args.floats("y");
        TensorSpec g = args.floats("g");
        y.shape().axis(axis);
        args.require(y.equals(g), "y and g of one shape and dtype expected, given " + y + " and " + g)
                .end();
        return List.of(y);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor y = Wide.up(in.get(0));
        Tensor g = Wide.up(in.get(1));
        Tensor zero = Tensor.scalar(y.dtype(), 0);
        Tensor dx;
        if (log) {
            Tensor seen = y.eq(Double.NEGATIVE_INFINITY).not();
            Tensor gs = Ops.where(seen, g, zero);
            dx = Ops.where(seen, gs.sub(Ops.exp(y).mul(gs.sumKeep(axis))), zero);
        } else {
            dx = y.mul(g.sub(y.mul(g).sumKeep(axis)));
        }
        return List.of(Wide.down(dx, in.getFirst()));
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return 4 * in.getFirst().shape().size();
    }
}
