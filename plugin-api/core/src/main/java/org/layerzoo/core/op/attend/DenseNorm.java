package org.layerzoo.core.op.attend;

import java.util.Iterator;
import java.util.Optional;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.Tensor;

/** Dense weights p [B, H, Tq, T] of scores, and the log-sum-exp [B, H, Tq] where there is one. */
record DenseNorm(Tensor p, Optional<Tensor> lse) {
    /** @param mask BOOL that broadcasts to the scores, or empty when all is visible */
    static DenseNorm of(Normaliser norm, Tensor s, Optional<Tensor> mask, Iterator<Tensor> in) {
        return switch (norm) {
            case Normaliser.Softmax n -> softmax(s, mask);
            case Normaliser.Clip c -> {
                DenseNorm soft = softmax(s, mask);
                Tensor p = Ops.clamp(soft.p.mul(c.zeta() - c.gamma()).add(c.gamma()), 0, 1);
                yield new DenseNorm(hide(p, mask), soft.lse);
            }
            case Normaliser.Sigmoid b -> plain(Ops.sigmoid(visible(s, mask).add(b.b())), mask);
            case Normaliser.Relu2 r -> plain(Ops.square(Ops.relu(visible(s, mask))), mask);
            case Normaliser.Laplace l ->
                plain(
                        Ops.erf(visible(s, mask).sub(l.mu()).mul(1 / (l.sigma() * Math.sqrt(2))))
                                .add(1)
                                .mul(0.5),
                        mask);
            case Normaliser.None n -> plain(visible(s, mask), mask);
            case Normaliser.MeanStd m -> plain(meanStd(visible(s, mask), mask, m.eps(), in.next(), in.next()), mask);
        };
    }

    private static DenseNorm plain(Tensor p, Optional<Tensor> mask) {
        return new DenseNorm(hide(p, mask), Optional.empty());
    }

    private static DenseNorm softmax(Tensor scores, Optional<Tensor> mask) {
        Tensor infinity = constant(scores, Double.NEGATIVE_INFINITY);
        Tensor s = mask.map(m -> Ops.where(m, scores, infinity)).orElse(scores);
        Tensor top = Ops.stop(s.maxKeep(3));
        Tensor live = top.eq(Double.NEGATIVE_INFINITY).not();
        Tensor m = Ops.where(live, top, constant(s, 0));
        Tensor e = Ops.exp(s.sub(m));
        Tensor sum = e.sumKeep(3);
        Tensor safe = Ops.where(live, sum, constant(s, 1));
        Tensor lse = Ops.where(live, m.add(Ops.log(safe)), infinity);
        return new DenseNorm(e.div(safe), Optional.of(lse.squeeze(3)));
    }

    private static Tensor meanStd(Tensor s, Optional<Tensor> mask, double eps, Tensor gain, Tensor shift) {
        Tensor w = mask.map(m -> Ops.where(m, Ops.onesLike(s), constant(s, 0))).orElseGet(() -> Ops.onesLike(s));
        Tensor n = Ops.maximum(w.sumKeep(3), constant(s, 1));
        Tensor c = s.sub(s.sumKeep(3).div(n)).mul(w);
        Tensor var = Ops.square(c).sumKeep(3).div(n);
        // A row of equal scores has no spread and no derivative of it.
        Tensor spread = var.eq(0).not();
        Tensor std = Ops.where(spread, Ops.sqrt(Ops.where(spread, var, constant(s, 1))), constant(s, 0));
        int h = gain.dim(0);
        return c.div(std.add(eps)).mul(gain.reshape(h, 1, 1)).add(shift.reshape(h, 1, 1));
    }

    /** Hidden scores may be anything, so they are replaced before a function meets them. */
    private static Tensor visible(Tensor s, Optional<Tensor> mask) {
        return hide(s, mask);
    }

    private static Tensor hide(Tensor p, Optional<Tensor> mask) {
        return mask.map(m -> Ops.where(m, p, constant(p, 0))).orElse(p);
    }

    private static Tensor constant(Tensor like, double v) {
        return Tensor.scalar(like.dtype(), v);
    }
}
