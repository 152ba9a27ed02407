package org.layerzoo.core.op.loss;

import java.util.List;
import org.layerzoo.core.op.Args;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.WholeGradient;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * (logits [.., C], targets) -> (1 - smoothing) nll + smoothing mean_c(-log p_c) with p = softmax(logits). Targets are ids
 * I64 [..], where rows equal to {@code ignore} count nothing, or weights [.., C] of the logits' dtype (nll = -sum t log p).
 * The result is F32 or F64: a scalar, or [..] without reduction (ignored rows 0).
 */
public record CrossEntropy(Targets targets, long ignore, double smoothing, Reduction reduction)
        implements WholeGradient {
    public enum Targets {
        IDS,
        WEIGHTS
    }

    public enum Reduction {
        NONE,
        SUM,
        /** Divided by the number of rows that count; 0 when there are none. */
        MEAN
    }

    @Override
    public String name() {
        return "cross_entropy";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("logits");
        args.require(
                x.shape().rank() >= 1 && x.shape().dim(-1) > 0,
                "logits [.., C] of at least one class expected, given " + x);
        Shape rows = x.shape().without(-1);
        if (targets == Targets.IDS) {
            StringBuilder axes = new StringBuilder();
            for (int d : rows.dims()) {
                axes.append(d).append(' ');
            }
            args.longs("targets", axes.toString());
        } else {
            TensorSpec t = args.floats("targets");
            args.require(t.equals(x), "targets of " + x + " expected, given " + t);
        }
        args.require(smoothing >= 0 && smoothing <= 1, "smoothing in [0, 1] expected, given " + smoothing)
                .end();
        return List.of(reduction == Reduction.NONE ? args.wide(rows.dims()) : args.wide());
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.get(0));
        int last = x.rank() - 1;
        Tensor logp = Ops.one(new Softmax(last, true, false, Softmax.EmptyRow.ZERO), x);
        Tensor zero = Tensor.scalar(x.dtype(), 0);
        Tensor ones = Ops.fill(1, TensorSpec.of(x.dtype(), x.shape().without(-1).dims()));
        Tensor valid = ones;
        Tensor nll;
        if (targets == Targets.IDS) {
            Tensor none = Tensor.of(new long[] {ignore});
            Tensor counts = in.get(1).ne(none);
            Tensor id = Ops.where(counts, in.get(1), Tensor.of(new long[] {0}));
            nll = Ops.gather(logp, last, id.unsqueeze(last)).squeeze(last).neg();
            valid = Ops.where(counts, ones, zero);
        } else {
            Tensor t = Wide.up(in.get(1));
            // A hidden class has log p = -inf and weight 0.
            Tensor hidden = t.eq(0).and(logp.eq(Double.NEGATIVE_INFINITY));
            nll = Ops.where(hidden, zero, logp).mul(t).sum(last).neg();
        }
        Tensor loss = smoothing == 0
                ? nll
                : nll.mul(1 - smoothing).sub(logp.mean(last).mul(smoothing));
        loss = targets == Targets.IDS ? Ops.where(valid.gt(0), loss, zero) : loss;
        return List.of(
                switch (reduction) {
                    case NONE -> loss;
                    case SUM -> loss.sum();
                    case MEAN -> loss.sum().div(Ops.maximum(valid.sum(), Tensor.scalar(x.dtype(), 1)));
                });
    }

    @Override
    public long flops(List<TensorSpec> in) {
        return 5 * in.getFirst().shape().size();
    }
}
