package org.layerzoo.core.op;

import java.util.List;
import java.util.function.Function;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/**
 * The closed set of primitive ops, on one page. Attributes are the record's components; tensors are its inputs, named
 * in the comment. Each group keeps its shape rules, scalar reference, gradients and cases in a package of its name.
 * Axes are counted from the front when they reach a record; sizes are elements.
 */
public sealed interface Primitive extends Op {
    @Override
    default String name() {
        return switch (this) {
            case Unary u -> u.fn().name().toLowerCase();
            case Parametric p -> p.fn().name().toLowerCase();
            case Binary b -> b.fn().name().toLowerCase();
            case Reduce r -> r.kind().name().toLowerCase();
            case Scan s -> "cum" + s.kind().name().toLowerCase();
            case Segment s -> "segment_" + s.kind().name().toLowerCase();
            default ->
                getClass()
                        .getSimpleName()
                        .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                        .toLowerCase();
        };
    }

    @Override
    default List<TensorSpec> infer(List<TensorSpec> in) {
        return Rules.infer(this, in);
    }

    // ---- elementwise -----------------------------------------------------------------------------------------------
    sealed interface Elementwise extends Primitive {}

    /** x -> fn(x). ROUND is half to even; SIGN(0) = 0; GELU is the erf form, GELU_TANH the tanh form; RELU'(0) = 0. */
    record Unary(UnaryFn fn) implements Elementwise {}

    enum UnaryFn {
        NEG,
        ABS,
        SIGN,
        EXP,
        EXPM1,
        LOG,
        LOG1P,
        SQRT,
        RSQRT,
        SQUARE,
        RECIPROCAL,
        SIN,
        COS,
        TAN,
        TANH,
        ATAN,
        SIGMOID,
        LOGSIGMOID,
        SILU,
        GELU,
        GELU_TANH,
        SOFTPLUS,
        RELU,
        ERF,
        LGAMMA,
        DIGAMMA,
        TRIGAMMA,
        ROUND,
        FLOOR,
        CEIL,
        NOT,
        ISFINITE
    }

    /**
     * x -> fn(x; a, b): LEAKY_RELU slope a; ELU alpha a; SOFTSHRINK lambda a; CLAMP to [a, b] with gradient 1 inside and AT
     * the bounds; POWER x^a for a constant exponent.
     */
    record Parametric(ParametricFn fn, double a, double b) implements Elementwise {}

    enum ParametricFn {
        LEAKY_RELU,
        ELU,
        SOFTSHRINK,
        CLAMP,
        POWER
    }

    /**
     * (x, y) -> fn(x, y), right-aligned broadcast; comparisons and logic give BOOL. MOD and FLOOR_DIV round towards minus
     * infinity and belong together: x = y FLOOR_DIV + MOD. MAX and MIN give NaN if either is; in ties each side gets half
     * of the gradient. LOGADDEXP gives two empty sets (-inf, -inf) no gradient.
     */
    record Binary(BinaryFn fn) implements Elementwise {}

    enum BinaryFn {
        ADD,
        SUB,
        MUL,
        DIV,
        POW,
        MAX,
        MIN,
        ATAN2,
        LOGADDEXP,
        MOD,
        FLOOR_DIV,
        EQ,
        NE,
        LT,
        LE,
        GT,
        GE,
        AND,
        OR,
        XOR
    }

    /** (condition BOOL, x, y) -> x where the condition holds, else y; broadcast. */
    record Where() implements Elementwise {}

    /**
     * x -> x in another dtype; floats to integers truncate (NaN gives 0, what is too large the nearest bound), to BF16 and
     * F16 round half to even; to BOOL is x != 0; I64 to I32 wraps.
     */
    record Cast(DType to) implements Elementwise {}

    // ---- reductions and scans
    // ----------------------------------------------------------------------------------------
    sealed interface Reduction extends Primitive {}

    /**
     * Over {@code axes}. Empty set: sum 0, prod 1, max -inf, min +inf, logsumexp -inf, mean NaN, any false, all true (integers:
     * the least and greatest of their dtype). Of equal extremes the first index gets the gradient; NaN is every extreme. An
     * infinite logsumexp has no gradient.
     */
    record Reduce(ReduceKind kind, int[] axes, boolean keepDims) implements Reduction {}

    enum ReduceKind {
        SUM,
        MEAN,
        MAX,
        MIN,
        PROD,
        LOGSUMEXP,
        ANY,
        ALL
    }

