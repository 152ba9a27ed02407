package org.layerzoo.cpuvector.op.scan;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.scan.ComplexScan;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;

/** Gradients of the complex scan in one pass back over its states: g_t = dh_t + conj(a_{t+1}) g_{t+1}, db = g, da_t = conj(h_{t-1}) g_t. */
public final class ComplexScanGradientKernel implements Kernel<GradientOf> {
    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        TensorSpec a = in.getFirst();
        return a.dtype() == DType.F32 && a.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + a);
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        ComplexScan scan = (ComplexScan) op.op();
        Tensor[] grads = {
            Tensor.allocate(in.get(0).spec()),
            Tensor.allocate(in.get(1).spec()),
            Tensor.allocate(in.get(2).spec())
        };
        ScanLines lines =
                ScanLines.of(scan.axis(), scan.reverse(), in.getFirst().shape());
        Call call = new Call(
                lines,
                in.get(0).segment(),
                in.get(2).segment(),
                in.get(3).segment(),
                in.get(4).segment(),
                grads[0].segment(),
                grads[1].segment(),
                grads[2].segment());
        Workers.run(lines.tasks(), 8 * in.getFirst().size(), t -> call.task(lines.task(t)));
        return op.wanted().stream().map(i -> grads[i]).toList();
    }

    private record Call(
            ScanLines lines,
            MemorySegment a,
            MemorySegment h0,
            MemorySegment h,
            MemorySegment dh,
            MemorySegment da,
            MemorySegment db,
            MemorySegment dh0) {
        void task(ScanLines.Task x) {
            int stride = x.stride();
            try (Loan loan = Loan.open()) {
                float[] g = loan.zeros(stride);
                float[] av = loan.zeros(ScanLines.SPAN * stride);
                float[] dy = loan.zeros(ScanLines.SPAN * stride);
                float[] before = loan.zeros(ScanLines.SPAN * stride);
                int spans = (lines.n() + ScanLines.SPAN - 1) / ScanLines.SPAN;
                for (int s = spans - 1; s >= 0; s--) {
                    int step = s * ScanLines.SPAN;
                    int count = Math.min(ScanLines.SPAN, lines.n() - step);
                    x.load(a, step, count, av);
                    x.load(dh, step, count, dy);
                    states(x, step, count, before);
                    for (int i = count - 1; i >= 0; i--) {
                        ComplexRows.adjoint(av, dy, before, i * stride, g, x.width());
                    }
                    x.store(before, step, count, da);
                    x.store(dy, step, count, db);
                }
                Floats.store(g, 0, dh0, x.state(), x.width());
            }
        }

        /** The state before each token of a span. */
        private void states(ScanLines.Task x, int step, int count, float[] to) {
            if (step > 0) {
                x.load(h, step - 1, count, to);
                return;
            }
            Floats.load(h0, x.state(), to, 0, x.width());
            for (int i = 1; i < count; i++) {
                x.row(h, i - 1, to, i);
            }
        }
    }
}
