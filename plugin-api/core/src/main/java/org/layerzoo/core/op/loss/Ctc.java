package org.layerzoo.core.op.loss;

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
 * Connectionist temporal classification: (log probabilities [B, T, C], targets I64 [B, S], lengths I64 [B] of the former
 * and of the latter) -> -log p(target) [B]; infinite, and without gradient, where no alignment exists. Targets behind
 * their length hold any valid class.
 */
public record Ctc(int blank) implements WholeGradient {
    @Override
    public String name() {
        return "ctc";
    }

    @Override
    public List<TensorSpec> infer(List<TensorSpec> in) {
        Args args = new Args(this, in);
        args.floats("log probabilities", "B T C");
        args.longs("targets", "B S");
        args.longs("input lengths", "B");
        args.longs("target lengths", "B");
        args.require(args.size("T") >= 1, "at least one frame expected");
        args.require(
                        blank >= 0 && blank < args.size("C"),
                        "a blank below " + args.size("C") + " expected, given " + blank)
                .end();
        return List.of(args.wide(args.size("B")));
    }

    @Override
    public List<Tensor> decompose(List<Tensor> in) {
        Tensor logp = Wide.up(in.get(0));
        Tensor labels = labels(in.get(1));
        int t = logp.dim(1);
        int n = labels.dim(1);
        Tensor infinity = Tensor.scalar(logp.dtype(), Double.NEGATIVE_INFINITY);
        Tensor place = Ops.iota(DType.I64, n);
        Tensor skip = skips(labels, place);
        Tensor frames = in.get(2).unsqueeze(1);
        Tensor alpha = Ops.where(place.lt(number(2)), emissions(logp, labels, 0), infinity);
        for (int i = 1; i < t; i++) {
            Tensor one = Ops.logAddExp(alpha, shifted(alpha, 1));
            Tensor all = Ops.logAddExp(one, Ops.where(skip, shifted(alpha, 2), infinity));
            Tensor next = all.add(emissions(logp, labels, i));
            alpha = Ops.where(frames.gt(number(i)), next, alpha);
        }
        Tensor end = in.get(3).mul(number(2)).unsqueeze(1);
        Tensor last = Ops.gather(alpha, 1, end);
        Tensor before = Ops.gather(alpha, 1, Ops.maximum(end.sub(number(1)), number(0)));
        before = Ops.where(end.gt(number(0)), before, infinity);
        return List.of(Ops.logAddExp(last, before).squeeze(1).neg());
    }

    /** blank, y_1, blank, y_2, .., blank. */
    private Tensor labels(Tensor targets) {
        int b = targets.dim(0);
        int s = targets.dim(1);
        Tensor blanks = Ops.fill(blank, TensorSpec.of(DType.I64, b, s, 1));
        Tensor pairs = Ops.concat(2, blanks, targets.unsqueeze(2)).reshape(b, 2 * s);
        return Ops.concat(1, pairs, Ops.fill(blank, TensorSpec.of(DType.I64, b, 1)));
    }

    /** A label may follow the one two places before when a blank between is not needed. */
    private static Tensor skips(Tensor labels, Tensor place) {
        Tensor earlier =
                Ops.pad(labels, 1, 2, 0, Primitive.PadMode.CONSTANT, -1).slice(1, 0, labels.dim(1));
        Tensor odd = Ops.mod(place, number(2)).eq(number(1));
        return labels.ne(earlier).and(odd);
    }

    private static Tensor shifted(Tensor alpha, int by) {
        return Ops.pad(alpha, 1, by, 0, Primitive.PadMode.CONSTANT, Double.NEGATIVE_INFINITY)
                .slice(1, 0, alpha.dim(1));
    }

    private static Tensor emissions(Tensor logp, Tensor labels, int t) {
        return Ops.gather(logp.select(1, t), 1, labels);
    }

    private static Tensor number(long v) {
        return Tensor.of(new long[] {v}, 1);
    }
}
