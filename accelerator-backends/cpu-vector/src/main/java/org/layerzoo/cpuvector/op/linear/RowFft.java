package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;

/**
 * The forward DFT of one line of n = L M numbers, L lanes of a vector, in four steps on x[j_2][j_1], j = L j_2 + j_1: transforms of length M
 * down the columns, whose last pass brings twiddles e^(-2 pi i j_1 k_2 / n); transposition; transforms of length L down the columns. The result
 * lies in order, and no step but the transposition moves numbers across lanes. (Bailey, FFTs in external or hierarchical memory, 1990.)
 */
final class RowFft {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final Map<Integer, RowFft> PLANS = new ConcurrentHashMap<>();
    /** Arrays of one length begin so much later than a multiple of it: loads and stores at one place of two pages would wait for each other. */
    private static final int APART = 9 * CacheLines.STEP;

    private final int n;
    private final int m;
    private final LineFft long_;
    private final LineFft short_;
    /** Twiddles, [M, L]. */
    private final float[] cos;

    private final float[] sin;

    private RowFft(int n) {
        this.n = n;
        m = n / L;
        long_ = LineFft.of(m);
        short_ = LineFft.of(L);
        cos = new float[n];
        sin = new float[n];
        for (int i = 0; i < n; i++) {
            double angle = 2 * Math.PI * (i % L) * (i / L) / n;
            cos[i] = (float) Math.cos(angle);
            sin[i] = (float) -Math.sin(angle);
        }
    }

    /** Whether a length has this form and is worth it. */
    static boolean fits(int n) {
        return n >= L * L && n % (L * L) == 0 && LineFft.isDirect(n / L);
    }

    static RowFft of(int n) {
        RowFft known = PLANS.get(n);
        return known != null ? known : PLANS.computeIfAbsent(n, RowFft::new);
    }

    /** Floats from the beginning of one array of n and a vector to that of the next. */
    int room() {
        return CacheLines.roundUp(n + L) + APART;
    }

    /** The transform of x; x and work are overwritten, the result is one of them. Inverse: swap the parts on the way in and out. */
    LineFft.Lines run(LineFft.Lines x, LineFft.Lines work) {
        return finish(x, work, 0);
    }

    /** The same of n pairs at {@code pairs}, which are kept; {@code swapped}: of pairs whose parts are swapped. */
    LineFft.Lines pairs(float[] a, int pairs, boolean swapped, LineFft.Lines x, LineFft.Lines work) {
        if (!swapped && splits()) {
            long_.split(a, pairs, work);
            return finish(work, x, 1);
        }
        Planar.split(a, pairs, swapped ? x.im() : x.re(), swapped ? x.re() : x.im(), n);
        return finish(x, work, 0);
    }

    /** Of n pairs in tensor memory from number {@code from} on. @param pairs where a copy of them may lie */
    LineFft.Lines pairs(MemorySegment s, long from, int pairs, LineFft.Lines x, LineFft.Lines work) {
        if (splits()) {
            long_.split(s, 4 * from, work);
            return finish(work, x, 1);
        }
        Floats.load(s, from, x.a(), pairs, 2 * n);
        return pairs(x.a(), pairs, false, x, work);
    }

    private boolean splits() {
        return long_.passes() > 1 && long_.radix(0) == 8;
    }

    private LineFft.Lines finish(LineFft.Lines x, LineFft.Lines work, int first) {
        int last = long_.passes() - 1;
        LineFft.Lines from = long_.run(x, work, L, first, last);
        LineFft.Lines to = from.re() == x.re() ? work : x;
        turned(long_.radix(last), from, to);
        for (int k = 0; k < m; k += L) {
            Square.turn(to.a(), to.re() + k * L, L, to.a(), from.re() + k, m);
            Square.turn(to.a(), to.im() + k * L, L, to.a(), from.im() + k, m);
        }
        return short_.run(from, to, m);
    }

    /** The last pass, of a radix that is a power of two because n / L is a multiple of L, and the twiddles. */
    private void turned(int radix, LineFft.Lines x, LineFft.Lines y) {
        float[] a = x.a();
        switch (radix) {
            case 8 -> Eights.turned(a, x.re(), x.im(), y.re(), y.im(), n / 8, cos, sin);
            case 4 -> Butterflies.turnedFour(a, x.re(), x.im(), y.re(), y.im(), n / 4, cos, sin);
            default -> {
                Butterflies.two(a, x.re(), x.im(), y.re(), y.im(), 1, n / 2, ONE, ZERO, 0);
                for (int i = 0; i < n; i += L) {
                    FloatVector re = fromArray(S, a, y.re() + i), im = fromArray(S, a, y.im() + i);
                    FloatVector c = fromArray(S, cos, i), s = fromArray(S, sin, i);
                    re.mul(c).sub(im.mul(s)).intoArray(a, y.re() + i);
                    im.fma(c, re.mul(s)).intoArray(a, y.im() + i);
                }
            }
        }
    }

    private static final float[] ONE = {1};
    private static final float[] ZERO = {0};
}
