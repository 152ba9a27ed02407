package org.layerzoo.core.op.loss;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * Linear-chain conditional random field: (emissions [B, T, K], transitions [K, K] from row to column, start [K], end [K],
 * tags I64 [B, T], lengths I64 [B] >= 1) -> log likelihood of the tags [B].
 */
public record Crf() implements WholeGradient {
    @Override
    public String name() {
        return "crf";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.floats("emissions", "B T K");
        args.floats("transitions", "K K");
        args.floats("start", "K");
        args.floats("end", "K");
        args.longs("tags", "B T");
        args.longs("lengths", "B");
        args.require(args.size("T") >= 1, "at least one token expected").end();
        return List.of(args.wide(args.size("B")));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor e = Wide.up(in.get(0));
        Tensor trans = Wide.up(in.get(1));
        Tensor start = Wide.up(in.get(2));
        Tensor end = Wide.up(in.get(3));
        Tensor lengths = in.get(5);
        return List.of(path(e, trans, start, end, in.get(4), lengths).sub(partition(e, trans, start, end, lengths)));
    }

    private static Tensor path(Tensor e, Tensor trans, Tensor start, Tensor end, Tensor tags, Tensor lengths) {
        int t = e.dim(1);
        int k = e.dim(2);
        Tensor alive = Ops.iota(DType.I64, t).lt(lengths.unsqueeze(1));
        Tensor zero = Tensor.scalar(e.dtype(), 0);
        Tensor emitted = Ops.where(alive, Ops.gather(e, 2, tags.unsqueeze(2)).squeeze(2), zero)
                .sum(1);
        Tensor first = Ops.indexSelect(start, 0, tags.select(1, 0));
        Tensor tag = Ops.gather(tags, 1, lengths.unsqueeze(1).sub(Tensor.of(new long[] {1})))
                .squeeze(1);
        Tensor score = emitted.add(first).add(Ops.indexSelect(end, 0, tag));
        if (t == 1) {
            return score;
        }
        Tensor pair = tags.slice(1, 0, t - 1).mul(Tensor.of(new long[] {k}, 1)).add(tags.slice(1, 1, t));
        Tensor moved = Ops.indexSelect(trans.reshape(k * k), 0, pair.reshape(e.dim(0) * (t - 1)))
                .reshape(e.dim(0), t - 1);
        return score.add(Ops.where(alive.slice(1, 1, t), moved, zero).sum(1));
    }

    private static Tensor partition(Tensor e, Tensor trans, Tensor start, Tensor end, Tensor lengths) {
        Tensor alpha = e.select(1, 0).add(start);
        for (int i = 1; i < e.dim(1); i++) {
            Tensor next = Ops.logSumExp(alpha.unsqueeze(2).add(trans), false, 1).add(e.select(1, i));
            alpha = Ops.where(lengths.unsqueeze(1).gt(Tensor.of(new long[] {i}, 1)), next, alpha);
        }
        return Ops.logSumExp(alpha.add(end), false, 1);
    }
}
