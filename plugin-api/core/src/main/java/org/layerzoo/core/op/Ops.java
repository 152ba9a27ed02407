package org.layerzoo.core.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.Primitive.ParametricFn;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** Functions on tensors that are one primitive each; what they mean exactly stands at the record in {@link Primitive}. Axes may be negative. */
public final class Ops {
    private Ops() {}

    /** Runs an op with one result under the current interpreter. */
    public static Tensor one(Op op, Tensor... in) {
        return Exec.apply(op, List.of(in)).getFirst();
    }

    /** Runs an op under the current interpreter. */
    public static List<Tensor> all(Op op, Tensor... in) {
        return Exec.apply(op, List.of(in));
    }

    public static Tensor unary(UnaryFn fn, Tensor x) {
        return one(new Primitive.Unary(fn), x);
    }

    public static Tensor binary(BinaryFn fn, Tensor x, Tensor y) {
        return one(new Primitive.Binary(fn), x, y);
    }

    public static Tensor exp(Tensor x) {
        return unary(UnaryFn.EXP, x);
    }

    public static Tensor expm1(Tensor x) {
        return unary(UnaryFn.EXPM1, x);
    }

    public static Tensor log(Tensor x) {
        return unary(UnaryFn.LOG, x);
    }

    public static Tensor log1p(Tensor x) {
        return unary(UnaryFn.LOG1P, x);
    }

    public static Tensor sqrt(Tensor x) {
        return unary(UnaryFn.SQRT, x);
    }

    public static Tensor rsqrt(Tensor x) {
        return unary(UnaryFn.RSQRT, x);
    }

    public static Tensor square(Tensor x) {
        return unary(UnaryFn.SQUARE, x);
    }

    public static Tensor reciprocal(Tensor x) {
        return unary(UnaryFn.RECIPROCAL, x);
    }

    public static Tensor abs(Tensor x) {
        return unary(UnaryFn.ABS, x);
    }

    public static Tensor sign(Tensor x) {
        return unary(UnaryFn.SIGN, x);
    }

    public static Tensor sin(Tensor x) {
        return unary(UnaryFn.SIN, x);
    }

    public static Tensor cos(Tensor x) {
        return unary(UnaryFn.COS, x);
    }

    public static Tensor tanh(Tensor x) {
        return unary(UnaryFn.TANH, x);
    }

    public static Tensor sigmoid(Tensor x) {
        return unary(UnaryFn.SIGMOID, x);
    }

    public static Tensor logSigmoid(Tensor x) {
        return unary(UnaryFn.LOGSIGMOID, x);
    }

    public static Tensor silu(Tensor x) {
        return unary(UnaryFn.SILU, x);
    }

    /** x Phi(x), the erf form. */
    public static Tensor gelu(Tensor x) {
        return unary(UnaryFn.GELU, x);
    }

    public static Tensor geluTanh(Tensor x) {
        return unary(UnaryFn.GELU_TANH, x);
    }

    public static Tensor softplus(Tensor x) {
        return unary(UnaryFn.SOFTPLUS, x);
    }

    public static Tensor relu(Tensor x) {
        return unary(UnaryFn.RELU, x);
    }

    public static Tensor erf(Tensor x) {
        return unary(UnaryFn.ERF, x);
    }

    public static Tensor lgamma(Tensor x) {
        return unary(UnaryFn.LGAMMA, x);
    }

    public static Tensor round(Tensor x) {
        return unary(UnaryFn.ROUND, x);
    }

    public static Tensor floor(Tensor x) {
        return unary(UnaryFn.FLOOR, x);
    }

    public static Tensor isFinite(Tensor x) {
        return unary(UnaryFn.ISFINITE, x);
    }

    public static Tensor leakyRelu(Tensor x, double slope) {
        return one(new Primitive.Parametric(ParametricFn.LEAKY_RELU, slope, 0), x);
    }

    public static Tensor elu(Tensor x, double alpha) {
        return one(new Primitive.Parametric(ParametricFn.ELU, alpha, 0), x);
    }

    public static Tensor softshrink(Tensor x, double lambda) {
        return one(new Primitive.Parametric(ParametricFn.SOFTSHRINK, lambda, 0), x);
    }

    public static Tensor clamp(Tensor x, double lo, double hi) {
        return one(new Primitive.Parametric(ParametricFn.CLAMP, lo, hi), x);
    }

    public static Tensor maximum(Tensor x, Tensor y) {
        return binary(BinaryFn.MAX, x, y);
    }

    public static Tensor minimum(Tensor x, Tensor y) {
        return binary(BinaryFn.MIN, x, y);
    }

    public static Tensor atan2(Tensor y, Tensor x) {
        return binary(BinaryFn.ATAN2, y, x);
    }

    public static Tensor logAddExp(Tensor x, Tensor y) {
        return binary(BinaryFn.LOGADDEXP, x, y);
    }

