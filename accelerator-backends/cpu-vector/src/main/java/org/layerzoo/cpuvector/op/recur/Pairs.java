package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Products of the tokens of a chunk with one another; keys lie turned, [dk, N], so that lanes are the earlier tokens. */
final class Pairs {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int C = StateStep.COLUMNS;
    private static final int N = Chunk.TOKENS;

    /** From N - i on: 1 for the tokens before token i, 0 for those behind; the other way round. */
    private static final float[] EARLIER = new float[2 * N];

    private static final float[] LATER = new float[2 * N];

    static {
        Arrays.fill(EARLIER, 0, N, 1f);
        Arrays.fill(LATER, N, 2 * N, 1f);
    }

    private Pairs() {}

    /** a_ij = x_i . k_j for tokens 0 .. n - 1 of x and up to seven behind them; each array begins where it says. */
    static void plain(float[] x, int xAt, int ld, int dk, float[] kt, int ktAt, float[] a, int aAt, int n) {
        for (int i = 0; i < n; i += 8) {
            for (int c = 0; c < N; c += L) {
                eight(x, xAt + i * ld, ld, dk, kt, ktAt + c, a, aAt + i * N + c);
            }
        }
    }

    private static void eight(float[] x, int at, int ld, int dk, float[] kt, int c, float[] a, int to) {
        FloatVector a0 = FloatVector.zero(S), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        for (int d = at; d < at + dk; d++) {
            FloatVector k = fromArray(S, kt, (d - at) * N + c);
            a0 = broadcast(S, x[d]).fma(k, a0);
            a1 = broadcast(S, x[d + ld]).fma(k, a1);
            a2 = broadcast(S, x[d + 2 * ld]).fma(k, a2);
            a3 = broadcast(S, x[d + 3 * ld]).fma(k, a3);
            a4 = broadcast(S, x[d + 4 * ld]).fma(k, a4);
            a5 = broadcast(S, x[d + 5 * ld]).fma(k, a5);
            a6 = broadcast(S, x[d + 6 * ld]).fma(k, a6);
            a7 = broadcast(S, x[d + 7 * ld]).fma(k, a7);
        }
        a0.intoArray(a, to);
        a1.intoArray(a, to + N);
        a2.intoArray(a, to + 2 * N);
        a3.intoArray(a, to + 3 * N);
        a4.intoArray(a, to + 4 * N);
        a5.intoArray(a, to + 5 * N);
        a6.intoArray(a, to + 6 * N);
        a7.intoArray(a, to + 7 * N);
    }

    /**
     * a_ij = sum_d q_id k_jd times the decays of row d behind token j up to i ({@code before}: up to i - 1), for j <= i; what lies above is
     * undefined. Keys decay in place, token by token (a mask would do, as the factor 1 does, but comes boxed at times): only factors of the input are multiplied, so nothing overflows and nothing is divided.
     */
    static void decayed(
            float[] q,
            int qAt,
            float[] decay,
            int decayAt,
            int ld,
            int dk,
            float[] kt,
            int ktAt,
            float[] a,
            int aAt,
            int n,
            boolean before) {
        for (int c = 0; c < N; c += L) {
            for (int i = c; i < n; i += 2) {
                int x = qAt + i * ld, g = decayAt + i * ld, to = aAt + i * N + c;
                if (before) {
                    twoBefore(q, x, decay, g, ld, dk, kt, ktAt + c, a, to, c - i);
                } else {
                    two(q, x, decay, g, ld, dk, kt, ktAt + c, a, to, c - i);
                }
            }
        }
    }

