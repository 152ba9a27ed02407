package org.layerzoo.cpuvector.op.attend;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.attend.MergeLse;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** Gradients of a merge, row by row: do_s = w_s do; dl_s = w_s (do . (o_s - o) + dlse), of the log-sum-exp and of the log weight alike. */
public final class MergeLseGradientKernel implements Kernel<GradientOf> {
    private static final int PIECE = 16_384;
    private final MergeLseKernel forward = new MergeLseKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return forward.refusal((MergeLse) op.op(), in.subList(0, op.inputs()));
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        MergeLse merge = (MergeLse) op.op();
        List<Tensor> grads = in.subList(0, op.inputs()).stream()
                .map(t -> Tensor.allocate(t.spec()))
                .toList();
        int cotangents = op.inputs() + op.outputs();
        Optional<Tensor> doOut = op.given().contains(0) ? Optional.of(in.get(cotangents)) : Optional.empty();
        Optional<Tensor> dLse = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        Call call = new Call(
                merge.parts(),
                in.getFirst().dim(-1),
                MergedRows.of(merge, in),
                MergedRows.of(merge, grads),
                doOut.isPresent(),
                doOut.orElse(in.getFirst()).segment(),
                dLse.isPresent(),
                dLse.orElse(in.getFirst()).segment());
        Workers.pieces(in.get(1).size(), Math.max(1, PIECE / call.d), 6L * merge.parts() * call.d, call::rows);
        return op.wanted().stream().map(grads::get).toList();
    }

    private record Call(
            int parts,
            int d,
            MergedRows in,
            MergedRows grads,
            boolean hasOut,
            MemorySegment doOut,
            boolean hasLse,
            MemorySegment dLse) {
        void rows(long from, long end) {
            try (Loan loan = Loan.open()) {
                float[] dy = loan.zeros(d), x = loan.floats(d);
                double[] weights = loan.doubles(parts), dots = loan.doubles(parts);
                for (long r = from; r < end; r++) {
                    in.weigh(r, weights);
                    if (hasOut) {
                        Floats.load(doOut, r * d, dy, 0, d);
                    }
                    double mean = 0;
                    for (int s = 0; s < parts; s++) {
                        in.load(s, r, x, d);
                        dots[s] = RowLoops.dot(dy, 0, x, 0, d);
                        mean += weights[s] * dots[s];
                    }
                    double own = hasLse ? Floats.get(dLse, r) : 0;
                    for (int s = 0; s < parts; s++) {
                        logs(s, r, (float) (weights[s] * (dots[s] - mean + own)));
                        Arrays.fill(x, 0, d, 0f);
                        RowLoops.axpy((float) weights[s], dy, 0, x, 0, d);
                        Floats.store(x, 0, grads.o()[s], r * d, d);
                    }
                }
            }
        }

        private void logs(int s, long r, float dl) {
            Floats.set(grads.lse()[s], r, dl);
            if (grads.weight().length > 0) {
                Floats.set(grads.weight()[s], r, dl);
            }
        }
    }
}
