package org.layerzoo.plugins.scatterbrain;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Indices;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/**
 * Clusters of queries that meet clusters of keys: n tokens, n/c clusters of c queries each.
 *
 * @param queries I64 [B, H, n], tokens in order of their clusters
 * @param keys I64 [B, H, n/c, s], the keys of a cluster; an index outside the tokens is no key
 * @param queryCluster I64 [B, H, n], the cluster of each token as a query
 * @param keyCluster I64 [B, H, n], that as a key, where clusters of other rounds may hold the same pair
 */
public record Round(Tensor queries, Tensor keys, Tensor queryCluster, Tensor keyCluster) {
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
            out.add(new Round(
                    queries,
                    keys.reshape(q.dim(0), q.dim(1), n / cluster, cluster),
                    places(queries, cluster),
                    places(keys, cluster)));
        }
        return out;
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
        return new Round(at, keys, own, own);
    }

    int clusters() {
        return keys.dim(2);
    }
}
