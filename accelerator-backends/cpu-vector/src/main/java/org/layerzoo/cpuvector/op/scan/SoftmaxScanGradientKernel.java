package org.layerzoo.cpuvector.op.scan;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Gradients of running softmax averages, from their results, in one pass back; log-sum-exps are computed anew in double, because F32 has no
 * digits left for exp(s - lse) where they are large. With p_t = exp(s_t - lse_t) and k_t = exp(lse_{t-1} -
 * lse_t): R_t = do_t + k_{t+1} R_{t+1}, D_t = do_t . o_t - dlse_t + k_{t+1} D_{t+1}; dv_t = p_t R_t, ds_t = p_t (R_t . v_t - D_t).
 */
public final class SoftmaxScanGradientKernel implements Kernel<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return in.stream().allMatch(t -> t.dtype() == DType.F32)
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        List<Tensor> grads = in.subList(0, op.inputs()).stream()
                .map(t -> Tensor.allocate(t.spec()))
                .toList();
        int cotangents = op.inputs() + op.outputs();
        Optional<Tensor> doOut = op.given().contains(0) ? Optional.of(in.get(cotangents)) : Optional.empty();
        Optional<Tensor> dLse = op.given().contains(1) ? Optional.of(in.getLast()) : Optional.empty();
        Tensor s = in.get(0), v = in.get(1);
        int lines = Math.toIntExact(s.shape().product(0, s.rank() - 1));
        Call call = new Call(
                ((SoftmaxScan) op.op()).initial(),
                in,
                in.get(op.inputs()).segment(),
                doOut,
                dLse,
                grads,
                s.dim(-1),
                v.dim(-1));
        Workers.run(lines, v.size() * 8 + s.size() * 64, call::line);
        return op.wanted().stream().map(grads::get).toList();
    }

    private record Call(
            boolean initial,
            List<Tensor> in,
            MemorySegment o,
            Optional<Tensor> doOut,
            Optional<Tensor> dLse,
            List<Tensor> grads,
            int n,
            int d) {
        void line(int line) {
            try (Loan loan = Loan.open()) {
                float[] s = loan.floats(n), dTotal = loan.zeros(n), ds = loan.floats(n);
                double[] total = loan.doubles(n);
                float[] r = loan.zeros(d), dy = loan.zeros(d), x = loan.zeros(d);
                long first = (long) line * n;
                Floats.load(in.get(0).segment(), first, s, 0, n);
                totals(line, s, total);
                dLse.ifPresent(t -> Floats.load(t.segment(), first, dTotal, 0, n));
                MemorySegment v = in.get(1).segment(), dv = grads.get(1).segment();
                MemorySegment g = doOut.orElse(in.get(1)).segment();
                double sum = 0;
                for (int t = n - 1; t >= 0; t--) {
                    long at = (first + t) * d;
                    float keep = t == n - 1 ? 0 : share(total[t], total[t + 1]);
                    if (doOut.isPresent()) {
                        Floats.load(g, at, dy, 0, d);
                    }
                    RunningTotal.combine(keep, r, 1, dy, d);
                    Floats.load(o, at, x, 0, d);
                    sum = (keep == 0 ? 0 : keep * sum) + RowLoops.dot(dy, 0, x, 0, d) - dTotal[t];
                    float p = share(s[t], total[t]);
                    Floats.load(v, at, x, 0, d);
                    ds[t] = p == 0 ? 0 : (float) (p * (RowLoops.dot(r, 0, x, 0, d) - sum));
                    RunningTotal.scaled(p, r, x, d);
                    Floats.store(x, 0, dv, at, d);
                }
                Floats.store(ds, 0, grads.get(0).segment(), first, n);
                if (initial) {
                    start(line, n == 0 ? Double.NEGATIVE_INFINITY : total[0], r, x, sum);
                }
            }
        }

        private void totals(int line, float[] s, double[] to) {
            RunningTotal sum = new RunningTotal();
            if (initial) {
                sum.start(Floats.get(in.get(2).segment(), line));
            }
            for (int t = 0; t < n; t++) {
                sum.add(s[t]);
                to[t] = sum.logarithm();
            }
        }

        /** Gradients of the state that the line begins with. */
        private void start(int line, double total, float[] r, float[] x, double sum) {
            float keep = share(Floats.get(in.get(2).segment(), line), total);
            Floats.load(in.get(3).segment(), (long) line * d, x, 0, d);
            Floats.set(
                    grads.get(2).segment(), line, keep == 0 ? 0 : (float) (keep * (RowLoops.dot(r, 0, x, 0, d) - sum)));
            RunningTotal.scaled(keep, r, x, d);
            Floats.store(x, 0, grads.get(3).segment(), (long) line * d, d);
        }

        /** exp(part - total), 0 while there is nothing. */
        private static float share(double part, double total) {
            return total == Double.NEGATIVE_INFINITY ? 0 : (float) Math.exp(part - total);
        }
    }
}
