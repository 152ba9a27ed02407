package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * The forward DFT of one line of n = L M numbers, L lanes of a vector, in four steps on x[j_2][j_1], j = L j_2 + j_1: transforms of length M
 * down the columns, twiddles e^(-2 pi i j_1 k_2 / n) while transposing, transforms of length L down the columns. The result lies in
 * order, and no step but the transposition moves numbers across lanes. (Bailey, FFTs in external or hierarchical memory, 1990.)
 */
final class RowFft {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final Map<Integer, RowFft> PLANS = new ConcurrentHashMap<>();
    /** Places of a column's elements in rows of L. */
    private static final int[] COLUMN = column();

    private final int n;
    private final int m;
    private final LineFft long_;
    private final LineFft short_;
    /** Twiddles, [L, M]. */
    private final float[] cos;

    private final float[] sin;

    private RowFft(int n) {
        this.n = n;
        m = n / L;
        long_ = LineFft.of(m);
        short_ = LineFft.of(L);
        cos = new float[n];
        sin = new float[n];
        for (int j = 0; j < L; j++) {
            for (int k = 0; k < m; k++) {
                double angle = 2 * Math.PI * j * k / n;
                cos[j * m + k] = (float) Math.cos(angle);
                sin[j * m + k] = (float) -Math.sin(angle);
            }
        }
    }

    private static int[] column() {
        int[] c = new int[L];
        for (int i = 0; i < L; i++) {
            c[i] = i * L;
        }
        return c;
    }

    /** Whether a length has this form and is worth it. */
    static boolean fits(int n) {
        return n >= L * L && n % (L * L) == 0 && LineFft.of(n / L).isDirect();
    }

    static RowFft of(int n) {
        RowFft known = PLANS.get(n);
        return known != null ? known : PLANS.computeIfAbsent(n, RowFft::new);
    }

    /** The transform of x; x and work are overwritten, the result is one of them. Inverse: swap the parts on the way in and out. */
    LineFft.Lines run(LineFft.Lines x, LineFft.Lines work) {
        LineFft.Lines a = long_.run(x, work, L);
        LineFft.Lines b = a.re() == x.re() ? work : x;
        for (int k = 0; k < m; k += L) {
            turn(a.re(), a.im(), b.re(), b.im(), k);
        }
        return short_.run(b, a, m);
    }

    /** Rows k .. k + L - 1 of [M, L] become columns of [L, M], turned by their twiddles. */
    private void turn(float[] ar, float[] ai, float[] br, float[] bi, int k) {
        for (int j = 0; j < L; j++) {
            int from = k * L + j, to = j * m + k;
            FloatVector re = fromArray(S, ar, from, COLUMN, 0), im = fromArray(S, ai, from, COLUMN, 0);
            FloatVector c = fromArray(S, cos, to), s = fromArray(S, sin, to);
            re.mul(c).sub(im.mul(s)).intoArray(br, to);
            re.mul(s).add(im.mul(c)).intoArray(bi, to);
        }
    }
}
