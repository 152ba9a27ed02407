package org.layerzoo.cpuvector.op.loss;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** Cross entropy in one pass over the logits, by an online log-sum-exp; probabilities are never stored. */
public final class CrossEntropyKernel implements Kernel<CrossEntropy> {
    @Override
    public Optional<String> refusal(CrossEntropy op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(CrossEntropy op, List<Tensor> in) {
        LossRows rows = LossRows.of(op, in);
        Tensor out =
                Tensor.allocate(op.infer(in.stream().map(Tensor::spec).toList()).getFirst());
        try (Loan loan = Loan.open()) {
            double[] losses = loan.doubles(rows.rows());
            Workers.pieces(
                    rows.rows(), rows.grain(), 8L * rows.classes(), (from, end) -> task(rows, from, end, losses));
            if (op.reduction() == Reduction.NONE) {
                for (int r = 0; r < rows.rows(); r++) {
                    Floats.set(out.segment(), r, (float) losses[r]);
                }
            } else {
                double sum = 0;
                for (int r = 0; r < rows.rows(); r++) {
                    sum += losses[r];
                }
                double by = op.reduction() == Reduction.MEAN ? Math.max(1, rows.counted()) : 1;
                Floats.set(out.segment(), 0, (float) (sum / by));
            }
        }
        return List.of(out);
    }

    private static void task(LossRows rows, long from, long end, double[] losses) {
        try (Loan loan = Loan.open()) {
            float[] v = loan.floats(LogitRow.BLOCK);
            float[] w = loan.floats(LogitRow.BLOCK);
            LogitRow row = new LogitRow(rows.classes(), v);
            double smoothing = rows.op().smoothing();
            for (int r = (int) from; r < end; r++) {
                if (!rows.counts(r)) {
                    losses[r] = 0;
                    continue;
                }
                row.read(rows.logits(), rows.at(r), smoothing > 0);
                double nll = rows.ids()
                        ? row.lse() - Floats.get(rows.logits(), rows.at(r) + rows.target(r))
                        : weighted(rows, r, row.lse(), v, w);
                double even = row.lse() - row.sum() / rows.classes();
                losses[r] = smoothing == 0 ? nll : (1 - smoothing) * nll + smoothing * even;
            }
        }
    }

    /** Sum of t (lse - x), where a hidden class of weight 0 counts nothing. */
    private static double weighted(LossRows rows, int r, double lse, float[] v, float[] w) {
        double sum = 0;
        for (int c = 0; c < rows.classes(); c += LogitRow.BLOCK) {
            int n = Math.min(LogitRow.BLOCK, rows.classes() - c);
            Floats.load(rows.logits(), rows.at(r) + c, v, 0, n);
            Floats.load(rows.targets(), rows.at(r) + c, w, 0, n);
            for (int i = 0; i < n; i++) {
                sum += w[i] == 0 && v[i] == Float.NEGATIVE_INFINITY ? 0 : w[i] * (lse - v[i]);
            }
        }
        return sum;
    }
}
