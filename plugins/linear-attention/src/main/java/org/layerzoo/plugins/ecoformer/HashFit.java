package org.layerzoo.plugins.ecoformer;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;

/**
 * Learns a hash bit by bit so that H H^T nears b S, S being 1 for the largest and -1 for the smallest logits of a row. A bit maximises
 * y^T R y over the residual R through y = 2 / (1 + exp(-k a)) - 1 by Nesterov's descent, and is kept, for all heads at once, where
 * its signs lower the loss.
 *
 * @param steps descent steps a bit
 */
public record HashFit(int steps, double rate, double momentum) {
    /** A learned hash and how it came about: per bit the relaxed losses by step, the loss of the signs before and after, and |R| after. */
    public record Fitted(KernelHash hash, List<List<Tensor>> relaxed, List<Tensor> hard, List<Tensor> residual) {}

    /** S [B, h, N, N] of tokens u [B, h, N, d]. */
    public static Tensor targets(Tensor u, int top) {
        Tensor logits = u.matmulT(u);
        return signs(logits, top).sub(signs(logits.neg(), top));
    }

    private static Tensor signs(Tensor x, int top) {
        Tensor at = Ops.topK(x, top, -1, Primitive.TopKOrder.BY_VALUE).getLast();
        return Ops.scatterSet(Ops.zerosLike(x), -1, at, Ops.fill(1, x.spec().withShape(at.shape())));
    }

    /** @param start A [h, b, m] @param u tokens [B, h, N, d] @param anchors [1, h, m, d] @param s targets [B, h, N, N] */
    public Fitted fit(Tensor start, Tensor u, Tensor anchors, Tensor s) {
        int bits = start.dim(1);
        Tensor kernel = KernelHash.kernel(u, anchors);
        Tensor mean = kernel.meanKeep(2).meanKeep(0);
        Tensor k = kernel.sub(mean);
        Tensor r = s.mul(bits);
        List<Tensor> rows = new ArrayList<>();
        Fitted log = new Fitted(
                new KernelHash(start, mean, anchors), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int bit = 0; bit < bits; bit++) {
            Tensor before = start.select(1, bit).unsqueeze(2);
            Tensor after = descend(before, k, r, bits, log);
            Tensor old = hard(k.matmul(before));
            Tensor fresh = hard(k.matmul(after));
            Tensor better = loss(fresh, r, bits).lt(loss(old, r, bits));
            Tensor y = Ops.where(better, fresh, old);
            log.hard.add(loss(old, r, bits));
            log.hard.add(loss(y, r, bits));
            r = r.sub(y.matmulT(y));
            log.residual.add(Ops.sqrt(Ops.square(r).sum()));
            rows.add(Ops.where(better, after, before).squeeze(2));
        }
        return new Fitted(new KernelHash(Ops.stack(1, rows), mean, anchors), log.relaxed, log.hard, log.residual);
    }

    /** a [h, m, 1] after all steps; the gradient of the loss is written out. */
    private Tensor descend(Tensor start, Tensor k, Tensor r, int bits, Fitted log) {
        Tensor a = start;
        Tensor velocity = Ops.zerosLike(start);
        List<Tensor> losses = new ArrayList<>();
        Tensor both = r.add(r.transpose(2, 3));
        double scale = -1.0 / ((double) k.dim(0) * k.dim(1) * k.dim(2) * bits);
        for (int i = 0; i < steps; i++) {
            Tensor y = Ops.sigmoid(k.matmul(a)).mul(2).sub(1);
            losses.add(loss(y, r, bits));
            Tensor dy = both.matmul(y).mul(scale).mul(Ops.square(y).neg().add(1).mul(0.5));
            Tensor g = k.tMatmul(dy).sum(0);
            velocity = velocity.mul(momentum).add(g);
            a = a.sub(g.add(velocity.mul(momentum)).mul(rate));
        }
        log.relaxed.add(losses);
        return a;
    }

    private static Tensor hard(Tensor y) {
        return Ops.where(y.gt(0), Ops.onesLike(y), Ops.onesLike(y).neg());
    }

    /** Mean over samples and heads of -y^T R y / (N b). */
    private static Tensor loss(Tensor y, Tensor r, int bits) {
        return y.tMatmul(r.matmul(y)).mean().mul(-1.0 / ((double) r.dim(2) * bits));
    }
}
