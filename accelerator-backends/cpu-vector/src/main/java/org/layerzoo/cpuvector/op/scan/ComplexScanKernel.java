package org.layerzoo.cpuvector.op.scan;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** h_t = a_t h_{t-1} + b_t in complex numbers of F32, lanes across the axes behind the time axis, in time order: one pass over memory. */
public final class ComplexScanKernel implements Kernel<ComplexScan> {
    @Override
    public Optional<String> refusal(ComplexScan op, List<TensorSpec> in) {
        TensorSpec a = in.getFirst();
        return a.dtype() == DType.F32 && a.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + a);
    }

    @Override
    public List<Tensor> run(ComplexScan op, List<Tensor> in) {
        Tensor out = Tensor.allocate(in.getFirst().spec());
        ScanLines lines = ScanLines.of(op.axis(), op.reverse(), out.shape());
        MemorySegment a = in.get(0).segment(),
                b = in.get(1).segment(),
                h0 = in.get(2).segment(),
                h = out.segment();
        Workers.run(lines.tasks(), 4 * out.size(), t -> {
            ScanLines.Task x = lines.task(t);
            int stride = x.stride();
            try (Loan loan = Loan.open()) {
                float[] state = loan.zeros(stride);
                float[] av = loan.zeros(ScanLines.SPAN * stride);
                float[] bv = loan.zeros(ScanLines.SPAN * stride);
                Floats.load(h0, x.state(), state, 0, x.width());
                for (int step = 0; step < lines.n(); step += ScanLines.SPAN) {
                    int count = Math.min(ScanLines.SPAN, lines.n() - step);
                    x.load(a, step, count, av);
                    x.load(b, step, count, bv);
                    for (int i = 0; i < count; i++) {
                        ComplexRows.step(av, bv, i * stride, state, x.width());
                    }
                    x.store(bv, step, count, h);
                }
            }
        });
        return List.of(out);
    }
}
