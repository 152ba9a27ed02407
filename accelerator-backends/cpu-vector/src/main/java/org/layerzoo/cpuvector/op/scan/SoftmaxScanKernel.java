package org.layerzoo.cpuvector.op.scan;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.scan.SoftmaxScan;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/**
 * Running softmax averages, a line a task: o = keep o + add v with keep + add = 1, both from a maximum and a sum in double, so that no length
 * and no size of scores overflows or loses the log-sum-exp.
 */
public final class SoftmaxScanKernel implements Kernel<SoftmaxScan> {
    @Override
    public Optional<String> refusal(SoftmaxScan op, List<TensorSpec> in) {
        return in.stream().allMatch(t -> t.dtype() == DType.F32)
                ? Optional.empty()
                : Optional.of("no loop for " + in.getFirst().dtype());
    }

    @Override
    public List<Tensor> run(SoftmaxScan op, List<Tensor> in) {
        Tensor s = in.get(0), v = in.get(1);
        Tensor o = Tensor.allocate(v.spec());
        Tensor lse = Tensor.allocate(s.spec());
        int n = s.dim(-1), d = v.dim(-1);
        int lines = Math.toIntExact(s.shape().product(0, s.rank() - 1));
        MemorySegment from = v.segment(), to = o.segment();
        Workers.run(lines, v.size() * 4 + s.size() * 64, line -> {
            try (Loan loan = Loan.open()) {
                float[] scores = loan.floats(n);
                float[] total = loan.floats(n);
                float[] state = loan.zeros(d);
                float[] values = loan.zeros(d);
                Floats.load(s.segment(), (long) line * n, scores, 0, n);
                RunningTotal sum = new RunningTotal();
                if (op.initial()) {
                    sum.start(Floats.get(in.get(2).segment(), line));
                    Floats.load(in.get(3).segment(), (long) line * d, state, 0, d);
                }
                for (int t = 0; t < n; t++) {
                    long at = ((long) line * n + t) * d;
                    sum.add(scores[t]);
                    total[t] = (float) sum.logarithm();
                    Floats.load(from, at, values, 0, d);
                    sum.average(state, values, d);
                    Floats.store(state, 0, to, at, d);
                }
                Floats.store(total, 0, lse.segment(), (long) line * n, n);
            }
        });
        return List.of(o, lse);
    }
}
