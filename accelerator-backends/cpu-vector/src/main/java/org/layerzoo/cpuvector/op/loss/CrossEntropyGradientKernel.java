package org.layerzoo.cpuvector.op.loss;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.op.loss.CrossEntropy.Reduction;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Gradients of cross entropy: with a_c = (1 - smoothing) t_c + smoothing / C over the classes that are seen, d logits =
 * g (p sum(a) - a). A row's log-sum-exp is computed anew while the row comes into cache, then its gradient is written.
 */
public final class CrossEntropyGradientKernel implements Kernel<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        CrossEntropy loss = (CrossEntropy) op.op();
        LossRows rows = LossRows.of(loss, in);
        Tensor cotangent = in.getLast();
        MemorySegment g = cotangent.segment();
        boolean each = loss.reduction() == Reduction.NONE;
        double by = loss.reduction() == Reduction.MEAN ? Math.max(1, rows.counted()) : 1;
        List<Tensor> grads =
                op.wanted().stream().map(i -> Tensor.allocate(in.get(i).spec())).toList();
        Workers.pieces(rows.rows(), rows.grain(), 16L * rows.classes(), (from, end) -> {
            try (Loan loan = Loan.open()) {
                Task t = new Task(rows, loan.floats(LogitRow.BLOCK), loan.floats(LogitRow.BLOCK));
                for (int r = (int) from; r < end; r++) {
                    double factor = Floats.get(g, each ? r : 0) / by;
                    for (int i = 0; i < grads.size(); i++) {
                        t.row(r, factor, op.wanted().get(i) == 0, grads.get(i).segment());
                    }
                }
            }
        });
        return grads;
    }

    private record Task(LossRows rows, float[] v, float[] w) {
        void row(int r, double g, boolean toLogits, MemorySegment out) {
            if (!rows.counts(r)) {
                Arrays.fill(v, 0f);
                each((c, n) -> Floats.store(v, 0, out, rows.at(r) + c, n));
                return;
            }
            LogitRow row = new LogitRow(rows.classes(), v);
            row.read(rows.logits(), rows.at(r), false);
            if (!toLogits) {
                each((c, n) -> weights(r, c, n, row.lse(), g, out));
            } else if (rows.ids()) {
                ids(r, row, g, out);
            } else {
                weighted(r, row, g, out);
            }
        }

        private interface Block {
            void accept(int from, int n);
        }

        private void each(Block body) {
            for (int c = 0; c < rows.classes(); c += LogitRow.BLOCK) {
                body.accept(c, Math.min(LogitRow.BLOCK, rows.classes() - c));
            }
        }

        private void ids(int r, LogitRow row, double g, MemorySegment out) {
            double smoothing = rows.op().smoothing();
            int target = rows.target(r);
            float x = Floats.get(rows.logits(), rows.at(r) + target);
            double even = smoothing / rows.classes();
            double own = x == Float.NEGATIVE_INFINITY ? 0 : 1 - smoothing;
            double sum = own + (row.hidden() ? even * visible(r) : smoothing);
            each((c, n) -> {
                Floats.load(rows.logits(), rows.at(r) + c, v, 0, n);
                row.gradient(v, n, g * sum, -g * even);
                Floats.store(v, 0, out, rows.at(r) + c, n);
            });
            // the target's own, in double: near a sure prediction nearly all of it cancels
            double p = Math.exp(x - row.lse());
            Floats.set(out, rows.at(r) + target, (float) (own == 0 ? 0 : g * (p * sum - own - even)));
        }

        private void weighted(int r, LogitRow row, double g, MemorySegment out) {
            double smoothing = rows.op().smoothing();
            double even = smoothing / rows.classes();
            double weight = rows.weight(r, v, w, row.hidden());
            double sum = (1 - smoothing) * weight + (row.hidden() ? even * visible(r) : smoothing);
            float share = (float) (g * (1 - smoothing));
            each((c, n) -> {
                Floats.load(rows.logits(), rows.at(r) + c, v, 0, n);
                row.gradient(v, n, g * sum, -g * even);
                Floats.load(rows.targets(), rows.at(r) + c, w, 0, n);
                // a hidden class may have a weight, but no gradient
                for (int i = 0; i < n; i++) {
                    v[i] -= row.hidden() && Floats.get(rows.logits(), rows.at(r) + c + i) == Float.NEGATIVE_INFINITY
                            ? 0
                            : share * w[i];
                }
                Floats.store(v, 0, out, rows.at(r) + c, n);
            });
        }

        /** Classes that are not hidden. */
        private int visible(int r) {
            int n = 0;
            for (int c = 0; c < rows.classes(); c++) {
                n += Floats.get(rows.logits(), rows.at(r) + c) == Float.NEGATIVE_INFINITY ? 0 : 1;
            }
            return n;
        }

        /** -g (1 - smoothing) log p, and 0 for a hidden class of weight 0. */
        private void weights(int r, int c, int n, double lse, double g, MemorySegment out) {
            double factor = g * (1 - rows.op().smoothing());
            Floats.load(rows.logits(), rows.at(r) + c, v, 0, n);
            Floats.load(rows.targets(), rows.at(r) + c, w, 0, n);
            for (int i = 0; i < n; i++) {
                boolean nothing = w[i] == 0 && v[i] == Float.NEGATIVE_INFINITY;
                v[i] = nothing ? 0 : (float) (factor * (lse - v[i]));
            }
            Floats.store(v, 0, out, rows.at(r) + c, n);
        }
    }
}
