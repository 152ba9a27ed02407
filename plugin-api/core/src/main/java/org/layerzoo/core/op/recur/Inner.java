package org.layerzoo.core.op.recur;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * The formulas of {@link Recur} for one run of tokens, in F32 or F64.
 *
 * @param q scaled, [B, H, T, dk]
 * @param decay log decays that broadcast to [B, H, T, 1 | dk | dv]
 * @param beta [B, H, T, 1], ones unless the delta rule
 */
record Inner(Gate gate, Diagonal diagonal, Tensor q, Tensor k, Tensor v, Tensor decay, Tensor beta, Tensor state) {
    static Inner of(Recur op, List<Tensor> in) {
        Iterator<Tensor> it = Wide.up(in);
        Tensor q = it.next();
        Tensor k = it.next();
        Tensor v = it.next();
        Tensor zero = Tensor.zeros(q.dtype(), 1, 1, q.dim(2), 1);
        Tensor beta = op.gate() instanceof Gate.Delta ? it.next().unsqueeze(3) : zero;
        Tensor decay =
                switch (op.gate()) {
                    case Gate.None g -> zero;
                    case Gate.PerHead g -> {
                        Tensor a = it.next();
                        yield a.reshape(1, a.dim(0), 1, 1).expand(1, a.dim(0), q.dim(2), 1);
                    }
                    case Gate.Scalar g -> it.next().unsqueeze(3);
                    case Gate.Key g -> it.next();
                    case Gate.Value g -> it.next();
                    case Gate.Delta g -> g.decays() ? it.next().unsqueeze(3) : zero;
                };
        Tensor s = op.initial() ? it.next() : Recur.zeroState(in);
        return new Inner(op.gate(), op.diagonal(), heads(q, v).mul(op.scale()), heads(k, v), v, decay, beta, s);
    }

    private static Tensor heads(Tensor k, Tensor v) {
        int hk = k.dim(1);
        int h = v.dim(1);
        if (hk == h) {
            return k;
        }
        long[] map = new long[h];
        for (int i = 0; i < h; i++) {
            map[i] = (long) i * hk / h;
        }
        return Ops.indexSelect(k, 1, Tensor.of(map, h));
    }

    private boolean delta() {
        return gate instanceof Gate.Delta;
    }

    List<Tensor> recurrent() {
        Tensor s = state;
        List<Tensor> o = new ArrayList<>();
        for (int t = 0; t < q.dim(2); t++) {
            Tensor qt = q.slice(2, t, t + 1);
            Tensor kt = k.slice(2, t, t + 1);
            Tensor vt = v.slice(2, t, t + 1);
            Tensor a = Ops.exp(decay.slice(2, t, t + 1));
            Tensor kept = s.mul(gate instanceof Gate.Key ? a.transpose(2, 3) : a);
            Tensor u = delta() ? vt.sub(kt.matmul(kept)).mul(beta.slice(2, t, t + 1)) : vt;
            Tensor read =
                    switch (diagonal) {
                        case BEFORE -> qt.matmul(s);
                        case EXCLUSIVE -> qt.matmul(kept);
                        default ->
                            qt.matmul(kept).add(qt.mul(kt).sumKeep(3).mul(u).mul(diagonal.share()));
                    };
            o.add(read);
            s = kept.add(kt.tMatmul(u));
        }
        return List.of(Ops.concat(2, o), s);
    }

    /** One chunk: what came in, decayed, plus the triangle of pairs within. */
    List<Tensor> parallel() {
        Tensor g = Ops.cumsum(decay, 2);
        Tensor gq = diagonal == Diagonal.BEFORE ? Ops.scan(Primitive.ScanKind.SUM, decay, 2, false, true) : g;
        Tensor end = g.slice(2, g.dim(2) - 1, g.dim(2));
        Tensor tail = Ops.exp(end.sub(g));
        Tensor into = Ops.exp(gq);
        Tensor last = Ops.exp(end);
        return switch (gate) {
            case Gate.Key k2 -> {
                Tensor o = q.mul(into).matmul(state).add(keyPairs(gq, g).matmul(v));
                yield List.of(o, state.mul(last.transpose(2, 3)).add(k.mul(tail).tMatmul(v)));
            }
            case Gate.Value v2 -> {
                Tensor o = q.matmul(state).mul(into).add(valuePairs(gq, g));
                yield List.of(o, state.mul(last).add(k.tMatmul(v.mul(tail))));
            }
            default -> {
                Tensor u = delta() ? corrected(g) : v;
                Tensor pairs = q.matmulT(k).mul(ratios(gq, g, own()));
                Tensor o = q.matmul(state).mul(into).add(halved(pairs).matmul(u));
                yield List.of(o, state.mul(last).add(k.mul(tail).tMatmul(u)));
            }
        };
    }

    /** u of the delta rule: (I + tril(beta k k^T ratios, -1)) u = beta (v - into k S). */
    private Tensor corrected(Tensor g) {
        Tensor m = k.matmulT(k).mul(ratios(g, g, false)).mul(beta);
        Tensor rhs = v.sub(k.mul(Ops.exp(g)).matmul(state)).mul(beta);
        return Ops.one(new Primitive.TriangularSolve(true, false, true), m, rhs);
    }

    /** exp(gq_i - g_j) where j < i, also j = i when {@code own}; else 0. [.., T, T] */
    private Tensor ratios(Tensor gq, Tensor g, boolean own) {
        Tensor d = gq.sub(g.transpose(2, 3));
        return Ops.exp(Ops.where(before(own), d, infinity()));
    }

    private Tensor before(boolean own) {
        Tensor i = Ops.iota(DType.I64, q.dim(2));
        Tensor row = i.unsqueeze(1);
        return own ? i.le(row) : i.lt(row);
    }

    private Tensor infinity() {
        return Tensor.scalar(q.dtype(), Double.NEGATIVE_INFINITY);
    }

    private boolean own() {
        return diagonal.share() > 0;
    }

    private Tensor halved(Tensor pairs) {
        if (diagonal != Diagonal.HALF) {
            return pairs;
        }
        Tensor i = Ops.iota(DType.I64, q.dim(2));
        return Ops.where(i.eq(i.unsqueeze(1)), pairs.mul(0.5), pairs);
    }

    /** sum_d q_id k_jd exp(gq_id - g_jd): pairwise, so that no exponent is positive. */
    private Tensor keyPairs(Tensor gq, Tensor g) {
        Tensor w = triangle(gq, g).mul(q.unsqueeze(3)).mul(k.unsqueeze(2));
        return halved(w.sum(4));
    }

    private Tensor valuePairs(Tensor gq, Tensor g) {
        Tensor pairs = halved(q.matmulT(k));
        return triangle(gq, g).mul(pairs.unsqueeze(4)).mul(v.unsqueeze(2)).sum(3);
    }

    /** [B, H, T, T, d]. */
    private Tensor triangle(Tensor gq, Tensor g) {
        Tensor d = gq.unsqueeze(3).sub(g.unsqueeze(2));
        return Ops.exp(Ops.where(before(own()).unsqueeze(2), d, infinity()));
    }
}
