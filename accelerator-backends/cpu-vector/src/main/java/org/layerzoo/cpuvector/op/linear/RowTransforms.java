package org.layerzoo.cpuvector.op.linear;

import java.util.function.LongConsumer;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Workers;

/** Transforms along the last axis whose lengths {@link RowFft} knows: one line a task, which stays in cache. */
final class RowTransforms {
    private static final AlignedScratch ROOM = new AlignedScratch();
    private static final int FIRST = CacheLines.FIRST;

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
        int room = fft.room();
        var from = x.segment();
        var to = out.segment();
        lines(x.size() / 2 / n, n, line -> {
            float[] a = ROOM.floats(6 * room);
            int pairs = FIRST + 4 * room;
            var one = new LineFft.Lines(a, FIRST, FIRST + room);
            var two = new LineFft.Lines(a, FIRST + 2 * room, FIRST + 3 * room);
            LineFft.Lines y;
            if (op.inverse()) {
                Floats.load(from, 2 * line * n, a, pairs, 2 * n);
                y = fft.pairs(a, pairs, true, one, two);
            } else {
                y = fft.pairs(from, 2 * line * n, pairs, one, two);
            }
            LineFft.Lines z = op.inverse() ? y.swapped() : y;
            Planar.join(a, z.re(), z.im(), pairs, n);
            Floats.store(a, pairs, to, 2 * line * n, 2 * n);
        });
    }

    static void forward(Tensor x, Tensor out) {
        int n = x.dim(-1);
        RealFft fft = RealFft.of(n);
        int area = 2 * fft.room();
        var from = x.segment();
        var to = out.segment();
        lines(x.size() / n, n / 2, line -> {
            float[] a = ROOM.floats(3 * area);
            fft.stored(from, line * n, to, line * (n + 2), a, FIRST + 2 * area, FIRST, FIRST + area);
        });
    }

    static void inverse(Primitive.Irfft op, Tensor x, Tensor out) {
        int n = op.n();
        RealFft fft = RealFft.of(n);
        int room = fft.room();
        var from = x.segment();
        var to = out.segment();
        lines(out.size() / n, n / 2, line -> {
            float[] a = ROOM.floats(6 * room);
            int pairs = FIRST + 4 * room;
            Floats.load(from, line * (n + 2), a, pairs, n + 2);
            Planar.split(a, pairs, FIRST, FIRST + room, n / 2 + 1);
            fft.inverse(a, FIRST, FIRST + 2 * room, pairs);
            Floats.store(a, pairs, to, line * n, n);
        });
    }

    private static void lines(long count, int n, LongConsumer body) {
        Workers.pieces(count, 1, 20L * n, (a, b) -> body.accept(a));
    }
}
