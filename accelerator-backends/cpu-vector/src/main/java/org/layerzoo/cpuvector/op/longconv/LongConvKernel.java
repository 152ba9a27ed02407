package org.layerzoo.cpuvector.op.longconv;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** y = irfft(rfft(x) rfft(k)), a channel a task: the spectra stay in cache, and samples share their kernel's. */
public final class LongConvKernel implements Kernel<LongConv> {
    /** Areas: the kernel's spectrum, a line's, and one to spare. */
    private static final int TAPS = 0;

    private static final int LINE = 1;
    private static final int SPARE = 2;

    @Override
    public Optional<String> refusal(LongConv op, List<TensorSpec> in) {
        TensorSpec x = in.getFirst();
        return x.dtype() == DType.F32 && x.shape().size() > 0 ? Optional.empty() : Optional.of("no loop for " + x);
    }

    @Override
    public List<Tensor> run(LongConv op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.allocate(x.spec());
        int batch = x.dim(0), channels = x.dim(1);
        LongLines lines = LongLines.of(op, x.dim(2), in.get(1).dim(-1), 3);
        Call call = new Call(op, x.segment(), in.get(1).segment(), out.segment(), lines);
        Optional<MemorySegment> skip = op.skip() ? Optional.of(in.get(2).segment()) : Optional.empty();
        Workers.run(channels, (long) batch * channels * lines.n() * 60, c -> {
            float d = skip.map(s -> Floats.get(s, c)).orElse(0f);
            for (int b = 0; b < batch; b++) {
                if (b == 0 || op.perSample()) {
                    call.kernel(op.perSample() ? (long) b * channels + c : c);
                }
                call.line((long) b * channels + c, d);
            }
        });
        return List.of(out);
    }

    private record Call(LongConv op, MemorySegment x, MemorySegment k, MemorySegment out, LongLines lines) {
        /** The spectrum of a kernel, over n, into this thread's room. */
        void kernel(long row) {
            float[] a = lines.room();
            lines.load(k, row * lines.taps(), lines.taps(), a);
            RowLoops.scale(a, lines.line(), lines.taps(), 1f / lines.n());
            lines.forward(a, TAPS, SPARE);
        }

        void line(long row, float skip) {
            float[] a = lines.room();
            int t = lines.t();
            lines.load(x, row * t, t, a);
            lines.forward(a, LINE, SPARE);
            lines.multiply(a, LINE, TAPS);
            lines.inverse(a, LINE, SPARE);
            lines.store(a, out, row * t);
            if (op.skip()) {
                skip(row * t, skip);
            }
        }

        private void skip(long at, float factor) {
            int t = lines.t();
            try (Loan loan = Loan.open()) {
                float[] y = loan.floats(t), v = loan.floats(t);
                Floats.load(out, at, y, 0, t);
                Floats.load(x, at, v, 0, t);
                RowLoops.axpy(factor, v, 0, y, 0, t);
                Floats.store(y, 0, out, at, t);
            }
        }
    }
}
