package org.layerzoo.cpuvector.op.longconv;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.RealFft;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** y = irfft(rfft(x) rfft(k)), a channel a task: the spectra stay in cache, and samples share their kernel's. */
public final class LongConvKernel implements Kernel<LongConv> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final AlignedScratch ROOM = new AlignedScratch();

    @Override
    public Optional<String> refusal(LongConv op, List<TensorSpec> in) {
        if (in.getFirst().dtype() != DType.F32) {
            return Optional.of("no loop for " + in.getFirst().dtype());
        }
        int t = in.getFirst().shape().dim(2);
        return op.edge() == LongConv.Edge.ZERO || RealFft.fits(t)
                ? Optional.empty()
                : Optional.of("a circle of " + t + " tokens");
    }

    @Override
    public List<Tensor> run(LongConv op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.allocate(x.spec());
        int batch = x.dim(0),
                channels = x.dim(1),
                t = x.dim(2),
                taps = in.get(1).dim(-1);
        int n = op.edge() == LongConv.Edge.CIRCULAR ? t : length(t + taps - 1);
        Call call = new Call(op, x.segment(), in.get(1).segment(), out.segment(), channels, t, taps, RealFft.of(n), n);
        Optional<MemorySegment> skip = op.skip() ? Optional.of(in.get(2).segment()) : Optional.empty();
        Workers.run(channels, (long) batch * channels * n * 60, c -> {
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

    /** The shortest length from n on that has a fast transform. */
    private static int length(int n) {
        int step = 2 * L * L;
        int m = (n + step - 1) / step * step;
        while (!RealFft.fits(m)) {
            m += step;
        }
        return m;
    }

    private record Call(
            LongConv op,
            MemorySegment x,
            MemorySegment k,
            MemorySegment out,
            int channels,
            int t,
            int taps,
            RealFft fft,
            int n) {
        /** Areas of a spectrum: the kernel's, two for a line's; behind them the line itself. */
        private static final int KERNEL = CacheLines.FIRST;

        private int area() {
            return 2 * fft.room();
        }

        private float[] room() {
            return ROOM.floats(3 * area() + CacheLines.roundUp(n + L));
        }

        /** The spectrum of a kernel, over n, into this thread's room. */
        void kernel(long row) {
            float[] a = room();
            int line = KERNEL + 3 * area();
            Floats.load(k, row * taps, a, line, taps);
            Arrays.fill(a, line + taps, line + n, 0f);
            RowLoops.scale(a, line, taps, 1f / n);
            int y = fft.forward(a, line, KERNEL, KERNEL + area());
            if (y != KERNEL) {
                System.arraycopy(a, y, a, KERNEL, area());
            }
        }

        void line(long row, float skip) {
            float[] a = room();
            int one = KERNEL + area(), two = one + area(), line = two + area();
            Floats.load(x, row * t, a, line, t);
            Arrays.fill(a, line + t, line + n, 0f);
            int y = fft.forward(a, line, one, two);
            multiply(a, y, KERNEL, fft.room(), n / 2 + 1);
            fft.inverse(a, y, y == one ? two : one, line);
            int center = op.center();
            if (op.skip()) {
                Floats.load(x, row * t, a, one, t);
                int head = op.edge() == LongConv.Edge.CIRCULAR ? t - center : t;
                RowLoops.axpy(skip, a, one, a, line + center, head);
                RowLoops.axpy(skip, a, one + head, a, line, t - head);
            }
            if (op.edge() == LongConv.Edge.CIRCULAR) {
                Floats.store(a, line + center, out, row * t, t - center);
                Floats.store(a, line, out, row * t + t - center, center);
            } else {
                Floats.store(a, line + center, out, row * t, t);
            }
        }
    }

    /** a = a b, areas whose imaginary parts lie {@code part} behind the real ones. */
    private static void multiply(float[] m, int a, int b, int part, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector xr = fromArray(S, m, a + k), xi = fromArray(S, m, a + part + k);
            FloatVector yr = fromArray(S, m, b + k), yi = fromArray(S, m, b + part + k);
            xr.mul(yr).sub(xi.mul(yi)).intoArray(m, a + k);
            xr.fma(yi, xi.mul(yr)).intoArray(m, a + part + k);
        }
    }
}