    public static Tensor mod(Tensor x, Tensor y) {
        return binary(BinaryFn.MOD, x, y);
    }

    public static Tensor floorDiv(Tensor x, Tensor y) {
        return binary(BinaryFn.FLOOR_DIV, x, y);
    }

    public static Tensor where(Tensor condition, Tensor x, Tensor y) {
        return one(new Primitive.Where(), condition, x, y);
    }

    // ---- reductions and scans

    /** No axes means all of them. */
    public static Tensor reduce(ReduceKind kind, Tensor x, boolean keepDims, int... axes) {
        int[] a = axes.length == 0
                ? IntStream.range(0, x.rank()).toArray()
                : Arrays.stream(axes).map(x.shape()::axis).sorted().toArray();
        return one(new Primitive.Reduce(kind, a, keepDims), x);
    }

    public static Tensor logSumExp(Tensor x, boolean keepDims, int... axes) {
        return reduce(ReduceKind.LOGSUMEXP, x, keepDims, axes);
    }

    public static Tensor any(Tensor x, int... axes) {
        return reduce(ReduceKind.ANY, x, false, axes);
    }

    public static Tensor all(Tensor x, int... axes) {
        return reduce(ReduceKind.ALL, x, false, axes);
    }

    public static Tensor argMax(Tensor x, int axis) {
        return one(new Primitive.ArgReduce(true, x.shape().axis(axis), false), x);
    }

    public static Tensor argMin(Tensor x, int axis) {
        return one(new Primitive.ArgReduce(false, x.shape().axis(axis), false), x);
    }

    public static Tensor scan(ScanKind kind, Tensor x, int axis, boolean reverse, boolean exclusive) {
        return one(new Primitive.Scan(kind, x.shape().axis(axis), reverse, exclusive), x);
    }

    public static Tensor cumsum(Tensor x, int axis) {
        return scan(ScanKind.SUM, x, axis, false, false);
    }

    /** h_t = a_t h_{t-1} + b_t along an axis, from h0 (that axis removed). */
    public static Tensor firstOrder(Tensor a, Tensor b, Tensor h0, int axis, boolean reverse) {
        return one(new Primitive.FirstOrder(b.shape().axis(axis), reverse), a, b, h0);
    }

    public static Tensor segment(SegmentKind kind, Tensor x, Tensor ids, int segments) {
        return one(new Primitive.Segment(kind, segments), x, ids);
    }

    // ---- shape

    public static Tensor reshape(Tensor x, int... dims) {
        int[] d = dims.clone();
        int unknown = -1;
        long known = 1;
        for (int i = 0; i < d.length; i++) {
            if (d[i] == -1 && unknown < 0) {
                unknown = i;
            } else {
                known *= d[i];
            }
        }
        if (unknown >= 0) {
            if (known == 0 || x.size() % known != 0) {
                throw ZooException.badShape("reshape: " + x.shape() + " does not divide into " + Arrays.toString(dims));
            }
            d[unknown] = Math.toIntExact(x.size() / known);
        }
        Shape s = Shape.of(d);
        return s.equals(x.shape()) ? x : one(new Primitive.Reshape(s), x);
    }

    public static Tensor permute(Tensor x, int... order) {
        return one(new Primitive.Permute(order.clone()), x);
    }

    public static Tensor transpose(Tensor x, int a, int b) {
        int[] order = IntStream.range(0, x.rank()).toArray();
        order[x.shape().axis(a)] = x.shape().axis(b);
        order[x.shape().axis(b)] = x.shape().axis(a);
        return permute(x, order);
    }

    public static Tensor expand(Tensor x, int... dims) {
        Shape s = Shape.of(dims);
        return s.equals(x.shape()) ? x : one(new Primitive.Expand(s), x);
    }

    public static Tensor slice(Tensor x, int axis, int from, int to, int step) {
        int a = x.shape().axis(axis);
        int n = x.dim(a);
        int[] start = new int[x.rank()];
        int[] stop = x.shape().dims();
        int[] steps = new int[x.rank()];
        Arrays.fill(steps, 1);
        start[a] = from < 0 ? from + n : from;
        stop[a] = to < 0 ? to + n : to;
        steps[a] = step;
        return start[a] == 0 && stop[a] == n && step == 1 ? x : one(new Primitive.Slice(start, stop, steps), x);
    }

    public static Tensor concat(int axis, List<Tensor> parts) {
        if (parts.isEmpty()) {
            throw ZooException.badArgument("concat: at least one tensor expected");
        }
        return parts.size() == 1
                ? parts.getFirst()
                : Exec.apply(new Primitive.Concat(parts.getFirst().shape().axis(axis)), parts)
                        .getFirst();
    }

    public static Tensor concat(int axis, Tensor... parts) {
        return concat(axis, List.of(parts));
    }

