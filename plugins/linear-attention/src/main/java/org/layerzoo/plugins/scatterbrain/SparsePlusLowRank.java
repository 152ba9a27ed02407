package org.layerzoo.plugins.scatterbrain;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Indices;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.nn.linear.LinearAttention;

/**
 * A^ = phi(Q) phi(K)^T with the entries of a support replaced by exp(s q . k), normalised by rows. Everything of a row is held over one
 * factor e^c, c the larger of its exact scores and the bound of its features, and pairs that meet in several rounds count once.
 *
 * @param q [B, H, t, d]
 * @param k [B, H, t, d]
 * @param v [B, H, t, dv]
 * @param logQ log phi(q) [B, H, t, m]
 * @param logK log phi(k) [B, H, t, m]
 * @param rounds the support; none for the features alone
 * @param causal whether a row sees its own and earlier tokens only
 */
public record SparsePlusLowRank(
        Tensor q, Tensor k, Tensor v, Tensor logQ, Tensor logK, List<Round> rounds, boolean causal) {
    private static final double LEAST = 1e-6;

    /** Features over their bounds: exp(log phi(q) - row bound), exp(log phi(k) - bound), and the sum of both bounds [B, H, t, 1]. */
    private record Features(Tensor q, Tensor k, Tensor bound) {}

    private double scale() {
        return 1 / Math.sqrt(q.dim(3));
    }

    private Features features() {
        // Far below the exact scores, so that features of nothing stay nothing.
        Tensor a = Ops.maximum(Ops.stop(logQ.maxKeep(3)), Tensor.scalar(q.dtype(), -1e4));
        Tensor g = Ops.maximum(Ops.stop(logK.maxKeep(2, 3)), Tensor.scalar(q.dtype(), -1e4));
        return new Features(Ops.exp(logQ.sub(a)), Ops.exp(logK.sub(g)), a.add(g));
    }

    /** One round's scores and products of features in its clusters [B, H, n/c, c, s], and which pairs there are. */
    private record Tile(Round round, Tensor scores, Tensor products, Tensor seen, Tensor count, Tensor values) {}

    private Tile tile(Round r, Features f, int n) {
        int t = q.dim(2);
        Tensor live = r.keys().lt(number(t)).and(r.keys().ge(number(0)));
        Tensor index = Ops.where(live, r.keys(), Ops.zerosLike(r.keys()));
        Tensor at = r.queries().reshape(q.dim(0), q.dim(1), r.clusters(), n / r.clusters());
        Tensor seen = live.unsqueeze(3);
        if (r.query().bucket().isPresent()) {
            seen = seen.and(r.met(at, index));
        }
        if (causal) {
            seen = seen.and(index.unsqueeze(3).le(at.unsqueeze(4)));
        }
        Tensor own = Ops.minimum(at, number(t - 1));
        Tensor scores = rows(q, own).matmulT(rows(k, index)).mul(scale());
        Tensor products = rows(f.q(), own).matmulT(rows(f.k(), index));
        Tensor seenAll = seen.and(Ops.onesLike(scores).gt(0));
        return new Tile(r, scores, products, seenAll, count(at, index), rows(LinearAttention.counted(v), index));
    }

    /** In how many rounds a pair meets. */
    private Tensor count(Tensor at, Tensor index) {
        return rounds.size() == 1
                ? Tensor.ones(q.dtype(), 1)
                : rounds.stream()
                        .map(other -> other.met(at, index).cast(q.dtype()))
                        .reduce(Tensor::add)
                        .orElseThrow();
    }

    /** Rows x [B, H, t, d] at I64 [B, H, n, c], [B, H, n, c, d]. */
    private static Tensor rows(Tensor x, Tensor at) {
        int d = x.dim(3);
        int places = at.dim(2) * at.dim(3);
        Tensor index = at.reshape(at.dim(0), at.dim(1), places, 1).expand(at.dim(0), at.dim(1), places, d);
        return Ops.gather(x, 2, index).reshape(at.shape().append(d));
    }

    private static Tensor number(long n) {
        return Tensor.of(new long[] {n}, 1);
    }

    /** Rows of clusters [B, H, n/c, c, d] as tokens [B, H, t, d]. */
    private Tensor back(Round r, Tensor x) {
        int n = x.dim(2) * x.dim(3);
        Tensor place = Indices.inversePermutation(r.queries(), 2).slice(2, 0, q.dim(2));
        return rows(x.reshape(x.dim(0), x.dim(1), n, x.dim(4)), place.unsqueeze(3))
                .squeeze(3);
    }

    /** o [B, H, t, dv] without a t x t matrix. */
    public Tensor read() {
        Features f = features();
        List<Tile> tiles = new ArrayList<>();
        Tensor top = f.bound();
        Tensor least = Tensor.scalar(q.dtype(), -1e30);
        for (Round r : rounds) {
            Tile tile = tile(r, f, r.queries().dim(2));
            tiles.add(tile);
            Tensor most = Ops.stop(Ops.where(tile.seen(), tile.scores(), least).maxKeep(4));
            top = Ops.maximum(top, back(r, most));
        }
        Tensor row = Ops.stop(top);
        Tensor kept = Ops.exp(f.bound().sub(row));
        Tensor counted = LinearAttention.counted(v);
        Tensor sums = (causal ? Fused.recur(f.q(), f.k(), counted).run().o() : f.q().matmul(f.k().tMatmul(counted)))
                .mul(kept);
        for (Tile tile : tiles) {
            sums = sums.add(correction(tile, row, kept));
        }
        Tensor last = sums.slice(3, v.dim(3), v.dim(3) + 1);
        return sums.slice(3, 0, v.dim(3)).div(Ops.maximum(last, Tensor.scalar(v.dtype(), LEAST)));
    }

    /** (exp(s q . k) - phi . phi) [v, 1] of the pairs of a round. */
    private Tensor correction(Tile tile, Tensor row, Tensor kept) {
        Tensor at = Ops.minimum(tile.round().queries(), number(q.dim(2) - 1));
        Tensor place = at.reshape(
                tile.scores().dim(0),
                tile.scores().dim(1),
                tile.scores().dim(2),
                tile.scores().dim(3));
        Tensor nothing = Tensor.scalar(q.dtype(), 0);
        Tensor safe = Ops.where(tile.seen(), tile.scores().sub(rows(row, place)), nothing);
        Tensor exact = Ops.exp(safe);
        Tensor change = exact.sub(tile.products().mul(rows(kept, place)))
                .div(Ops.maximum(tile.count(), Tensor.scalar(q.dtype(), 1)));
        return back(tile.round(), Ops.where(tile.seen(), change, nothing).matmul(tile.values()));
    }

    /** The matrix of weights [B, H, t, t], for looking at. */
    public Tensor weights() {
        Features f = features();
        int t = q.dim(2);
        Tensor row = Ops.iota(DType.I64, t).unsqueeze(1);
        Tensor column = Ops.iota(DType.I64, t);
        Tensor scores = q.matmulT(k).mul(scale());
        Tensor past = causal ? column.le(row) : column.ge(number(0)).expand(t, t);
        Tensor exact = support(t).and(past);
        Tensor nothing = Tensor.scalar(q.dtype(), 0);
        Tensor most = Ops.where(exact, scores, Tensor.scalar(q.dtype(), -1e30)).maxKeep(3);
        Tensor top = Ops.stop(Ops.maximum(f.bound(), most));
        Tensor a = Ops.where(
                exact,
                Ops.exp(Ops.where(exact, scores.sub(top), nothing)),
                f.q().matmulT(f.k()).mul(Ops.exp(f.bound().sub(top))));
        Tensor seen = Ops.where(past, a, nothing);
        return seen.div(Ops.maximum(seen.sumKeep(3), Tensor.scalar(q.dtype(), LEAST)));
    }

    /** BOOL [B, H, t, t]: pairs that meet in some round. */
    public Tensor support(int t) {
        Tensor any = Tensor.zeros(DType.F32, q.dim(0), q.dim(1), t, t).gt(0);
        for (Round r : rounds) {
            any = any.or(r.met(t));
        }
        return any;
    }
}