    /** Index (I64) of the largest (smallest) element along an axis; ties to the lowest index; the first NaN wins. The axis is not empty. */
    record ArgReduce(boolean max, int axis, boolean keepDims) implements Reduction {}

    /** Running SUM, PROD, MAX or LOGSUMEXP along an axis; exclusive starts from the neutral element. Of equal maxima the first gets the gradient. */
    record Scan(ScanKind kind, int axis, boolean reverse, boolean exclusive) implements Reduction {}

    enum ScanKind {
        SUM,
        PROD,
        MAX,
        LOGSUMEXP
    }

    /** (a, b, h0) -> h with h_t = a_t h_{t-1} + b_t along {@code axis}; h0 has that axis removed; reverse runs from the end. */
    record FirstOrder(int axis, boolean reverse) implements Reduction {}

    /**
     * (x [N, ...], ids I64 [N]) -> [segments, ...]; empty segment: sum 0, mean 0, max -inf, min +inf, count 0 (count is I64 of the
     * same shape). Any order of ids, an id outside is an error; result independent of threads. Max ties: the first row.
     */
    record Segment(SegmentKind kind, int segments) implements Reduction {}

    enum SegmentKind {
        SUM,
        MEAN,
        MAX,
        MIN,
        COUNT
    }

    // ---- shape
    // ---------------------------------------------------------------------------------------------------------
    sealed interface Shaping extends Primitive {}

    record Reshape(Shape to) implements Shaping {}

    /** Axis i of the result is axis order[i] of x. */
    record Permute(int[] order) implements Shaping {}

    /** Broadcast copy to a shape (right-aligned). */
    record Expand(Shape to) implements Shaping {}

    /** Elements start, start+step, ... below stop of every axis; step > 0. */
    record Slice(int[] start, int[] stop, int[] step) implements Shaping {}

    /** (x, ...) joined along an axis. */
    record Concat(int axis) implements Shaping {}

    record Flip(int[] axes) implements Shaping {}

    /** Element i moves to (i + shift) mod n along an axis. */
    record Roll(int shift, int axis) implements Shaping {}

    /** Sizes added before and after each axis. REFLECT mirrors without the edge and needs pad < size; CIRCULAR needs pad <= size. */
    record Pad(int[] before, int[] after, PadMode mode, double value) implements Shaping {}

    enum PadMode {
        CONSTANT,
        REFLECT,
        EDGE,
        CIRCULAR
    }

    /** Windows along an axis: [.., N, ..] -> [.., n, .., size] (window elements last), n = (N - dilation (size-1) - 1) / step + 1. */
    record Unfold(int axis, int size, int step, int dilation) implements Shaping {}

    /** Adjoint of Unfold: windows summed (not divided by their overlap) into an axis of {@code length}. */
    record Fold(int axis, int length, int step, int dilation) implements Shaping {}

    // ---- constants and draws
    // -------------------------------------------------------------------------------------------
    sealed interface Source extends Primitive {}

    record Fill(double value, TensorSpec spec) implements Source {}

    /** start + i step, i = 0..n-1. */
    record Iota(DType dtype, int n, double start, double step) implements Source {}

    /**
     * Philox4x32-10 draws: element i is a function of (seed, stream, i) only. UNIFORM in [0, 1) with 24 bits (F32), 53 (F64),
     * 8 (BF16) or 11 (F16); NORMAL by Box-Muller. The exact use of the words stands at
     * {@link org.layerzoo.core.op.source.SourceReference}.
     */
    record Draw(Distribution distribution, long seed, long stream, TensorSpec spec) implements Source {}

    enum Distribution {
        UNIFORM,
        NORMAL
    }

    // ---- indices
    // -------------------------------------------------------------------------------------------------------
    sealed interface Indexing extends Primitive {}

    /** (x, index I64 1-d) -> rows of an axis; an index outside the axis is an error. */
    record IndexSelect(int axis) implements Indexing {}

    /** (x, index I64 same rank) -> x at index along an axis (other axes of index may be shorter). */
    record Gather(int axis) implements Indexing {}

    /** (base, index, src) -> base with src added at index along an axis; duplicates add up in index order. */
    record ScatterAdd(int axis) implements Indexing {}

    /** (base, index, src) -> base with src written at index along an axis; of duplicates the last one wins. */
    record ScatterSet(int axis) implements Indexing {}

    /** index I64 [...] -> [..., depth] of the dtype. */
    record OneHot(int depth, DType dtype) implements Indexing {}

    /** x -> (values, indices I64) of the k largest (smallest) along an axis; ties to the LOWER index; NaN counts as smallest (largest). */
    record TopK(int k, int axis, boolean largest, TopKOrder order) implements Indexing {}

