package org.layerzoo.plugins.lightseq;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.attend.Attended;
import org.layerzoo.core.spi.Collectives;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.GroupedHeads;
import org.layerzoo.plugins.lightseq.Schedules.Pair;

/**
 * Exact softmax attention over a sequence cut into one chunk a rank (LightSeq, section 3). A rank holds q [B, H, t, d] and
 * k, v [B, Hkv, t, d], which travel with Hkv heads. Partial results meet by (o, L):
 *
 * <pre>
 * L = log(e^L1 + e^L2);  o = o1 e^(L1 - L) + o2 e^(L2 - L)
 * backward: P = exp(s - L), D = rowsum(do * o), ds = P * (do v^T - D), dq = ds k, dk = ds^T q, dv = P^T do
 * </pre>
 *
 * Only pairs of a chunk with itself need the causal mask. First derivatives only.
 */
public final class DistAttention {
    private final LightSeqConfig c;
    private final Collectives ranks;
    private final List<List<Optional<Pair>>> steps;
    private final AtomicInteger forwards = new AtomicInteger();

    public DistAttention(LightSeqConfig c, Collectives ranks) {
        this.c = c;
        this.ranks = ranks;
        this.steps = Schedules.steps(c, ranks.size());
    }

    /** o and L of this rank's queries. */
    public record Result(Tensor o, Tensor lse) {}

    /** How often the attention was computed forward on this rank. */
    public int forwards() {
        return forwards.get();
    }

    /** With its gradient. */
    public Result apply(Tensor q, Tensor k, Tensor v) {
        List<Tensor> out = Ops.custom(
                "lightseq",
                List.of(q, k, v),
                in -> {
                    Result r = forward(in.get(0), in.get(1), in.get(2));
                    return List.of(r.o, r.lse);
                },
                this::backward);
        return new Result(out.get(0), out.get(1));
    }

    /** The same for a result that was kept: nothing is computed forward, the gradient is that of {@link #apply}. */
    public Tensor replay(Tensor q, Tensor k, Tensor v, Result kept) {
        return Ops.custom(
                        "lightseq",
                        List.of(q, k, v),
                        in -> List.of(kept.o.view(kept.o.shape()), kept.lse.view(kept.lse.shape())),
                        this::backward)
                .getFirst();
    }

    private Result forward(Tensor q, Tensor k, Tensor v) {
        forwards.incrementAndGet();
        List<Fused.Part> parts = new ArrayList<>();
        for (List<Optional<Pair>> step : steps) {
            for (Pair p : sent(step)) {
                if (p.helps()) {
                    ranks.send(q, p.worker());
                } else {
                    ranks.send(k, p.worker());
                    ranks.send(v, p.worker());
                }
            }
            step.get(ranks.rank()).ifPresent(p -> compute(p, q, k, v, parts));
            step.stream()
                    .flatMap(Optional::stream)
                    .filter(p -> p.helps() && p.query() == ranks.rank())
                    .forEach(p -> parts.add(new Fused.Part(
                            ranks.receive(p.worker(), withDepth(q, v.dim(3))),
                            ranks.receive(p.worker(), q.shape().sub(0, 3)))));
        }
        Fused.Part all = parts.size() == 1 ? parts.getFirst() : Fused.mergeLse(parts);
        return new Result(all.o(), all.lse());
    }

    /** Pairs of other ranks that need something of this one: its queries when helped, its keys and values otherwise. */
    private List<Pair> sent(List<Optional<Pair>> step) {
        return step.stream()
                .flatMap(Optional::stream)
                .filter(p -> p.worker() != ranks.rank() && (p.helps() ? p.query() : p.key()) == ranks.rank())
                .toList();
    }

    private void compute(Pair p, Tensor q, Tensor k, Tensor v, List<Fused.Part> parts) {
        if (p.helps()) {
            Attended a = attend(ranks.receive(p.query(), q.shape()), k, v, false);
            ranks.send(a.o(), p.query());
            ranks.send(a.lse().orElseThrow(), p.query());
            return;
        }
        boolean own = p.key() == ranks.rank();
        Tensor keys = own ? k : ranks.receive(p.key(), k.shape());
        Tensor values = own ? v : ranks.receive(p.key(), v.shape());
        Attended a = attend(q, keys, values, own && c.causal());
        parts.add(new Fused.Part(a.o(), a.lse().orElseThrow()));
    }

    private static Attended attend(Tensor q, Tensor k, Tensor v, boolean diagonal) {
        var a = Fused.attend(q).keys(k, v);
        return (diagonal ? a.causal() : a).run();
    }

