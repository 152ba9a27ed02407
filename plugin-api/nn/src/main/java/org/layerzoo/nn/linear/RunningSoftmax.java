package org.layerzoo.nn.linear;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.tensor.Tensor;

/** Softmax averages of all prefixes, o_t = sum_{i <= t} exp(s_i) v_i / sum_{i <= t} exp(s_i), in each of their forms. */
public final class RunningSoftmax {
    private RunningSoftmax() {}

    /** A set of tokens (Feng et al. 2024, section 3.2): the largest score m [..], u = sum exp(s - m) [..] and w = sum exp(s - m) v [.., p]. */
    public record Triple(Tensor m, Tensor u, Tensor w) {
        /** One set a token. */
        public static Triple leaves(Tensor s, Tensor v) {
            Tensor none = s.eq(Double.NEGATIVE_INFINITY);
            Tensor zero = Tensor.scalar(s.dtype(), 0);
            Tensor u = Ops.where(none, zero, Ops.onesLike(s));
            return new Triple(s, u, Ops.where(none.unsqueeze(-1), zero, v));
        }

        /** The union; (-inf, 0, 0) is the empty set. */
        public Triple with(Triple b) {
            Tensor top = Ops.maximum(m, b.m);
            Tensor zero = Tensor.scalar(top.dtype(), 0);
            Tensor safe = Ops.where(top.eq(Double.NEGATIVE_INFINITY), zero, top);
            Tensor mine = Ops.exp(m.sub(safe));
            Tensor theirs = Ops.exp(b.m.sub(safe));
            return new Triple(
                    top,
                    u.mul(mine).add(b.u.mul(theirs)),
                    w.mul(mine.unsqueeze(-1)).add(b.w.mul(theirs.unsqueeze(-1))));
        }

        private Triple tokens(int axis, int from, int to) {
            return new Triple(m.slice(axis, from, to), u.slice(axis, from, to), w.slice(axis, from, to));
        }

        private Triple before(int axis, Triple more) {
            return new Triple(Ops.concat(axis, m, more.m), Ops.concat(axis, u, more.u), Ops.concat(axis, w, more.w));
        }

        /** o and log of the mass; 0 and -inf of the empty set. */
        public Fused.Part read() {
            Tensor empty = u.eq(0);
            Tensor one = Tensor.scalar(u.dtype(), 1);
            Tensor safe = Ops.where(empty, one, u);
            Tensor infinity = Tensor.scalar(u.dtype(), Double.NEGATIVE_INFINITY);
            Tensor top = Ops.where(empty, Tensor.scalar(u.dtype(), 0), m);
            return new Fused.Part(w.div(safe.unsqueeze(-1)), Ops.where(empty, infinity, top.add(Ops.log(safe))));
        }
    }

    /**
     * o [B, H, T, p] and log masses [B, H, T].
     *
     * @param s [B, H, T]
     * @param v [B, H, T, p]
     * @param state o [B, H, p] and log mass [B, H] of what came before
     * @param form empty is one op
     */
    public static Fused.Part read(Tensor s, Tensor v, Optional<Fused.Part> state, Optional<Algorithm> form) {
        if (form.isEmpty()) {
            return whole(s, v, state);
        }
        return switch (form.get()) {
            case Algorithm.Recurrent r -> chunks(s, v, state, 1);
            case Algorithm.Chunked c -> chunks(s, v, state, c.size());
            case Algorithm.Parallel p -> doubling(s, v, state).read();
        };
    }

    private static Fused.Part whole(Tensor s, Tensor v, Optional<Fused.Part> state) {
        return state.map(p -> Fused.softmaxScan(s, v, p)).orElseGet(() -> Fused.softmaxScan(s, v));
    }

    private static Fused.Part chunks(Tensor s, Tensor v, Optional<Fused.Part> state, int size) {
        List<Tensor> o = new ArrayList<>();
        List<Tensor> mass = new ArrayList<>();
        Optional<Fused.Part> before = state;
        for (int from = 0; from < s.dim(2); from += size) {
            int to = Math.min(s.dim(2), from + size);
            Fused.Part p = whole(s.slice(2, from, to), v.slice(2, from, to), before);
            before = Optional.of(last(p));
            o.add(p.o());
            mass.add(p.lse());
        }
        return new Fused.Part(Ops.concat(2, o), Ops.concat(2, mass));
    }

    /** What a stream keeps of a run: o and log mass behind its last token, F32 or wider. */
    public static Fused.Part last(Fused.Part p) {
        int t = p.o().dim(2);
        return new Fused.Part(Wide.up(p.o().select(2, t - 1)), p.lse().select(2, t - 1));
    }

    /** Every token joins the last 2, 4, 8, .. ones: log2 T steps over all tokens at once. */
    private static Triple doubling(Tensor s, Tensor v, Optional<Fused.Part> state) {
        int t = s.dim(2);
        Triple sets = Triple.leaves(s, v);
        for (int k = 1; k < t; k *= 2) {
            Triple joined = sets.tokens(2, 0, t - k).with(sets.tokens(2, k, t));
            sets = sets.tokens(2, 0, k).before(2, joined);
        }
        if (state.isEmpty()) {
            return sets;
        }
        Tensor mass = state.get().lse().cast(s.dtype()).unsqueeze(2);
        Tensor o = state.get().o().cast(v.dtype()).unsqueeze(2);
        return Triple.leaves(mass, o).with(sets);
    }
}
