package org.layerzoo.cpuvector.op.linear;

import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Transforms along the last axis whose lengths {@link RowFft} knows: one line a task, which stays in cache. */
final class RowTransforms {
    private static final int L = Width.LANES;
    private static final Scratch PAIRS = new Scratch();
    private static final Scratch RE = new Scratch();
    private static final Scratch IM = new Scratch();
    private static final Scratch SWAP_RE = new Scratch();
    private static final Scratch SWAP_IM = new Scratch();

    private RowTransforms() {}

    static boolean fits(Primitive.Fft op, Shape s) {
        return op.axis() == s.rank() - 2 && RowFft.fits(s.dim(op.axis()));
    }

    static boolean fits(Primitive.Rfft op, Shape s) {
        return op.axis() == s.rank() - 1 && RealFft.fits(s.dim(op.axis()));
    }

    static boolean fits(Primitive.Irfft op, Shape s) {
        return op.axis() == s.rank() - 2 && RealFft.fits(op.n());
    }

    static void complex(Primitive.Fft op, Tensor x, Tensor out) {
        int n = x.dim(op.axis());
        RowFft fft = RowFft.of(n);
        var from = x.segment();
        var to = out.segment();
        lines(x.size() / 2 / n, n, line -> {
            float[] pairs = PAIRS.floats(2 * n + L), re = RE.floats(n + L), im = IM.floats(n + L);
            Floats.load(from, 2 * line * n, pairs, 0, 2 * n);
            Planar.split(pairs, re, im, n);
            LineFft.Lines v = new LineFft.Lines(re, im);
            LineFft.Lines work = new LineFft.Lines(SWAP_RE.floats(n + L), SWAP_IM.floats(n + L));
            LineFft.Lines y = op.inverse() ? fft.run(v.swapped(), work).swapped() : fft.run(v, work);
            Planar.join(y.re(), y.im(), pairs, n);
            Floats.store(pairs, 0, to, 2 * line * n, 2 * n);
        });
    }

    static void forward(Tensor x, Tensor out) {
        int n = x.dim(-1);
        RealFft fft = RealFft.of(n);
        var from = x.segment();
        var to = out.segment();
        lines(x.size() / n, n / 2, line -> {
            float[] pairs = PAIRS.floats(n + 2 + 2 * L), re = RE.floats(fft.room()), im = IM.floats(fft.room());
            Floats.load(from, line * n, pairs, 0, n);
            fft.forward(pairs, re, im);
            Planar.join(re, im, pairs, n / 2 + 1);
            Floats.store(pairs, 0, to, line * (n + 2), n + 2);
        });
    }

    static void inverse(Primitive.Irfft op, Tensor x, Tensor out) {
        int n = op.n();
        RealFft fft = RealFft.of(n);
        var from = x.segment();
        var to = out.segment();
        lines(out.size() / n, n / 2, line -> {
            float[] pairs = PAIRS.floats(n + 2 + 2 * L), re = RE.floats(fft.room()), im = IM.floats(fft.room());
            Floats.load(from, line * (n + 2), pairs, 0, n + 2);
            Planar.split(pairs, re, im, n / 2 + 1);
            fft.inverse(re, im, pairs);
            Floats.store(pairs, 0, to, line * n, n);
        });
    }

    private static void lines(long count, int n, java.util.function.LongConsumer body) {
        Workers.pieces(count, 1, 20L * n, (a, b) -> body.accept(a));
    }
}
