package org.layerzoo.runner.job.bench;

import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.op.Flops;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;

/**
 * The reference for lengths that scalar loops do not reach, on F64 tensors: every fused op as its decomposition, the primitives in
 * F64 on {@code primitives}. With sampling, {@link #rows some rows} of an attention alone are computed, because all of them cost the
 * square of the length; the others become NaN, so that an output row that depends on one of them is NaN too and never taken for a
 * reference.
 */
final class SampledReference implements OpInterpreter {
    /** Work of one evaluation: some seconds of one core. */
    private static final long MOST_FLOPS = 20_000_000_000L;

    private static final int MOST_ROWS = 64;

    private final OpInterpreter primitives;
    private final boolean sampling;
    private long flops;

    SampledReference(OpInterpreter primitives, boolean sampling) {
        this.primitives = primitives;
        this.sampling = sampling;
    }

    /** Rows of a token axis that are computed and compared: at most 64, evenly spread, the first and the last among them. */
    static long[] rows(int length) {
        int n = Math.min(length, MOST_ROWS);
        long[] rows = new long[n];
        for (int i = 1; i < n; i++) {
            rows[i] = (long) i * (length - 1) / (n - 1);
        }
        return rows;
    }

    /** @throws ZooException UNSUPPORTED when the evaluation would take too long */
    @Override
    public List<Tensor> apply(Op op, List<Tensor> in) {
        if (op instanceof FusedOp f) {
            // A scope of its own, or the chunks of a long recurrence would all be in memory at once.
            return TensorScope.use(() -> Exec.with(this, () -> fused(f, in)));
        }
        flops += Flops.of(op, in.stream().map(Tensor::spec).toList());
        if (flops > MOST_FLOPS) {
            throw ZooException.unsupported("the reference would take more than " + MOST_FLOPS + " operations");
        }
        return primitives.apply(op, in);
    }

    private List<Tensor> fused(FusedOp op, List<Tensor> in) {
        return sampling && op instanceof Attend a && SampledAttend.fits(a, in)
                ? new SampledAttend(a, in).run()
                : op.decompose(in);
    }
}