    /** Joins equal shapes along a new axis. */
    public static Tensor stack(int axis, List<Tensor> parts) {
        return concat(axis, parts.stream().map(t -> t.unsqueeze(axis)).toList());
    }

    /** Pieces of the given sizes along an axis. */
    public static List<Tensor> split(Tensor x, int axis, int... sizes) {
        if (Arrays.stream(sizes).sum() != x.dim(axis)) {
            throw ZooException.badShape(
                    "split: sizes " + Arrays.toString(sizes) + " do not add up to axis " + axis + " of " + x.shape());
        }
        List<Tensor> out = new ArrayList<>();
        int at = 0;
        for (int n : sizes) {
            out.add(slice(x, axis, at, at + n, 1));
            at += n;
        }
        return out;
    }

    public static Tensor flip(Tensor x, int... axes) {
        return one(new Primitive.Flip(Arrays.stream(axes).map(x.shape()::axis).toArray()), x);
    }

    public static Tensor roll(Tensor x, int shift, int axis) {
        return one(new Primitive.Roll(shift, x.shape().axis(axis)), x);
    }

    public static Tensor pad(Tensor x, int axis, int before, int after, Primitive.PadMode mode, double value) {
        if (before == 0 && after == 0) {
            return x;
        }
        int[] b = new int[x.rank()];
        int[] a = new int[x.rank()];
        b[x.shape().axis(axis)] = before;
        a[x.shape().axis(axis)] = after;
        return one(new Primitive.Pad(b, a, mode, value), x);
    }

    public static Tensor padZero(Tensor x, int axis, int before, int after) {
        return pad(x, axis, before, after, Primitive.PadMode.CONSTANT, 0);
    }

    public static Tensor unfold(Tensor x, int axis, int size, int step, int dilation) {
        return one(new Primitive.Unfold(x.shape().axis(axis), size, step, dilation), x);
    }

    // ---- sources

    public static Tensor fill(double value, TensorSpec spec) {
        return one(new Primitive.Fill(value, spec));
    }

    public static Tensor zerosLike(Tensor x) {
        return fill(0, x.spec());
    }

    public static Tensor onesLike(Tensor x) {
        return fill(1, x.spec());
    }

    /** 0, 1, ..., n-1. */
    public static Tensor iota(DType dtype, int n) {
        return one(new Primitive.Iota(dtype, n, 0, 1));
    }

    // ---- indices

    public static Tensor indexSelect(Tensor x, int axis, Tensor index) {
        return one(new Primitive.IndexSelect(x.shape().axis(axis)), x, index);
    }

    public static Tensor gather(Tensor x, int axis, Tensor index) {
        return one(new Primitive.Gather(x.shape().axis(axis)), x, index);
    }

    public static Tensor scatterAdd(Tensor base, int axis, Tensor index, Tensor src) {
        return one(new Primitive.ScatterAdd(base.shape().axis(axis)), base, index, src);
    }

    public static Tensor scatterSet(Tensor base, int axis, Tensor index, Tensor src) {
        return one(new Primitive.ScatterSet(base.shape().axis(axis)), base, index, src);
    }

    public static Tensor oneHot(Tensor index, int depth, DType dtype) {
        return one(new Primitive.OneHot(depth, dtype), index);
    }

    /** (values, indices) of the k largest along an axis. */
    public static List<Tensor> topK(Tensor x, int k, int axis, Primitive.TopKOrder order) {
        return all(new Primitive.TopK(k, x.shape().axis(axis), true, order), x);
    }

    public static Tensor argSort(Tensor x, int axis, boolean descending) {
        return one(new Primitive.ArgSort(x.shape().axis(axis), descending), x);
    }

    public static Tensor searchSorted(Tensor sorted, Tensor x, boolean right) {
        return one(new Primitive.SearchSorted(right), sorted, x);
    }

    public static Tensor bincount(Tensor ids, int bins) {
        return one(new Primitive.Bincount(bins), ids);
    }

    // ---- linear algebra

    public static Tensor matmul(Tensor a, Tensor b) {
        return one(new Primitive.MatMul(false, false), a, b);
    }

    // ---- control

    public static Tensor stop(Tensor x) {
        return one(new Primitive.Stop(), x);
    }

    public static Tensor straightThrough(Tensor hard, Tensor soft) {
        return one(new Primitive.StraightThrough(), hard, soft);
    }

    public static List<Tensor> custom(
            String label, List<Tensor> in, Function<List<Tensor>, List<Tensor>> forward, Consumer<Backprop> vjp) {
        return Exec.apply(new Primitive.Custom(label, forward, vjp), in);
    }

    public static List<Tensor> host(
            String label, List<Tensor> in, List<TensorSpec> results, Function<List<Tensor>, List<Tensor>> code) {
        return Exec.apply(new Primitive.Host(label, results, code), in);
    }
}
