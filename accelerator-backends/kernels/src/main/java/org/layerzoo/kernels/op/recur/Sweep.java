package org.layerzoo.kernels.op.recur;

import java.util.Optional;
import org.layerzoo.core.gpu.Args;
import org.layerzoo.core.gpu.Gpu;
import org.layerzoo.core.gpu.GpuKernel;
import org.layerzoo.core.gpu.Grid;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.kernels.Sources;

/**
 * One way through the tokens of a matrix-state recurrence: one launch, or the three of {@code recur.c} where the tokens are cut into
 * segments. The recurrence itself is one sweep; its gradient is three, with the roles of q, k and v exchanged.
 *
 * @param samples states, each of {@code heads}
 */
record Sweep(
        Gpu gpu,
        Tensor q,
        Tensor k,
        Tensor v,
        Gates gates,
        Diagonal read,
        Flow flow,
        double scale,
        double gain,
        int samples,
        int heads) {
    static final int COLUMNS = 32;
    private static final int COMBINE_THREADS = 128;
    private static final int COMBINE_COLUMNS = 8;
    private static final int THREADS = 128;

    /** The source's {@code GATE_*}. */
    enum Kind {
        NONE,
        HEAD,
        SCALAR,
        KEY,
        VALUE,
        DELTA,
        DELTA_DECAY
    }

    /** The source's {@code START_*}. */
    private enum Start {
        ZERO,
        GIVEN,
        IDENTITY
    }

    /** Tensors that a gate does not have are any others: they are never read. */
    record Gates(Kind kind, Tensor decay, Tensor beta) {
        boolean isDelta() {
            return kind == Kind.DELTA || kind == Kind.DELTA_DECAY;
        }
    }

    /**
     * @param lagged a token is decayed by the gate of the token before it, and the end state by the last one's
     * @param flipped states lie in memory as [dv, dk]
     * @param bounds of packed samples
     * @param segment tokens that one block runs through
     * @param longest tokens of the longest sample
     */
    record Flow(boolean reverse, boolean lagged, boolean flipped, Optional<Tensor> bounds, int segment, int longest) {
        /** With rows and columns of states exchanged: they lie in memory as they are. */
        Flow turned() {
            return new Flow(reverse, false, true, bounds, segment, longest);
        }

        int segments() {
            return (longest + segment - 1) / segment;
        }
    }

    int dk() {
        return q.dim(3);
    }

    int dv() {
        return v.dim(3);
    }

    DType wide() {
        return q.dtype() == DType.F64 ? DType.F64 : DType.F32;
    }

    Tensor bounds() {
        return flow.bounds.orElse(q);
    }

    /** The source's {@code WRITES_*}. */
    enum Writes {
        NOTHING,
        READ,
        ERROR
    }

    /**
     * @param before states at the start, or none: zero
     * @param o gets what is read, if anything
     * @param after gets the states at the end, if wanted
     */
    void run(Optional<Tensor> before, Optional<Tensor> o, Optional<Tensor> after) {
        if (flow.segments() == 1) {
            Start start = before.isPresent() ? Start.GIVEN : Start.ZERO;
            column(before.orElse(q), o, Writes.READ, after, dv(), start, true);
            return;
        }
        TensorScope.run(() -> {
            Tensor last = after.orElseGet(() -> gpu.empty(TensorSpec.of(wide(), samples, heads, dk(), dv())));
            from(joints(before, last).starts, o, Writes.READ);
        });
    }

    /**
     * @param starts states before every segment
     * @param matrix of the delta rule: what each segment applies to the state
     */
    record Joints(Tensor starts, Optional<Tensor> matrix) {}

    Joints joints(Optional<Tensor> before, Tensor after) {
        Start start = before.isPresent() ? Start.GIVEN : Start.ZERO;
        Tensor from = before.orElse(q);
        Tensor ends = segmentStates();
        Tensor starts = segmentStates();
        column(q, Optional.empty(), Writes.NOTHING, Optional.of(ends), dv(), Start.ZERO, true);
        if (!gates.isDelta()) {
            combineDiagonal(ends, from, starts, after, start);
            return new Joints(starts, Optional.empty());
        }
        Tensor matrix = gpu.empty(state(dk(), dk()));
        column(q, Optional.empty(), Writes.NOTHING, Optional.of(matrix), dk(), Start.IDENTITY, false);
        combineMatrix(ends, matrix, before, starts, after, false);
        return new Joints(starts, Optional.of(matrix));
    }

    /** Every segment from its own start, which is known. */
    void from(Tensor starts, Optional<Tensor> o, Writes writes) {
        column(starts, o, writes, Optional.empty(), dv(), Start.GIVEN, true);
    }

    Tensor segmentStates() {
        return gpu.empty(state(dk(), dv()));
    }

    private TensorSpec state(int rows, int columns) {
        return TensorSpec.of(wide(), samples, heads, flow.segments(), rows, columns);
    }

    private GpuKernel kernel(String function) {
        return Sources.of("recur", q.dtype(), function);
    }

    private void column(
            Tensor from,
            Optional<Tensor> o,
            Writes writes,
            Optional<Tensor> to,
            int columns,
            Start start,
            boolean values) {
        Args args = Args.of(q, k, v, gates.decay, gates.beta, from, bounds(), o.orElse(q), to.orElse(q));
        gpu.launch(
                kernel("recur_" + held(dk())),
                grid(columns),
                number(number(args, scale), gain)
                        .ints(structure(columns, start, values, writes, to.isPresent(), false)));
    }

    /** A thread a column, or a row, of the state of a segment. */
    Grid grid(int columns) {
        return Grid.blocks((columns + COLUMNS - 1) / COLUMNS, flow.segments(), (long) samples * heads, COLUMNS);
    }

    /** Elements that kernels hold for so many. */
    static int held(int elements) {
        return Math.max(16, Integer.highestOneBit(Math.max(1, 2 * elements - 1)));
    }

    Args number(Args args, double x) {
        return wide() == DType.F64 ? args.f64(x) : args.f32(x);
    }

    private void combineDiagonal(Tensor ends, Tensor before, Tensor starts, Tensor after, Start start) {
        int width =
                switch (gates.kind) {
                    case KEY -> dk();
                    case VALUE -> dv();
                    default -> 1;
                };
        int[] structure = structure(dv(), start, true, Writes.NOTHING, true, false);
        Tensor sums = gpu.empty(TensorSpec.of(wide(), samples, heads, flow.segments(), width));
        gpu.launch(
                kernel("decay_sums"),
                Grid.over(sums.size(), THREADS),
                Args.of(gates.decay, bounds(), sums).i64(sums.size()).i32(width).ints(structure));
        gpu.launch(
                kernel("combine_diagonal"),
                Grid.blocks((dk() * dv() + THREADS - 1) / THREADS, 1, (long) samples * heads, THREADS),
                Args.of(ends, sums, before, starts, after).i32(width).ints(structure));
    }

    /** @param backward from the last segment to the first, by the transposed matrices */
    void combineMatrix(
            Tensor ends, Tensor matrix, Optional<Tensor> before, Tensor starts, Tensor after, boolean backward) {
        Start start = before.isPresent() ? Start.GIVEN : Start.ZERO;
        gpu.launch(
                kernel("combine_matrix"),
                Grid.blocks((dv() + COMBINE_COLUMNS - 1) / COMBINE_COLUMNS, 1, (long) samples * heads, COMBINE_THREADS),
                Args.of(ends, matrix, before.orElse(q), starts, after)
                        .ints(structure(dv(), start, true, Writes.NOTHING, true, backward)));
    }

    /** From states before every segment, or zero; writes what is read, or keeps the states at the end. */
    int[] structure(boolean given, boolean writes) {
        Writes w = writes ? Writes.READ : Writes.NOTHING;
        return structure(dv(), given ? Start.GIVEN : Start.ZERO, true, w, !writes, false);
    }

    int[] structure() {
        return structure(dv(), Start.ZERO, true, Writes.NOTHING, false, false);
    }

    /** The structure {@code Recur} of the source. */
    private int[] structure(int columns, Start start, boolean values, Writes writes, boolean keeps, boolean backward) {
        return new int[] {
            gates.kind.ordinal(),
            read.ordinal(),
            bit(flow.reverse),
            bit(flow.bounds.isPresent()),
            heads,
            k.dim(1),
            v.dim(1),
            q.dim(2),
            dk(),
            columns,
            flow.segment,
            flow.segments(),
            start.ordinal(),
            bit(values),
            writes.ordinal(),
            bit(keeps),
            bit(flow.lagged),
            bit(flow.flipped),
            bit(backward)
        };
    }

    private static int bit(boolean b) {
        return b ? 1 : 0;
    }
}
