package org.layerzoo.nn.memory;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * A memory whose state is the weights of a small net M a head, written by gradient descent with momentum and decay on |M(k) - v|^2
 * (Titans, Behrouz et al. 2025, section 3.1):
 *
 * <pre>
 * S_t = eta_t S_{t-1} - theta_t grad |M(k_t) - v_t|^2;  M_t = keep_t M_{t-1} + S_t;  y_t = M_t(q_t)
 * </pre>
 *
 * Within a chunk all gradients are taken at its first weights; they are outer products, so the two scans become one triangular matrix of
 * coefficients over their factors, and no copy of the weights a token is made. One weight: M(k) = W k; two: M(k) = k + W_2 SiLU(W_1 k).
 */
public final class NeuralMemory {
    private NeuralMemory() {}

    /** Weights [B, H, out, in] and their momentum. */
    public record Weights(List<Tensor> w, List<Tensor> s) {
        /** Without momentum. */
        public static Weights of(List<Tensor> w) {
            return new Weights(w, w.stream().map(Ops::zerosLike).toList());
        }
    }

    /** What a chunk writes: k, v [B, H, n, d], log eta, log keep and theta [B, H, n]. */
    public record Writes(Tensor k, Tensor v, Tensor logEta, Tensor logKeep, Tensor theta) {
        public Writes slice(int from, int to) {
            return new Writes(
                    k.slice(2, from, to),
                    v.slice(2, from, to),
                    logEta.slice(2, from, to),
                    logKeep.slice(2, from, to),
                    theta.slice(2, from, to));
        }

        public int size() {
            return k.dim(2);
        }
    }

    /** M(q) at fixed weights, [B, H, n, d]. */
    public static Tensor read(Weights m, Tensor q) {
        if (m.w().size() == 1) {
            return q.matmulT(m.w().get(0));
        }
        return q.add(Ops.silu(q.matmulT(m.w().get(0))).matmulT(m.w().get(1)));
    }

    /** How each token counts in each state behind it: of the first weights, the first momentum and the gradients. */
    public record Coefficients(Tensor first, Tensor momentum, Tensor gradients) {
        /** Of all tokens of a chunk, [B, H, n], [B, H, n] and [B, H, n, n]. */
        public static Coefficients of(Writes x) {
            Tensor keep = Ops.cumsum(x.logKeep(), 2);
            Tensor eta = Ops.cumsum(x.logEta(), 2);
            Tensor kept = products(keep);
            Tensor both = kept.matmul(products(eta)).mul(x.theta().unsqueeze(2));
            Tensor momentum = kept.matmul(Ops.exp(eta).unsqueeze(3)).squeeze(3);
            return new Coefficients(Ops.exp(keep), momentum, both);
        }

        /** exp(l_t - l_i) for i <= t, else 0. */
        private static Tensor products(Tensor l) {
            int n = l.dim(2);
            Tensor apart = l.unsqueeze(3).sub(l.unsqueeze(2));
            Tensor at = Ops.iota(DType.I64, n);
            Tensor below = at.le(at.unsqueeze(1));
            Tensor zero = Tensor.scalar(l.dtype(), 0);
            return Ops.where(below, Ops.exp(Ops.where(below, apart, zero)), zero);
        }

        Coefficients rows(int from, int to) {
            return new Coefficients(
                    first.slice(2, from, to), momentum.slice(2, from, to), gradients.slice(2, from, to));
        }
    }

    /** Factors of every token's gradient of one weight: g a^T with g [B, H, n, out], a [B, H, n, in]. */
    private record Factors(Tensor g, Tensor a) {}

    private static List<Factors> gradients(Weights m, Writes x) {
        Tensor w = m.w().get(0);
        if (m.w().size() == 1) {
            return List.of(new Factors(x.k().matmulT(w).sub(x.v()).mul(2), x.k()));
        }
        Tensor w2 = m.w().get(1);
        Tensor h = x.k().matmulT(w);
        Tensor sigma = Ops.sigmoid(h);
        Tensor s = h.mul(sigma);
        Tensor e = x.k().add(s.matmulT(w2)).sub(x.v()).mul(2);
        // SiLU'(h) = sigma (1 + h (1 - sigma))
        Tensor slope = sigma.mul(h.mul(sigma.neg().add(1)).add(1));
        return List.of(new Factors(e.matmul(w2).mul(slope), x.k()), new Factors(e, s));
    }

    /** Reads of the last rows of a chunk, each from the weights behind its own token. @param q [B, H, m, d], m at most the chunk's n */
    public static Tensor chunk(Weights m, Writes x, Tensor q) {
        int n = x.size();
        Coefficients c = Coefficients.of(x).rows(n - q.dim(2), n);
        List<Factors> f = gradients(m, x);
        Tensor h = applied(m, f.get(0), c, 0, q);
        return f.size() == 1 ? h : q.add(applied(m, f.get(1), c, 1, Ops.silu(h)));
    }

    /** W_t a for the weights behind each row. */
    private static Tensor applied(Weights m, Factors f, Coefficients c, int i, Tensor a) {
        Tensor first = a.matmulT(m.w().get(i)).mul(c.first().unsqueeze(3));
        Tensor momentum = a.matmulT(m.s().get(i)).mul(c.momentum().unsqueeze(3));
        return first.add(momentum).sub(a.matmulT(f.a()).mul(c.gradients()).matmul(f.g()));
    }

    /** Weights behind a chunk. */
    public static Weights after(Weights m, Writes x) {
        int n = x.size();
        Coefficients c = Coefficients.of(x).rows(n - 1, n);
        Tensor eta = Ops.cumsum(x.logEta(), 2);
        Tensor end = eta.slice(2, n - 1, n);
        Tensor share = Ops.exp(end.sub(eta)).mul(x.theta());
        List<Factors> f = gradients(m, x);
        List<Tensor> w = new ArrayList<>();
        List<Tensor> s = new ArrayList<>();
        for (int i = 0; i < f.size(); i++) {
            Tensor kept = m.w().get(i)
                    .mul(c.first().unsqueeze(3))
                    .add(m.s().get(i).mul(c.momentum().unsqueeze(3)));
            w.add(kept.sub(sum(f.get(i), c.gradients().squeeze(2))));
            s.add(m.s().get(i).mul(Ops.exp(end).unsqueeze(3)).sub(sum(f.get(i), share)));
        }
        return new Weights(w, s);
    }

    /** sum_i c_i g_i a_i^T. */
    private static Tensor sum(Factors f, Tensor c) {
        return f.g().mul(c.unsqueeze(3)).tMatmul(f.a());
    }
}