    private static void two(
            float[] q, int at, float[] decay, int g, int ld, int dk, float[] kt, int c, float[] a, int to, int lag) {
        FloatVector l0 = fromArray(S, EARLIER, N + lag), r0 = fromArray(S, LATER, N + lag);
        FloatVector l1 = fromArray(S, EARLIER, N + lag - 1), r1 = fromArray(S, LATER, N + lag - 1);
        FloatVector a0 = FloatVector.zero(S), a1 = a0;
        for (int d = 0; d < dk; d++) {
            FloatVector k = fromArray(S, kt, d * N + c);
            k = k.mul(broadcast(S, decay[g + d]).fma(l0, r0));
            a0 = broadcast(S, q[at + d]).fma(k, a0);
            k = k.mul(broadcast(S, decay[g + ld + d]).fma(l1, r1));
            a1 = broadcast(S, q[at + ld + d]).fma(k, a1);
            k.intoArray(kt, d * N + c);
        }
        a0.intoArray(a, to);
        a1.intoArray(a, to + N);
    }

    private static void twoBefore(
            float[] q, int at, float[] decay, int g, int ld, int dk, float[] kt, int c, float[] a, int to, int lag) {
        FloatVector l0 = fromArray(S, EARLIER, N + lag), r0 = fromArray(S, LATER, N + lag);
        FloatVector l1 = fromArray(S, EARLIER, N + lag - 1), r1 = fromArray(S, LATER, N + lag - 1);
        FloatVector a0 = FloatVector.zero(S), a1 = a0;
        for (int d = 0; d < dk; d++) {
            FloatVector k = fromArray(S, kt, d * N + c);
            a0 = broadcast(S, q[at + d]).fma(k, a0);
            k = k.mul(broadcast(S, decay[g + d]).fma(l0, r0));
            a1 = broadcast(S, q[at + ld + d]).fma(k, a1);
            k = k.mul(broadcast(S, decay[g + ld + d]).fma(l1, r1));
            k.intoArray(kt, d * N + c);
        }
        a0.intoArray(a, to);
        a1.intoArray(a, to + N);
    }

    /** Solves (I + M) u = w in place for an even number of rows >= n, M a strictly lower triangle [N, N]. */
    static void solve(float[] m, float[] w, int wAt, int n) {
        for (int i = 0; i < n; i += 2) {
            twoRows(m, i * N, w, wAt, i);
        }
    }

    private static void twoRows(float[] m, int row, float[] w, int wAt, int i) {
        int at = wAt + i * C, next = at + C;
        FloatVector a0 = fromArray(S, w, at), a1 = fromArray(S, w, at + L);
        FloatVector a2 = fromArray(S, w, at + 2 * L), a3 = fromArray(S, w, at + 3 * L);
        FloatVector b0 = fromArray(S, w, next), b1 = fromArray(S, w, next + L);
        FloatVector b2 = fromArray(S, w, next + 2 * L), b3 = fromArray(S, w, next + 3 * L);
        for (int j = 0; j < i; j++) {
            FloatVector f = broadcast(S, -m[row + j]), g = broadcast(S, -m[row + N + j]);
            FloatVector u0 = fromArray(S, w, wAt + j * C), u1 = fromArray(S, w, wAt + j * C + L);
            a0 = f.fma(u0, a0);
            a1 = f.fma(u1, a1);
            b0 = g.fma(u0, b0);
            b1 = g.fma(u1, b1);
            FloatVector u2 = fromArray(S, w, wAt + j * C + 2 * L), u3 = fromArray(S, w, wAt + j * C + 3 * L);
            a2 = f.fma(u2, a2);
            a3 = f.fma(u3, a3);
            b2 = g.fma(u2, b2);
            b3 = g.fma(u3, b3);
        }
        FloatVector h = broadcast(S, -m[row + N + i]);
        a0.intoArray(w, at);
        a1.intoArray(w, at + L);
        a2.intoArray(w, at + 2 * L);
        a3.intoArray(w, at + 3 * L);
        h.fma(a0, b0).intoArray(w, next);
        h.fma(a1, b1).intoArray(w, next + L);
        h.fma(a2, b2).intoArray(w, next + 2 * L);
        h.fma(a3, b3).intoArray(w, next + 3 * L);
    }
}
