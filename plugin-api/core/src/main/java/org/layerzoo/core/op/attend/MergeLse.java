package org.layerzoo.core.op.attend;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Joins attentions over disjoint keys: (o_1 [.., d], lse_1 [..][, logWeight_1 [..]], o_2, ...) -> (o [.., d], lse [..])
 * with l_s = lse_s + logWeight_s, lse = logsumexp_s l_s and o = sum_s exp(l_s - lse) o_s. Rows where all l_s are -inf give
 * o = 0 and lse = -inf without gradient.
 */
public record MergeLse(int parts, boolean weighted) implements WholeGradient {
    @Override
    public String name() {
        return "merge_lse";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.require(parts >= 1, "at least one part expected");
        TensorSpec o = args.floats("o");
        args.require(o.shape().rank() >= 1, "o with a last axis expected, given " + o);
        int[] rows = o.shape().without(-1).dims();
        for (int s = 0; s < parts; s++) {
            if (s > 0) {
                TensorSpec next = args.floats("o" + s);
                args.require(next.equals(o), "o" + s + " of " + o + " expected, given " + next);
            }
            args.state("lse" + s, axes(rows));
            if (weighted) {
                args.state("log weight" + s, axes(rows));
            }
        }
        args.end();
        return List.of(o, args.wide(rows));
    }

    private static String axes(int[] rows) {
        StringBuilder s = new StringBuilder();
        for (int n : rows) {
            s.append(n).append(' ');
        }
        return s.toString();
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        int step = weighted ? 3 : 2;
        List<Tensor> logs = new ArrayList<>();
        for (int s = 0; s < parts; s++) {
            Tensor lse = in.get(s * step + 1);
            logs.add(weighted ? lse.add(in.get(s * step + 2)) : lse);
        }
        Tensor l = Ops.stack(0, logs);
        Tensor top = Ops.stop(l.maxKeep(0));
        Tensor live = top.eq(Double.NEGATIVE_INFINITY).not();
        Tensor m = Ops.where(live, top, constant(l, 0));
        Tensor e = Ops.exp(l.sub(m));
        Tensor sum = Ops.where(live, e.sumKeep(0), constant(l, 1));
        Tensor w = e.div(sum);
        Tensor o = null;
        for (int s = 0; s < parts; s++) {
            Tensor weight = w.select(0, s);
            Tensor part = Wide.up(in.get(s * step)).mul(weight.unsqueeze(weight.rank()));
            o = o == null ? part : o.add(part);
        }
        Tensor lse = Ops.where(live, m.add(Ops.log(sum)), constant(l, Double.NEGATIVE_INFINITY));
        return List.of(Wide.down(o, in.getFirst()), lse.squeeze(0));
    }

    private static Tensor constant(Tensor like, double v) {
        return Tensor.scalar(like.dtype(), v);
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return parts * (2 * in.getFirst().shape().size() + 5 * in.get(1).shape().size());
    }
}
