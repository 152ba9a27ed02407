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
    private static final int COLUMNS = 32;
    private static final int COMBINE_ROWS = 128;
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
        int segments() {
            return (longest + segment - 1) / segment;
        }
    }

    private int dk() {
        return q.dim(3);
    }

    private int dv() {
        return v.dim(3);
    }

    private DType wide() {
        return q.dtype() == DType.F64 ? DType.F64 : DType.F32;
    }

    private Tensor bounds() {
        return flow.bounds.orElse(q);
    }

    /**
     * @param before states at the start, or none: zero
     * @param o gets what is read, if anything
     * @param after gets the states at the end, if wanted
     */
    void run(Optional<Tensor> before, Optional<Tensor> o, Optional<Tensor> after) {
        Start start = before.isPresent() ? Start.GIVEN : Start.ZERO;
        Tensor from = before.orElse(q);
        if (flow.segments() == 1) {
            column(from, o, after, dv(), start, true);
            return;
        }
        TensorScope.run(() -> {
            Tensor ends = gpu.empty(state(dk(), dv()));
            Tensor starts = gpu.empty(ends.spec());
            Tensor last = after.orElseGet(() -> gpu.empty(TensorSpec.of(wide(), samples, heads, dk(), dv())));
            column(q, Optional.empty(), Optional.of(ends), dv(), Start.ZERO, true);
            if (gates.isDelta()) {
                combineMatrix(ends, from, starts, last, start);
            } else {
                combineDiagonal(ends, from, starts, last, start);
            }
            column(starts, o, Optional.empty(), dv(), Start.GIVEN, true);
        });
    }

    private TensorSpec state(int rows, int columns) {
        return TensorSpec.of(wide(), samples, heads, flow.segments(), rows, columns);
    }

    private GpuKernel kernel(String function) {
        return Sources.of("recur", q.dtype(), function);
    }

    private void column(
            Tensor from, Optional<Tensor> o, Optional<Tensor> to, int columns, Start start, boolean values) {
        int rows = Math.max(16, Integer.highestOneBit(Math.max(1, 2 * dk() - 1)));
        Args args = Args.of(q, k, v, gates.decay, gates.beta, from, bounds(), o.orElse(q), to.orElse(q));
        gpu.launch(
                kernel("recur_" + rows),
                Grid.blocks((columns + COLUMNS - 1) / COLUMNS, flow.segments(), (long) samples * heads, COLUMNS),
                number(number(args, scale), gain)
                        .ints(structure(columns, start, values, o.isPresent(), to.isPresent())));
    }

    private Args number(Args args, double x) {
        return wide() == DType.F64 ? args.f64(x) : args.f32(x);
    }

    private void combineDiagonal(Tensor ends, Tensor before, Tensor starts, Tensor after, Start start) {
        int width =
                switch (gates.kind) {
                    case KEY -> dk();
                    case VALUE -> dv();
                    default -> 1;
                };
        int[] structure = structure(dv(), start, true, false, true);
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

    private void combineMatrix(Tensor ends, Tensor before, Tensor starts, Tensor after, Start start) {
        Tensor matrix = gpu.empty(state(dk(), dk()));
        column(q, Optional.empty(), Optional.of(matrix), dk(), Start.IDENTITY, false);
        gpu.launch(
                kernel("combine_matrix"),
                Grid.blocks((dv() + COMBINE_COLUMNS - 1) / COMBINE_COLUMNS, 1, (long) samples * heads, COMBINE_ROWS),
                Args.of(ends, matrix, before, starts, after).ints(structure(dv(), start, true, false, true)));
    }

    int[] structure() {
        return structure(dv(), Start.ZERO, true, false, false);
    }

    /** The structure {@code Recur} of the source. */
    private int[] structure(int columns, Start start, boolean values, boolean writes, boolean keeps) {
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
            bit(writes),
            bit(keeps),
            bit(flow.lagged),
            bit(flow.flipped)
        };
    }

    private static int bit(boolean b) {
        return b ? 1 : 0;
    }
}
