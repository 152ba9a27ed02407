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
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Kernel;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;
import org.layerzoo.cpuvector.op.linear.RealFft;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** y = irfft(rfft(x) rfft(k)), a channel a task: the spectra stay in cache, and samples share their kernel's. */
public final class LongConvKernel implements Kernel<LongConv> {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final Scratch LINE = new Scratch();
    private static final Scratch KERNEL_RE = new Scratch();
    private static final Scratch KERNEL_IM = new Scratch();
    private static final Scratch RE = new Scratch();
    private static final Scratch IM = new Scratch();

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
        /** The spectrum of a kernel, over n, into this thread's arrays. */
        void kernel(long row) {
            float[] line = LINE.floats(n + L);
            Floats.load(k, row * taps, line, 0, taps);
            Arrays.fill(line, taps, n, 0f);
            RowLoops.scale(line, 0, taps, 1f / n);
            fft.forward(line, KERNEL_RE.floats(fft.room()), KERNEL_IM.floats(fft.room()));
        }

        void line(long row, float skip) {
            float[] line = LINE.floats(n + L), re = RE.floats(fft.room()), im = IM.floats(fft.room());
            Floats.load(x, row * t, line, 0, t);
            Arrays.fill(line, t, n, 0f);
            fft.forward(line, re, im);
            multiply(re, im, KERNEL_RE.floats(fft.room()), KERNEL_IM.floats(fft.room()), n / 2 + 1);
            fft.inverse(re, im, line);
            int center = op.center();
            if (op.edge() == LongConv.Edge.CIRCULAR) {
                Floats.store(line, center, out, row * t, t - center);
                Floats.store(line, 0, out, row * t + t - center, center);
            } else {
                Floats.store(line, center, out, row * t, t);
            }
            if (op.skip()) {
                addSkip(row, skip, line, re);
            }
        }

        private void addSkip(long row, float skip, float[] y, float[] own) {
            Floats.load(x, row * t, y, 0, t);
            for (int at = 0; at < t; at += own.length - L) {
                int part = Math.min(own.length - L, t - at);
                Floats.load(out, row * t + at, own, 0, part);
                RowLoops.axpy(skip, y, at, own, 0, part);
                Floats.store(own, 0, out, row * t + at, part);
            }
        }
    }

    /** a = a b. */
    private static void multiply(float[] ar, float[] ai, float[] br, float[] bi, int n) {
        for (int k = 0; k < n; k += L) {
            FloatVector xr = fromArray(S, ar, k), xi = fromArray(S, ai, k);
            FloatVector yr = fromArray(S, br, k), yi = fromArray(S, bi, k);
            xr.mul(yr).sub(xi.mul(yi)).intoArray(ar, k);
            xr.mul(yi).add(xi.mul(yr)).intoArray(ai, k);
        }
    }
}
