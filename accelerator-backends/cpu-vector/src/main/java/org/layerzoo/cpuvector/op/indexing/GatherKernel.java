package org.layerzoo.cpuvector.op.indexing;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.AxisLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.Workers;

/** Elements picked along an axis: vector gathers from a line in cache for four bytes along the last axis, else one by one. */
final class GatherKernel {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Longest line that is copied to an array. */
    private static final int LINE = 1 << 16;

    private static final long PIECE = 16_384;
    /** Most indices that are looked up at once. */
    private static final int SPAN = 1024;

    private GatherKernel() {}

    /** Whether lines go through vector gathers: the copy of a line must pay. */
    static boolean fast(int bytes, AxisLines x, AxisLines index) {
        return bytes == 4 && index.inner() == 1 && x.inner() == 1 && x.n() <= LINE && index.n() >= x.n() / 4;
    }

    static Tensor run(Primitive.Gather op, Tensor x, Tensor index) {
        Tensor out = Tensor.allocate(x.spec().withShape(index.shape()));
        if (out.size() == 0) {
            return out;
        }
        Targets t = Targets.of(x.shape(), index.shape(), op.axis());
        Indices at = new Indices(op, index, x.dim(op.axis()));
        int bytes = x.dtype().bytes();
        if (fast(bytes, AxisLines.of(x.shape(), op.axis()), t.lines())) {
            lines(x, x.dim(op.axis()), at, t, out);
        } else {
            single(x.segment(), at, t, out.segment(), bytes);
        }
        return out;
    }

    private static void lines(Tensor x, int length, Indices at, Targets t, Tensor out) {
        int n = t.lines().n();
        MemorySegment from = x.segment();
        MemorySegment to = out.segment();
        Workers.pieces(t.lines().outer(), Math.max(1, PIECE / n), n, (first, end) -> {
            try (Loan loan = Loan.open()) {
                float[] line = loan.floats(length);
                float[] y = loan.floats(n);
                int[] picks = loan.ints(n);
                long[] wide = loan.longs(n);
                for (int o = (int) first; o < end; o++) {
                    at.load((long) o * n, n, wide, picks);
                    Floats.load(from, t.outer()[o], line, 0, length);
                    pick(line, picks, y, n);
                    Floats.store(y, 0, to, (long) o * n, n);
                }
            }
        });
    }

    private static void pick(float[] line, int[] at, float[] y, int n) {
        int i = 0;
        for (; i + L <= n; i += L) {
            fromArray(S, line, 0, at, i).intoArray(y, i);
        }
        for (; i < n; i++) {
            y[i] = line[at[i]];
        }
    }

    private static void single(MemorySegment from, Indices at, Targets t, MemorySegment to, int bytes) {
        int inner = t.lines().inner();
        int n = t.lines().n();
        long rows = (long) t.lines().outer() * n;
        int span = Math.min(inner, SPAN);
        Workers.pieces(rows, Math.max(1, PIECE / inner), inner * 2L, (first, end) -> {
            try (Loan loan = Loan.open()) {
                int[] picks = loan.ints(span);
                long[] wide = loan.longs(span);
                for (long r = first; r < end; r++) {
                    long base = t.outer()[(int) (r / n)];
                    for (int i = 0; i < inner; i += span) {
                        int count = Math.min(span, inner - i);
                        at.load(r * inner + i, count, wide, picks);
                        for (int j = 0; j < count; j++) {
                            wide[j] = base + picks[j] * t.step() + t.inner()[i + j];
                        }
                        move(from, wide, to, r * inner + i, count, bytes);
                    }
                }
            }
        });
    }

    /** Elements source[0..n-1] to target, target + 1, ... */
    private static void move(MemorySegment from, long[] source, MemorySegment to, long target, int n, int bytes) {
        if (bytes == 4) {
            for (int i = 0; i < n; i++) {
                int v = from.get(ValueLayout.JAVA_INT_UNALIGNED, source[i] * 4);
                to.set(ValueLayout.JAVA_INT_UNALIGNED, (target + i) * 4, v);
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            move(from, source[i], to, target + i, bytes);
        }
    }

    /** One element of 1, 2, 4 or 8 bytes; a block copy would cost ten times as much. */
    static void move(MemorySegment from, long source, MemorySegment to, long target, int bytes) {
        switch (bytes) {
            case 4 ->
                to.set(
                        ValueLayout.JAVA_INT_UNALIGNED,
                        target * 4,
                        from.get(ValueLayout.JAVA_INT_UNALIGNED, source * 4));
            case 8 ->
                to.set(
                        ValueLayout.JAVA_LONG_UNALIGNED,
                        target * 8,
                        from.get(ValueLayout.JAVA_LONG_UNALIGNED, source * 8));
            case 2 ->
                to.set(
                        ValueLayout.JAVA_SHORT_UNALIGNED,
                        target * 2,
                        from.get(ValueLayout.JAVA_SHORT_UNALIGNED, source * 2));
            default -> to.set(ValueLayout.JAVA_BYTE, target, from.get(ValueLayout.JAVA_BYTE, source));
        }
    }
}
