package org.layerzoo.plugins.ltp;

import org.layerzoo.core.op.Indices;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Scores of tokens and which of them stay. Scores [B, N], masks BOOL [B, N]; masked tokens have score 0. */
public final class Pruner {
    /** The hard threshold never falls below this, so that tokens without any attention go. */
    private static final double LEAST = 1e-5;

    private Pruner() {}

    /** Attention received: sum over heads and over the rows of queries that are there; probs [B, H, N, N]. */
    public static Tensor received(Tensor probs, Tensor alive) {
        return Ops.one(new Received(), probs, alive);
    }

    /** Kept where score >= max(theta, 1e-5); all of {@code alive} where theta is exactly 0. theta [1]. */
    public static Tensor absolute(Tensor mean, Tensor alive, Tensor theta) {
        Tensor hard = Ops.maximum(theta, Tensor.scalar(theta.dtype(), LEAST));
        return mean.ge(hard).or(alive.and(theta.eq(0)));
    }

    /** sigmoid((score - theta) / tau), theta not bounded below. */
    public static Tensor soft(Tensor mean, Tensor theta, double tau) {
        return Ops.sigmoid(mean.sub(theta).div(tau));
    }

    /** The round(length * rate) largest scores of each row, halves to even, ties to the first; lengths [B]. */
    public static Tensor topK(Tensor sum, Tensor lengths, double rate) {
        Tensor count = Ops.round(lengths.cast(DType.F32).mul(rate)).cast(DType.I64);
        Tensor rank = Indices.inversePermutation(Ops.argSort(sum, 1, true), 1);
        return rank.lt(count.unsqueeze(1));
    }

    /** Share of tokens that layer l (from 0) of L keeps when the last keeps {@code last}. */
    public static double keepRate(int l, int depth, double last) {
        int before = Math.max(3, (int) Math.ceil(0.15 * depth));
        return l < before ? 1 : Math.max(0.01, 1 + (last - 1) / (depth - before) * (l - before + 1));
    }

    /** Kept where score >= share * largest score of the row. */
    public static Tensor relative(Tensor sum, double share) {
        return sum.div(sum.maxKeep(1)).ge(share);
    }

    /** What stays of {@code alive}: the kept, the token with the largest score and, if asked for, the first. */
    public static Tensor guarded(Tensor keep, Tensor score, Tensor alive, boolean first) {
        Tensor none = Tensor.scalar(score.dtype(), -1);
        Tensor best = Ops.argMax(Ops.where(alive, score, none), 1); // [B]
        Tensor place = Ops.iota(DType.I64, score.dim(1)).unsqueeze(0);
        Tensor safe = place.eq(best.unsqueeze(1));
        return alive.and(keep.or(first ? safe.or(place.eq(0)) : safe));
    }

    /** Places (ascending) of the true elements of a mask, for gathering; a concrete mask only. */
    static long[] places(Tensor mask) {
        boolean[] m = mask.toBooleans();
        return java.util.stream.IntStream.range(0, m.length)
                .filter(i -> m[i])
                .mapToLong(i -> i)
                .toArray();
    }

    /** dense [n, ..] with {@code rows} put at {@code places}, 0 elsewhere. */
    static Tensor scattered(int n, Tensor places, Tensor rows) {
        Tensor inverse =
                Ops.scatterSet(Tensor.full(DType.I64, rows.dim(0), n), 0, places, Ops.iota(DType.I64, rows.dim(0)));
        int[] pad = rows.shape().dims();
        pad[0] = 1;
        Tensor zero = Ops.fill(0, rows.spec().withShape(org.layerzoo.core.tensor.Shape.of(pad)));
        return Ops.indexSelect(Ops.concat(0, rows, zero), 0, inverse);
    }

    /** 0 and the running sums of the rows of a mask: bounds of a packed batch. */
    static Tensor bounds(Tensor mask) {
        Tensor counts = mask.cast(DType.I64).sum(1);
        return Ops.concat(0, Tensor.of(new long[] {0}, 1), Ops.scan(Primitive.ScanKind.SUM, counts, 0, false, false));
    }
}