    private static Shape withDepth(Tensor q, int d) {
        return q.shape().with(3, d);
    }

    private void backward(Backprop b) {
        Tensor q = b.in(0);
        Tensor k = b.in(1);
        Tensor v = b.in(2);
        Tensor dout = b.grad(0);
        // A cotangent of L enters dS as P * dL, which is D minus dL.
        Tensor delta = dout.mul(b.out(0)).sum(3).sub(b.hasGrad(1) ? b.grad(1) : Ops.zerosLike(b.out(1)));
        Tensor[] g = {Ops.zerosLike(q), Ops.zerosLike(k), Ops.zerosLike(v)};
        for (List<Optional<Pair>> step : steps) {
            for (Pair p : sent(step)) {
                List<Tensor> what = p.helps() ? List.of(q, dout, b.out(1), delta) : List.of(k, v);
                what.forEach(t -> ranks.send(t, p.worker()));
            }
            step.get(ranks.rank()).ifPresent(p -> computeBackward(p, q, k, v, new Tensor[] {dout, b.out(1), delta}, g));
            for (Pair p : step.stream().flatMap(Optional::stream).toList()) {
                if (p.worker() == ranks.rank()) {
                    continue;
                }
                if (p.helps() && p.query() == ranks.rank()) {
                    g[0] = g[0].add(ranks.receive(p.worker(), q.shape()));
                } else if (!p.helps() && p.key() == ranks.rank()) {
                    g[1] = g[1].add(ranks.receive(p.worker(), k.shape()));
                    g[2] = g[2].add(ranks.receive(p.worker(), v.shape()));
                }
            }
        }
        for (int i = 0; i < 3; i++) {
            Tensor t = g[i];
            b.add(i, () -> t);
        }
    }

    private void computeBackward(Pair p, Tensor q, Tensor k, Tensor v, Tensor[] saved, Tensor[] g) {
        if (p.helps()) {
            Tensor qr = ranks.receive(p.query(), q.shape());
            Tensor[] theirs = {
                ranks.receive(p.query(), saved[0].shape()),
                ranks.receive(p.query(), saved[1].shape()),
                ranks.receive(p.query(), saved[2].shape())
            };
            Tensor[] d = pair(qr, k, v, theirs, false);
            ranks.send(d[0], p.query());
            g[1] = g[1].add(d[1]);
            g[2] = g[2].add(d[2]);
            return;
        }
        boolean own = p.key() == ranks.rank();
        Tensor keys = own ? k : ranks.receive(p.key(), k.shape());
        Tensor values = own ? v : ranks.receive(p.key(), v.shape());
        Tensor[] d = pair(q, keys, values, saved, own && c.causal());
        g[0] = g[0].add(d[0]);
        if (own) {
            g[1] = g[1].add(d[1]);
            g[2] = g[2].add(d[2]);
        } else {
            ranks.send(d[1], p.key());
            ranks.send(d[2], p.key());
        }
    }

    /** dq, dk, dv of one pair of chunks; saved = (do, L, D). */
    private static Tensor[] pair(Tensor q, Tensor k, Tensor v, Tensor[] saved, boolean diagonal) {
        double scale = 1 / Math.sqrt(q.dim(3));
        Tensor kh = GroupedHeads.expand(k, q.dim(1));
        Tensor vh = GroupedHeads.expand(v, q.dim(1));
        Tensor p = Ops.exp(q.matmulT(kh).mul(scale).sub(saved[1].unsqueeze(3).cast(q.dtype())));
        if (diagonal) {
            Tensor visible = Ops.iota(DType.I64, q.dim(2))
                    .unsqueeze(1)
                    .ge(Ops.iota(DType.I64, k.dim(2)).unsqueeze(0));
            p = Ops.where(visible, p, Tensor.scalar(p.dtype(), 0));
        }
        Tensor ds = p.mul(saved[0].matmulT(vh).sub(saved[2].unsqueeze(3).cast(q.dtype())))
                .mul(scale);
        return new Tensor[] {ds.matmul(kh), grouped(ds.tMatmul(q), k.dim(1)), grouped(p.tMatmul(saved[0]), k.dim(1))};
    }

    /** Sums gradients of the query heads that share a key-value head. */
    private static Tensor grouped(Tensor t, int kvHeads) {
        return t.dim(1) == kvHeads
                ? t
                : t.reshape(t.dim(0), kvHeads, t.dim(1) / kvHeads, t.dim(2), t.dim(3))
                        .sum(2);
    }
}
