package org.layerzoo.cpuvector.op.longconv;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.longconv.LongConv;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.linear.RealFft;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/**
 * Lines of a long convolution and their spectra of n points, in one array of the thread: areas of spectra, real parts first, and behind them
 * the line itself. A circle that has no fast transform is convolved as a line, whose end is then added to its beginning.
 *
 * @param areas spectra that are held at once
 */
record LongLines(LongConv op, int t, int taps, int n, RealFft fft, int areas) {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final AlignedScratch ROOM = new AlignedScratch();

    static LongLines of(LongConv op, int t, int taps, int areas) {
        int n = op.edge() == LongConv.Edge.CIRCULAR && RealFft.fits(t) ? t : length(t + taps - 1);
        return new LongLines(op, t, taps, n, RealFft.of(n), areas);
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

    /** Floats of the thread's array: {@link #at} says what lies where. */
    float[] room() {
        return ROOM.floats(areas * 2 * fft.room() + CacheLines.roundUp(n + L));
    }

    /** Where area i begins; the line is area {@code areas}. */
    int at(int i) {
        return CacheLines.FIRST + i * 2 * fft.room();
    }

    int line() {
        return at(areas);
    }

    /** Brings a row to the line, followed by zeros. */
    void load(MemorySegment m, long from, int count, float[] a) {
        Floats.load(m, from, a, line(), count);
        Arrays.fill(a, line() + count, line() + n, 0f);
    }

    /** The line's spectrum in area {@code to}. @param spare another area */
    void forward(float[] a, int to, int spare) {
        int y = fft.forward(a, line(), at(to), at(spare));
        if (y != at(to)) {
            System.arraycopy(a, y, a, at(to), 2 * fft.room());
        }
    }

    /** The line, n times, of a spectrum, which is overwritten. */
    void inverse(float[] a, int from, int spare) {
        fft.inverse(a, at(from), at(spare), line());
    }

    /** x = x y. */
    void multiply(float[] a, int x, int y) {
        int part = fft.room();
        int p = at(x), q = at(y);
        for (int k = 0; k < n / 2 + 1; k += L) {
            FloatVector xr = fromArray(S, a, p + k), xi = fromArray(S, a, p + part + k);
            FloatVector yr = fromArray(S, a, q + k), yi = fromArray(S, a, q + part + k);
            xr.mul(yr).sub(xi.mul(yi)).intoArray(a, p + k);
            xr.fma(yi, xi.mul(yr)).intoArray(a, p + part + k);
        }
    }

    /** x = x conj(y). */
    void correlate(float[] a, int x, int y) {
        int part = fft.room();
        int p = at(x), q = at(y);
        for (int k = 0; k < n / 2 + 1; k += L) {
            FloatVector xr = fromArray(S, a, p + k), xi = fromArray(S, a, p + part + k);
            FloatVector yr = fromArray(S, a, q + k), yi = fromArray(S, a, q + part + k);
            xr.fma(yr, xi.mul(yi)).intoArray(a, p + k);
            xi.mul(yr).sub(xr.mul(yi)).intoArray(a, p + part + k);
        }
    }

    /** sum += x conj(y). */
    void addCorrelation(float[] a, int sum, int x, int y) {
        int part = fft.room();
        int s = at(sum), p = at(x), q = at(y);
        for (int k = 0; k < n / 2 + 1; k += L) {
            FloatVector xr = fromArray(S, a, p + k), xi = fromArray(S, a, p + part + k);
            FloatVector yr = fromArray(S, a, q + k), yi = fromArray(S, a, q + part + k);
            xr.fma(yr, xi.fma(yi, fromArray(S, a, s + k))).intoArray(a, s + k);
            xi.fma(yr, fromArray(S, a, s + part + k)).sub(xr.mul(yi)).intoArray(a, s + part + k);
        }
    }

    void clear(float[] a, int area) {
        Arrays.fill(a, at(area), at(area) + 2 * fft.room(), 0f);
    }

    /** Writes the line's tokens, element {@code center} first; a circle closes. */
    void store(float[] a, MemorySegment to, long at) {
        int center = op.center();
        if (op.edge() == LongConv.Edge.ZERO) {
            Floats.store(a, line() + center, to, at, t);
            return;
        }
        if (n != t) {
            RowLoops.axpy(1f, a, line() + t, a, line(), taps - 1);
        }
        Floats.store(a, line() + center, to, at, t - center);
        Floats.store(a, line(), to, at + t - center, center);
    }

    /** The adjoint of {@link #store}: brings cotangents of tokens to the elements of the line that they come from. */
    void loadAdjoint(MemorySegment dy, long from, float[] a) {
        int center = op.center();
        Arrays.fill(a, line(), line() + n, 0f);
        if (op.edge() == LongConv.Edge.ZERO) {
            Floats.load(dy, from, a, line() + center, t);
            return;
        }
        Floats.load(dy, from, a, line() + center, t - center);
        Floats.load(dy, from + t - center, a, line(), center);
        if (n != t) {
            System.arraycopy(a, line(), a, line() + t, taps - 1);
        }
    }
}
