package org.layerzoo.core.op.softmax;

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
 * (x[, mask BOOL, broadcast to x]) -> softmax of x along an axis over the elements where the mask holds; with {@code log}
 * its logarithm. Masked elements get 0 (log: -inf). A row is empty when every element is masked or -inf; what it becomes
 * is {@link EmptyRow}; never NaN.
 */
public record Softmax(int axis, boolean log, boolean masked, EmptyRow empty) implements FusedOp {
    /** What a row without a visible element becomes. */
    public enum EmptyRow {
        /** All 0 (log: -inf); no gradient. */
        ZERO,
        /** All 1/n (log: -log n); no gradient. */
        UNIFORM,
        /** The softmax as if nothing were masked. Rows of -inf only become 0. */
        ATTEND_ALL
    }

    @Override
    public String name() {
        return log ? "log_softmax" : "softmax";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        TensorSpec x = args.floats("x");
        x.shape().axis(axis);
        if (masked) {
            args.broadcast("mask", DType.BOOL, x.shape().dims());
        }
        args.end();
        return List.of(x);
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor x = Wide.up(in.getFirst());
        Tensor s = masked ? Ops.where(effectiveMask(in), x, infinity(x)) : x;
        Tensor m = Ops.stop(s.maxKeep(axis));
        Tensor live = m.gt(Double.NEGATIVE_INFINITY);
        Tensor shifted = s.sub(Ops.where(live, m, zero(x)));
        Tensor e = Ops.exp(shifted);
        Tensor sum = e.sumKeep(axis);
        Tensor safe = Ops.where(sum.eq(0), one(x), sum);
        Tensor y = log ? shifted.sub(Ops.log(safe)) : e.div(safe);
        if (empty == EmptyRow.UNIFORM) {
            double n = x.dim(axis);
            y = Ops.where(sum.eq(0), Tensor.scalar(x.dtype(), log ? -Math.log(n) : 1 / n), y);
        }
        return List.of(Wide.down(y, in.getFirst()));
    }

    /** The mask, all true in rows without a visible element when such rows attend everywhere. */
    private Tensor effectiveMask(List<Tensor> in) {
        Tensor mask = in.get(1);
        if (empty != EmptyRow.ATTEND_ALL) {
            return mask;
        }
        int a = in.getFirst().shape().axis(axis) - in.getFirst().rank();
        if (a < -mask.rank()) {
            return mask;
        }
        Tensor any = Ops.any(mask, a).unsqueeze(mask.rank() + a);
        return mask.or(any.not());
    }

    @Override
    public void backward(Backprop b) {
        b.add(0, () -> gradient(b));
    }

    private Tensor gradient(Backprop b) {
        Tensor dx = Ops.one(new SoftmaxGradient(b.in(0).shape().axis(axis), log), b.out(0), b.grad(0));
        return empty == EmptyRow.UNIFORM ? Ops.where(liveRows(b), dx, zero(dx)) : dx;
    }

    private Tensor liveRows(Backprop b) {
        Tensor x = Wide.up(b.in(0));
        Tensor s = masked ? Ops.where(b.in(1), x, infinity(x)) : x;
        return s.maxKeep(axis).gt(Double.NEGATIVE_INFINITY);
    }

    private static Tensor infinity(Tensor x) {
        return Tensor.scalar(x.dtype(), Double.NEGATIVE_INFINITY);
    }

    private static Tensor zero(Tensor x) {
        return Tensor.scalar(x.dtype(), 0);
    }

    private static Tensor one(Tensor x) {
        return Tensor.scalar(x.dtype(), 1);
    }

    /** Maximum, difference, exponential, sum and division an element. */
    @Override
    public long flops(List<TensorSpec> in) {
        return 5 * in.getFirst().shape().size();
    }
}
