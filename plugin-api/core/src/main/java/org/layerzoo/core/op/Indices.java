package org.layerzoo.core.op;

import java.util.Arrays;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.op.Primitive.TopKOrder;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/**
 * Order statistics, segments, prefixes and draws, composed of ops. Draws take uniforms in [0, 1), which the caller names
 * (and a test or a golden file replaces); they have no state of their own.
 */
public final class Indices {
    private Indices() {}

    // ---- order

    /** q with q[p[i]] = i along an axis of permutations, I64. */
    public static Tensor inversePermutation(Tensor p, int axis) {
        return Ops.scatterSet(
                Ops.zerosLike(p), axis, p, positions(p.shape(), p.shape().axis(axis)));
    }

    /** The k-th smallest (k from 1) along an axis, which disappears; ties to the lowest index, NaN counts as largest. */
    public static Tensor kthValue(Tensor x, int k, int axis) {
        int a = x.shape().axis(axis);
        if (k < 1 || k > x.dim(a)) {
            throw ZooException.badArgument("kth_value: k of 1.." + x.dim(a) + " expected, given " + k);
        }
        Primitive.TopK smallest = new Primitive.TopK(k, a, false, TopKOrder.BY_VALUE);
        return Ops.all(smallest, x).getFirst().select(a, k - 1);
    }

    /**
     * Quantile along an axis, which disappears: linear between the neighbours of position q (n - 1) of the sorted
     * values (NumPy's default); NaN counts as largest.
     */
    public static Tensor quantile(Tensor x, double q, int axis) {
        int a = x.shape().axis(axis);
        int n = x.dim(a);
        if (!(q >= 0 && q <= 1) || n == 0) {
            throw ZooException.badArgument(
                    "quantile: q in [0, 1] and at least one value expected, given q = " + q + " of " + n + " values");
        }
        double at = q * (n - 1);
        int low = (int) Math.floor(at);
        int high = Math.min(low + 1, n - 1);
        Primitive.TopK smallest = new Primitive.TopK(high + 1, a, false, TopKOrder.BY_VALUE);
        Tensor sorted = Ops.all(smallest, x).getFirst();
        Tensor left = sorted.select(a, low);
        if (at == low) {
            return left;
        }
        return left.add(sorted.select(a, high).sub(left).mul(at - low));
    }

    /**
     * Length (I64, the axis removed) of the shortest prefix whose sum is at least {@code target}; the whole axis where
     * no prefix reaches it, 0 where the target is at most 0.
     *
     * @param target of x's dtype, broadcast to x with that axis of size 1
     */
    public static Tensor shortestPrefix(Tensor x, int axis, Tensor target) {
        int a = x.shape().axis(axis);
        // The prefix of length m is too short as long as its own sum, which excludes element m, is below the target.
        Tensor before = Ops.scan(Primitive.ScanKind.SUM, x, a, false, true);
        return before.lt(target).cast(DType.I64).sum(a);
    }

    /** The same for a share {@code tau} of the sum of all (non-negative) elements. */
    public static Tensor shortestPrefix(Tensor x, int axis, double tau) {
        int a = x.shape().axis(axis);
        return shortestPrefix(x, a, total(x, a).mul(tau));
    }

    /** Marks (BOOL) the fewest elements along an axis that together have a share of at least tau; ties to the lower index. */
    public static Tensor largestWithShare(Tensor x, int axis, double tau) {
        int a = x.shape().axis(axis);
        Tensor order = Ops.argSort(x, a, true);
        Tensor count = shortestPrefix(Ops.gather(x, a, order), a, tau);
        return inversePermutation(order, a).lt(count.unsqueeze(a));
    }

    /** Sum along an axis in the order of a running sum, so that the full prefix reaches it to the last bit. */
    private static Tensor total(Tensor x, int axis) {
        int n = x.dim(axis);
        return n == 0 ? x.sumKeep(axis) : Ops.cumsum(x, axis).slice(axis, n - 1, n);
    }

    // ---- segments

