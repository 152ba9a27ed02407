package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** Joins attentions over disjoint keys, row by row: weights of the parts in double, then one weighted sum of their rows. */
public final class MergeLseKernel implements Kernel<MergeLse> {
    /** Elements of a task. */
    private static final int PIECE = 16_384;

    @Override
    public Optional<String> refusal(MergeLse op, List<TensorSpec> in) {
        TensorSpec o = in.getFirst();
        return o.dtype() == DType.F32 && o.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + o);
    }

    @Override
    public List<Tensor> run(MergeLse op, List<Tensor> in) {
        Tensor like = in.getFirst();
        int d = like.dim(-1);
        Tensor o = Tensor.allocate(like.spec());
        Tensor lse = Tensor.allocate(in.get(1).spec());
        MergedRows rows = MergedRows.of(op, in);
        MemorySegment to = o.segment(), total = lse.segment();
        Workers.pieces(lse.size(), Math.max(1, PIECE / d), 2L * op.parts() * d, (from, end) -> {
            try (Loan loan = Loan.open()) {
                float[] y = loan.floats(d), x = loan.floats(d);
                double[] weights = loan.doubles(op.parts());
                for (long r = from; r < end; r++) {
                    Floats.set(total, r, (float) rows.weigh(r, weights));
                    Arrays.fill(y, 0, d, 0f);
                    for (int s = 0; s < op.parts(); s++) {
                        rows.load(s, r, x, d);
                        RowLoops.axpy((float) weights[s], x, 0, y, 0, d);
                    }
                    Floats.store(y, 0, to, r * d, d);
                }
            }
        });
        return List.of(o, lse);
    }
}
