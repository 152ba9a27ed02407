package org.layerzoo.plugins.scatterbrain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.op.Indices;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Clusters of queries that meet clusters of keys: n tokens, n/c clusters of c queries each.
 *
 * @param queries I64 [B, H, n], tokens in order of their clusters
 * @param keys I64 [B, H, n/c, s], the keys of a cluster; an index outside the tokens is no key
 * @param query tokens as queries
 * @param key tokens as keys, which a query meets in its own cluster, {@code back} ones before and {@code ahead} behind it
 */
public record Round(Tensor queries, Tensor keys, Side query, Side key, int back, int ahead) {
    /** The cluster of each token I64 [B, H, n] and, where only equal ones meet, its bucket. */
    record Side(Tensor cluster, Optional<Tensor> bucket) {}

    private static Round own(Tensor queries, Tensor keys, Tensor queryCluster, Tensor keyCluster) {
        return new Round(
                queries, keys, new Side(queryCluster, Optional.empty()), new Side(keyCluster, Optional.empty()), 0, 0);
    }

    /**
     * Locality-sensitive hashing for large products (SMYRF): F(q) = [q, 0, sqrt(M - |q|^2)] and G(k) = [k, sqrt(M - |k|^2), 0] have
     * the same length, so that near ones have large products; both are ordered by x . alpha + beta and cut into runs.
     *
     * @param q [B, H, t, d] @param k [B, H, t, d] @param alpha [d + 2, rounds] @param beta [1, rounds] @param n t rounded up to whole clusters
     */
    public static List<Round> hashed(Tensor q, Tensor k, Tensor alpha, Tensor beta, int cluster, int n) {
        Tensor q2 = Ops.square(q).sumKeep(-1);
        Tensor k2 = Ops.square(k).sumKeep(-1);
        Tensor m = q2.maxKeep(2).add(k2.maxKeep(2));
        Tensor none = Ops.zerosLike(q2);
        Tensor f = Ops.concat(-1, q, none, Ops.sqrt(m.sub(q2)));
        Tensor g = Ops.concat(-1, k, Ops.sqrt(m.sub(k2)), none);
        List<Round> out = new ArrayList<>();
        for (int r = 0; r < alpha.dim(1); r++) {
            Tensor a = alpha.slice(1, r, r + 1);
            Tensor b = beta.slice(1, r, r + 1).reshape(1);
            Tensor queries = order(f.matmul(a).squeeze(3).add(b), n);
            Tensor keys = order(g.matmul(a).squeeze(3).add(b), n);
            out.add(own(
                    queries,
                    keys.reshape(q.dim(0), q.dim(1), n / cluster, cluster),
                    places(queries, cluster),
                    places(keys, cluster)));
        }
        return out;
    }

    /**
     * Buckets of Reformer: a token's is the largest of [x R, -x R]; tokens are ordered by bucket, cut into runs of c, and a query meets the
     * keys of its bucket in its own run and the one before.
     *
     * @param rotations R [d, rounds, buckets/2]
     */
    public static List<Round> buckets(Tensor q, Tensor k, Tensor rotations, int cluster, int n) {
        List<Round> out = new ArrayList<>();
        for (int r = 0; r < rotations.dim(1); r++) {
            Tensor qb = bucket(q, rotations.select(1, r));
            Tensor kb = bucket(k, rotations.select(1, r));
            Tensor queries = order(qb.cast(q.dtype()), n);
            Tensor sorted = order(kb.cast(k.dtype()), n);
            Tensor own = sorted.reshape(q.dim(0), q.dim(1), n / cluster, cluster);
            Tensor none = Ops.fill(-1, own.slice(2, 0, 1).spec());
            Tensor before = Ops.concat(2, none, own.slice(2, 0, n / cluster - 1));
            out.add(new Round(
                    queries,
                    Ops.concat(3, before, own),
                    new Side(places(queries, cluster), Optional.of(Ops.padZero(qb, 2, 0, n - q.dim(2)))),
                    new Side(places(sorted, cluster), Optional.of(Ops.padZero(kb, 2, 0, n - k.dim(2)))),
                    1,
                    0));
        }
        return out;
    }

    private static Tensor bucket(Tensor x, Tensor rotation) {
        Tensor y = x.matmul(rotation);
        return Ops.argMax(Ops.concat(-1, y, y.neg()), -1);
    }

    /** Tokens by their hash [B, H, t], those that fill up to n behind all others. */
    private static Tensor order(Tensor hash, int n) {
        return Ops.argSort(
                Ops.pad(
                        hash,
                        2,
                        0,
                        n - hash.dim(2),
                        org.layerzoo.core.op.Primitive.PadMode.CONSTANT,
                        Double.POSITIVE_INFINITY),
                2,
                false);
    }

    private static Tensor places(Tensor order, int cluster) {
        return Ops.floorDiv(Indices.inversePermutation(order, 2), Tensor.of(new long[] {cluster}, 1));
    }

    /** Blocks of the sequence, each with the one before and the one behind. */
    public static Round local(int b, int h, int block, int n) {
        Tensor at = Ops.iota(DType.I64, n).expand(b, h, n);
        Tensor start = Ops.iota(DType.I64, n / block)
                .mul(Tensor.of(new long[] {block}, 1))
                .sub(Tensor.of(new long[] {block}, 1))
                .unsqueeze(1);
        Tensor keys = start.add(Ops.iota(DType.I64, 3 * block)).expand(b, h, n / block, 3 * block);
        Tensor own = Ops.floorDiv(at, Tensor.of(new long[] {block}, 1));
        Side side = new Side(own, Optional.empty());
        return new Round(at, keys, side, side, 1, 1);
    }

    /** BOOL [B, H, n/c, c, s]: which queries [B, H, n/c, c] and keys [B, H, n/c, s] of some round's clusters meet in this one. */
    Tensor met(Tensor at, Tensor index) {
        return met(
                query, key, t -> pick(t, at).unsqueeze(4), t -> pick(t, index).unsqueeze(3));
    }

    /** BOOL [B, H, t, t] of all pairs. */
    Tensor met(int t) {
        return met(query, key, x -> x.slice(2, 0, t).unsqueeze(3), x -> x.slice(2, 0, t)
                .unsqueeze(2));
    }

    private Tensor met(Side q, Side k, UnaryOperator<Tensor> rows, UnaryOperator<Tensor> columns) {
        Tensor a = rows.apply(q.cluster());
        Tensor b = columns.apply(k.cluster());
        Tensor near = back + ahead == 0
                ? a.eq(b)
                : b.ge(a.sub(Tensor.of(new long[] {back}, 1))).and(b.le(a.add(Tensor.of(new long[] {ahead}, 1))));
        return q.bucket().isEmpty()
                ? near
                : near.and(
                        rows.apply(q.bucket().get()).eq(columns.apply(k.bucket().orElseThrow())));
    }

    private static Tensor pick(Tensor x, Tensor at) {
        int b = at.dim(0);
        int h = at.dim(1);
        return Ops.gather(x, 2, at.reshape(b, h, at.dim(2) * at.dim(3))).reshape(at.shape());
    }

    int clusters() {
        return keys.dim(2);
    }
}