    enum TopKOrder {
        BY_VALUE,
        BY_INDEX
    }

    /** Stable order along an axis: indices I64; NaN last. */
    record ArgSort(int axis, boolean descending) implements Indexing {}

    /** (sorted 1-d, x) -> number of elements < x (right: <= x), I64. */
    record SearchSorted(boolean right) implements Indexing {}

    /** ids I64 [N] -> counts I64 [bins]. */
    record Bincount(int bins) implements Indexing {}

    // ---- linear algebra, convolution, pooling, spectral
    // ---------------------------------------------------------------
    sealed interface Linear extends Primitive {}

    /** (a [.., M, K], b [.., K, N]) -> [.., M, N], batch axes broadcast; transposed operands are stored [.., K, M], [.., N, K]. */
    record MatMul(boolean transposeA, boolean transposeB) implements Linear {}

    /** (L [.., n, n], b [.., n, m]) -> x with op(L) x = b; only the named triangle is read; unit diagonal is implied when unit. */
    record TriangularSolve(boolean lower, boolean transpose, boolean unit) implements Linear {}

    /** (x [B, C, spatial..], w [O, C/groups, kernel..]) -> [B, O, spatial'..]: cross-correlation with zero padding. */
    record Conv(ConvGeometry g) implements Linear {}

    /** (dy, w) -> dx of {@code spatial} size: the adjoint of Conv in x, which is transposed convolution. */
    record ConvInput(ConvGeometry g, int[] spatial) implements Linear {}

    /** (x, dy) -> dw of {@code kernel} size: the adjoint of Conv in w. */
    record ConvWeight(ConvGeometry g, int[] kernel) implements Linear {}

    /** x [B, C, spatial..] -> (values, flat spatial index I64); pads with -inf; ties to the first index. */
    record MaxPool(PoolGeometry g) implements Linear {}

    /** x [B, C, spatial..] -> means; countPadding divides by the kernel size everywhere, else by the valid count. */
    record AvgPool(PoolGeometry g, boolean countPadding) implements Linear {}

    /** dy -> dx of {@code spatial} size: the adjoint of AvgPool. */
    record AvgPoolInput(PoolGeometry g, boolean countPadding, int[] spatial) implements Linear {}

    /** Complex pairs [.., N, .., 2] -> the same: DFT along an axis, any N; sign -1 forward, +1 inverse; unnormalised. */
    record Fft(int axis, boolean inverse) implements Linear {}

    /** Real [.., N, ..] -> [.., N/2+1, .., 2], unnormalised forward DFT along an axis. */
    record Rfft(int axis) implements Linear {}

    /** [.., N/2+1, .., 2] -> real [.., n, ..]: unnormalised inverse; imaginary parts of bins 0 and (n even) n/2 are dropped. */
    record Irfft(int axis, int n) implements Linear {}

    /** Strides, zero padding before and after, dilation per spatial axis (1 to 3), channel groups. */
    record ConvGeometry(int[] stride, int[] before, int[] after, int[] dilation, int groups) {
        public int dims() {
            return stride.length;
        }
    }

    /** Kernel, stride, padding before and after per spatial axis (1 to 3). */
    record PoolGeometry(int[] kernel, int[] stride, int[] before, int[] after) {
        public int dims() {
            return kernel.length;
        }
    }

    // ---- control
    // ---------------------------------------------------------------------------------------------------------
    sealed interface Control extends Primitive {}

    /** x -> x, through which no gradient passes. */
    record Stop() implements Control {}

    /** (hard, soft) -> hard; the gradient goes to soft. */
    record StraightThrough() implements Control {}

    /**
     * Inputs -> forward(inputs), with the given gradient rule. Other ops run inside forward see no tape. A source is
     * recorded though none of its inputs is followed: its gradient leaves by another way, as that of a received tensor does.
     */
    record Custom(
            String label,
            Function<List<Tensor>, List<Tensor>> forward,
            java.util.function.Consumer<Backprop> vjp,
            boolean source)
            implements Control {
        public Custom(
                String label, Function<List<Tensor>, List<Tensor>> forward, java.util.function.Consumer<Backprop> vjp) {
            this(label, forward, vjp, false);
        }
    }

    /** Sequential Java on CPU memory, with results of the given types; no gradient; counted as host work, not as a fallback. */
    record Host(String label, List<TensorSpec> results, Function<List<Tensor>, List<Tensor>> code) implements Control {}
}
