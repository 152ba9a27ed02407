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

    /** a_ij = x_i . k_j for tokens 0 .. n - 1 of x and up to seven behind them. */
    static void plain(float[] x, int ld, int dk, float[] kt, float[] a, int n) {
        for (int i = 0; i < n; i += 8) {
            for (int c = 0; c < N; c += L) {
                eight(x, i * ld, ld, dk, kt, c, a, i * N + c);
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
    static void decayed(float[] q, float[] decay, int ld, int dk, float[] kt, float[] a, int n, boolean before) {
        for (int c = 0; c < N; c += L) {
            for (int i = c; i < n; i += 2) {
                if (before) {
                    twoBefore(q, decay, i * ld, ld, dk, kt, c, a, i);
                } else {
                    two(q, decay, i * ld, ld, dk, kt, c, a, i);
                }
            }
        }
    }

    private static void two(float[] q, float[] decay, int at, int ld, int dk, float[] kt, int c, float[] a, int i) {
        FloatVector l0 = fromArray(S, EARLIER, N + c - i), r0 = fromArray(S, LATER, N + c - i);
        FloatVector l1 = fromArray(S, EARLIER, N + c - i - 1), r1 = fromArray(S, LATER, N + c - i - 1);
        FloatVector a0 = FloatVector.zero(S), a1 = a0;
        for (int d = 0; d < dk; d++) {
            FloatVector k = fromArray(S, kt, d * N + c);
            k = k.mul(broadcast(S, decay[at + d]).fma(l0, r0));
            a0 = broadcast(S, q[at + d]).fma(k, a0);
            k = k.mul(broadcast(S, decay[at + ld + d]).fma(l1, r1));
            a1 = broadcast(S, q[at + ld + d]).fma(k, a1);
            k.intoArray(kt, d * N + c);
        }
        a0.intoArray(a, i * N + c);
        a1.intoArray(a, (i + 1) * N + c);
    }

    private static void twoBefore(
            float[] q, float[] decay, int at, int ld, int dk, float[] kt, int c, float[] a, int i) {
        FloatVector l0 = fromArray(S, EARLIER, N + c - i), r0 = fromArray(S, LATER, N + c - i);
        FloatVector l1 = fromArray(S, EARLIER, N + c - i - 1), r1 = fromArray(S, LATER, N + c - i - 1);
        FloatVector a0 = FloatVector.zero(S), a1 = a0;
        for (int d = 0; d < dk; d++) {
            FloatVector k = fromArray(S, kt, d * N + c);
            a0 = broadcast(S, q[at + d]).fma(k, a0);
            k = k.mul(broadcast(S, decay[at + d]).fma(l0, r0));
            a1 = broadcast(S, q[at + ld + d]).fma(k, a1);
            k = k.mul(broadcast(S, decay[at + ld + d]).fma(l1, r1));
            k.intoArray(kt, d * N + c);
        }
        a0.intoArray(a, i * N + c);
        a1.intoArray(a, (i + 1) * N + c);
    }

    /** Solves (I + M) u = w in place, M a strictly lower triangle [N, N]. */
    static void solve(float[] m, float[] w, int n) {
        for (int i = 1; i < n; i++) {
            int at = i * C;
            FloatVector a0 = fromArray(S, w, at), a1 = fromArray(S, w, at + L);
            FloatVector a2 = fromArray(S, w, at + 2 * L), a3 = fromArray(S, w, at + 3 * L);
            for (int j = 0; j < i; j++) {
                FloatVector f = broadcast(S, -m[i * N + j]);
                a0 = f.fma(fromArray(S, w, j * C), a0);
                a1 = f.fma(fromArray(S, w, j * C + L), a1);
                a2 = f.fma(fromArray(S, w, j * C + 2 * L), a2);
                a3 = f.fma(fromArray(S, w, j * C + 3 * L), a3);
            }
            a0.intoArray(w, at);
            a1.intoArray(w, at + L);
            a2.intoArray(w, at + 2 * L);
            a3.intoArray(w, at + 3 * L);
        }
    }
}