    /** Softmax within segments: x [N, ..], ids I64 [N] -> [N, ..]; a segment of -inf alone gives zeros. */
    public static Tensor segmentSoftmax(Tensor x, Tensor ids, int segments) {
        Tensor max = Ops.stop(Ops.segment(SegmentKind.MAX, x, ids, segments));
        Tensor zero = Tensor.scalar(x.dtype(), 0);
        Tensor shift = Ops.where(Ops.isFinite(max), max, zero);
        Tensor e = Ops.exp(x.sub(Ops.indexSelect(shift, 0, ids)));
        Tensor sum = Ops.segment(SegmentKind.SUM, e, ids, segments);
        Tensor safe = Ops.where(sum.eq(0), Tensor.scalar(x.dtype(), 1), sum);
        return e.div(Ops.indexSelect(safe, 0, ids));
    }

    /** Row (I64) of each segment's first largest element: x [N, ..], ids I64 [N] -> [segments, ..]; -1 for an empty segment. */
    public static Tensor segmentArgmax(Tensor x, Tensor ids, int segments) {
        Tensor max = Ops.indexSelect(Ops.segment(SegmentKind.MAX, x, ids, segments), 0, ids);
        Tensor row = positions(x.shape(), 0).cast(DType.F64);
        Tensor none = Tensor.scalar(DType.F64, Double.POSITIVE_INFINITY);
        Tensor first = Ops.segment(SegmentKind.MIN, Ops.where(x.eq(max), row, none), ids, segments);
        return Ops.where(Ops.isFinite(first), first, Tensor.scalar(DType.F64, -1))
                .cast(DType.I64);
    }

    /** Means and the number of elements behind each (both of src's dtype). */
    public record Mean(Tensor mean, Tensor count) {}

    /**
     * Means of what lands on each of {@code size} places along an axis: index I64 and src [.., n, ..] -> [.., size, ..];
     * 0 where nothing lands.
     */
    public static Mean scatterMean(int size, int axis, Tensor index, Tensor src) {
        int a = src.shape().axis(axis);
        Tensor zero = Ops.fill(0, src.spec().withShape(src.shape().with(a, size)));
        Tensor count = Ops.scatterAdd(zero, a, index, Ops.onesLike(src));
        Tensor sum = Ops.scatterAdd(zero, a, index, src);
        return new Mean(sum.div(Ops.maximum(count, Tensor.scalar(src.dtype(), 1))), count);
    }

    // ---- draws

    /** k different indices (I64, ascending) along the last axis of uniforms [.., n], each subset equally likely. */
    public static Tensor subset(Tensor uniforms, int k) {
        Primitive.TopK smallest = new Primitive.TopK(k, uniforms.rank() - 1, false, TopKOrder.BY_INDEX);
        return Ops.all(smallest, uniforms).get(1);
    }

    /** Permutations (I64) of 0..n-1 along the last axis of uniforms [.., n]. */
    public static Tensor permutation(Tensor uniforms) {
        return Ops.argSort(uniforms, -1, false);
    }

    /** Integers (I64) of lo (inclusive) to hi (exclusive), from the uniforms' 24 (F32) or 53 (F64) bits. */
    public static Tensor randint(Tensor uniforms, long lo, long hi) {
        if (hi <= lo) {
            throw ZooException.badArgument("randint: lo < hi expected, given " + lo + " and " + hi);
        }
        // In F64, as a product in F32 may round up to hi.
        Tensor scaled = uniforms.cast(DType.F64).mul((double) (hi - lo));
        return Ops.floor(scaled).cast(DType.I64).add(lo);
    }

    /** Standard Gumbel noise -log(-log u); a uniform of 0 counts as half the smallest step. */
    public static Tensor gumbel(Tensor uniforms) {
        double least = uniforms.dtype() == DType.F64 ? 0x1p-54 : 0x1p-25;
        Tensor u = Ops.maximum(uniforms, Tensor.scalar(uniforms.dtype(), least));
        return Ops.log(Ops.log(u).neg()).neg();
    }

    /** True with probability p (a number of the uniforms' dtype, broadcast). */
    public static Tensor bernoulli(Tensor uniforms, Tensor p) {
        return uniforms.lt(p);
    }

    public static Tensor bernoulli(Tensor uniforms, double p) {
        return uniforms.lt(p);
    }

    /** 0, 1, .. along an axis, the same on all others; I64. */
    private static Tensor positions(Shape s, int axis) {
        int[] line = new int[s.rank()];
        Arrays.fill(line, 1);
        line[axis] = s.dim(axis);
        return Ops.iota(DType.I64, s.dim(axis)).reshape(line).expand(s.dims());
    }
}
