package org.layerzoo.plugins.hedgehog;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Attention weights of teacher and student, and the loss that makes the maps imitate softmax; for training and looking, n x m a head. */
public final class Mimicry {
    private Mimicry() {}

    /** phi_q phi_k^T over its row sums plus eps, [B, H, T, S]. */
    public static Tensor weights(Tensor phiQ, Tensor phiK, boolean causal, double eps) {
        Tensor seen = products(phiQ, phiK, causal, 0);
        return seen.div(seen.sumKeep(-1).add(eps));
    }

    /** softmax(q k^T / sqrt(d)), [B, H, T, S]. */
    public static Tensor teacher(Tensor q, Tensor k, boolean causal) {
        return teacher(q, k, causal, 0);
    }

    private static Tensor teacher(Tensor q, Tensor k, boolean causal, int first) {
        Tensor s = q.matmulT(k).mul(1 / Math.sqrt(q.dim(-1)));
        return causal ? Fused.softmax(s, -1, past(s, first), Softmax.EmptyRow.ZERO) : Fused.softmax(s, -1);
    }

    /** Mean over rows and heads of -sum_j a_j log w_j; the teacher a takes no gradient. */
    public static Tensor loss(Tensor teacher, Tensor weights) {
        Tensor a = Ops.stop(teacher);
        Tensor log = Ops.log(Ops.where(a.gt(0), weights, Ops.onesLike(weights)));
        return a.mul(log).sum(-1).neg().mean();
    }

    /**
     * The loss of {@code teacher(q, k)} and {@code weights(phiQ, phiK)}, some rows at a time forward and back: no map between all tokens is ever
     * whole. Features take gradients, q and k none.
     */
    public static Tensor loss(
            Tensor q, Tensor k, Tensor phiQ, Tensor phiK, boolean causal, double eps, int rowsAtOnce) {
        return Ops.custom(
                        "imitation",
                        List.of(Ops.stop(q), Ops.stop(k), phiQ, phiK),
                        in -> List.of(blocks(in, rowsAtOnce)
                                .map(r -> r.loss(causal, eps))
                                .reduce(Tensor::add)
                                .orElseThrow()
                                .div(rows(in))),
                        b -> {
                            List<Tensor> in = List.of(b.in(0), b.in(1), b.in(2), b.in(3));
                            Tensor share = b.grad(0).div(rows(in));
                            List<Tensor> queries = new ArrayList<>();
                            List<Tensor> keys = new ArrayList<>();
                            blocks(in, rowsAtOnce).forEach(r -> {
                                Tensor d = r.slope(causal, eps).mul(share);
                                queries.add(d.matmul(r.phiK));
                                Tensor to = d.tMatmul(r.phiQ);
                                keys.add(keys.isEmpty() ? to : keys.removeLast().add(to));
                            });
                            b.add(2, () -> Ops.concat(2, queries));
                            b.add(3, keys::getFirst);
                        })
                .getFirst();
    }

    private static int rows(List<Tensor> in) {
        return in.getFirst().dim(0) * in.getFirst().dim(1) * in.getFirst().dim(2);
    }

    private static Stream<Rows> blocks(List<Tensor> in, int size) {
        int n = in.getFirst().dim(2);
        return IntStream.range(0, (n + size - 1) / size).map(i -> i * size).mapToObj(from -> {
            int to = Math.min(n, from + size);
            return new Rows(in.get(0).slice(2, from, to), in.get(1), in.get(2).slice(2, from, to), in.get(3), from);
        });
    }

    /** Rows of both maps from the one of number {@code first} on. */
    private record Rows(Tensor q, Tensor k, Tensor phiQ, Tensor phiK, int first) {
        /** Sum of -a log w, w = s / r for the products s and their row sums r. */
        Tensor loss(boolean causal, double eps) {
            Tensor a = teacher(q, k, causal, first);
            Tensor s = products(phiQ, phiK, causal, first);
            Tensor log = Ops.log(Ops.where(a.gt(0), s, Ops.onesLike(s)))
                    .sub(Ops.log(s.sumKeep(-1).add(eps)));
            return a.mul(log).sum().neg();
        }

        /** Its derivative by s: -a / s + sum a / r. */
        Tensor slope(boolean causal, double eps) {
            Tensor a = teacher(q, k, causal, first);
            Tensor s = products(phiQ, phiK, causal, first);
            Tensor all = a.sumKeep(-1).div(s.sumKeep(-1).add(eps));
            Tensor d = all.sub(a.div(Ops.where(a.gt(0), s, Ops.onesLike(s))));
            return causal ? d.mul(past(s, first).cast(s.dtype())) : d;
        }
    }

    private static Tensor products(Tensor phiQ, Tensor phiK, boolean causal, int first) {
        Tensor w = phiQ.matmulT(phiK);
        return causal ? w.mul(past(w, first).cast(w.dtype())) : w;
    }

    private static Tensor past(Tensor w, int first) {
        Tensor row = Ops.iota(DType.I64, w.dim(-2))
                .add(Tensor.of(new long[] {first}, 1))
                .unsqueeze(1);
        return Ops.iota(DType.I64, w.dim(-1)).le(row);
    }
}
