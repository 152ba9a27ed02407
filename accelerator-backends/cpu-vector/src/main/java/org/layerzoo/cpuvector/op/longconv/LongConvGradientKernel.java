package org.layerzoo.cpuvector.op.longconv;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.GradientOf;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Gradients of the long convolution, a channel a task: with G the spectrum of the cotangents, dx has G conj(K) and dk has G conj(X), which is
 * summed over samples before its one transform back.
 */
public final class LongConvGradientKernel implements Kernel<GradientOf> {
    private static final int TAPS = 0;
    private static final int LINE = 1;
    private static final int SLOPE = 2;
    private static final int SPARE = 3;
    private static final int SUM = 4;

    private final LongConvKernel forward = new LongConvKernel();

    @Override
    public Optional<String> refusal(GradientOf op, List<TensorSpec> in) {
        return forward.refusal((LongConv) op.op(), in.subList(0, op.inputs()));
    }

    @Override
    public List<Tensor> run(GradientOf op, List<Tensor> in) {
        LongConv conv = (LongConv) op.op();
        List<Tensor> grads = in.subList(0, op.inputs()).stream()
                .map(t -> Tensor.allocate(t.spec()))
                .toList();
        Tensor x = in.getFirst();
        LongLines lines = LongLines.of(conv, x.dim(2), in.get(1).dim(-1), 5);
        Call call = new Call(conv, in, in.getLast().segment(), grads, lines, x.dim(0), x.dim(1));
        Workers.run(x.dim(1), x.shape().product(0, 2) * lines.n() * 120, call::channel);
        return op.wanted().stream().map(grads::get).toList();
    }

    private record Call(
            LongConv conv,
            List<Tensor> in,
            MemorySegment dy,
            List<Tensor> grads,
            LongLines lines,
            int batch,
            int channels) {
        void channel(int c) {
            float[] a = lines.room();
            double skip = 0;
            lines.clear(a, SUM);
            for (int b = 0; b < batch; b++) {
                long row = (long) b * channels + c;
                if (b == 0 || conv.perSample()) {
                    int taps = lines.taps();
                    lines.load(in.get(1).segment(), (conv.perSample() ? row : c) * taps, taps, a);
                    lines.forward(a, TAPS, SPARE);
                }
                skip += line(row, c, a);
                if (conv.perSample()) {
                    taps(row, a);
                    lines.clear(a, SUM);
                }
            }
            if (!conv.perSample()) {
                taps(c, a);
            }
            if (conv.skip()) {
                Floats.set(grads.get(2).segment(), c, (float) skip);
            }
        }

        /** Writes dx of a line. @return what it gives to the gradient of the channel's factor */
        private double line(long row, int channel, float[] a) {
            int t = lines.t();
            MemorySegment x = in.getFirst().segment();
            lines.load(x, row * t, t, a);
            lines.forward(a, LINE, SPARE);
            lines.loadAdjoint(dy, row * t, a);
            lines.forward(a, SLOPE, SPARE);
            lines.addCorrelation(a, SUM, SLOPE, LINE);
            lines.correlate(a, SLOPE, TAPS);
            lines.inverse(a, SLOPE, SPARE);
            RowLoops.scale(a, lines.line(), t, 1f / lines.n());
            double skip = 0;
            if (conv.skip()) {
                try (Loan loan = Loan.open()) {
                    float[] g = loan.floats(t), v = loan.floats(t);
                    Floats.load(dy, row * t, g, 0, t);
                    Floats.load(x, row * t, v, 0, t);
                    RowLoops.axpy(Floats.get(in.get(2).segment(), channel), g, 0, a, lines.line(), t);
                    skip = RowLoops.dot(g, 0, v, 0, t);
                }
            }
            Floats.store(a, lines.line(), grads.getFirst().segment(), row * t, t);
            return skip;
        }

        private void taps(long row, float[] a) {
            lines.inverse(a, SUM, SPARE);
            RowLoops.scale(a, lines.line(), lines.taps(), 1f / lines.n());
            Floats.store(a, lines.line(), grads.get(1).segment(), row * lines.taps(), lines.taps());
        }
    }
}
