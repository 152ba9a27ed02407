package org.layerzoo.core.op.scan;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Running softmax averages: (s [.., T], v [.., T, d][, lse0 [..], o0 [.., d]]) -> (o [.., T, d], lse [.., T]) with
 * lse_t = log sum_{j <= t} exp(s_j) and o_t = sum_{j <= t} exp(s_j - lse_t) v_j. The state is the last (lse, o); while
 * every s so far is -inf, o is 0 and lse -inf.
 */
public record SoftmaxScan(boolean initial) implements WholeGradient {
    @Override
    public String name() {
        return "softmax_scan";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec s = args.floats("s");
        TensorSpec v = args.floats("v");
        int r = s.shape().rank();
        args.require(
                r >= 1
                        && v.shape().rank() == r + 1
                        && v.shape().without(-1).equals(s.shape())
                        && s.dtype() == v.dtype(),
                "s [.., T] and v [.., T, d] of one dtype expected, given " + s + " and " + v);
        DType wide = Wide.of(s.dtype());
        if (initial) {
            TensorSpec lse = args.floats("lse0");
            TensorSpec o = args.floats("o0");
            TensorSpec l = new TensorSpec(wide, s.shape().without(-1));
            TensorSpec e = new TensorSpec(wide, v.shape().without(-2));
            args.require(
                    lse.equals(l) && o.equals(e),
                    "lse0 of " + l + " and o0 of " + e + " expected, given " + lse + " and " + o);
        }
        args.end();
        return List.of(v, new TensorSpec(wide, s.shape()));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor s = Wide.up(in.get(0));
        Tensor v = Wide.up(in.get(1));
        int time = s.rank() - 1;
        Tensor infinity = Tensor.scalar(s.dtype(), Double.NEGATIVE_INFINITY);
        Tensor l0 = initial
                ? in.get(2).unsqueeze(time)
                : Ops.fill(
                        Double.NEGATIVE_INFINITY, s.spec().withShape(s.shape().with(-1, 1)));
        Tensor o0 =
                initial ? in.get(3) : Ops.fill(0, v.spec().withShape(v.shape().without(-2)));
        Tensor all = Ops.scan(Primitive.ScanKind.LOGSUMEXP, Ops.concat(time, l0, s), time, false, false);
        int t = s.dim(time);
        Tensor lse = all.slice(time, 1, t + 1);
        Tensor live = lse.ne(infinity);
        Tensor safe = Ops.where(live, lse, Tensor.scalar(s.dtype(), 0));
        // Both coefficients are at most 1, whatever the size of the scores.
        Tensor keep = Ops.exp(all.slice(time, 0, t).sub(safe))
                .unsqueeze(time + 1)
                .expand(v.shape().dims());
        Tensor add = Ops.exp(s.sub(safe)).unsqueeze(time + 1).mul(v);
        Tensor o = Ops.firstOrder(keep, add, o0, time, false);
        return List.of(Wide.down(o, in.get(1)), lse);
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return 4 * in.get(0).shape().size() + 3 * in.get(1).shape().size();
    }
}
