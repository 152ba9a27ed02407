package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Gradients through the pairs of a chunk whose decays differ by key: o_i takes p_ij = sum_d q_id k_jd D_ijd for j < i, D the product of the
 * decays behind token j up to i. Lanes are keys, so that nothing is summed over lanes. Keys decay token by token on the way forth, queries on
 * the way back: factors of the input are multiplied, nothing is divided and no two large sums are subtracted.
 */
final class KeyPairs {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int N = Chunk.TOKENS;

    /** Floats to work in: keys after every token, and the queries behind. */
    static final int ROOM = N * N * L + N * L;

    private KeyPairs() {}

    /** Where the rows [tokens, ld] lie in the one array. */
    record Rows(int q, int k, int decay, int dq, int dk, int logs) {}

    /**
     * Adds to dq, dk and the gradients of the logarithms of decays.
     *
     * @param first of the chunk's tokens
     * @param dp gradients of p [N, N], those of the diagonal times the share of a token's own term; above it anything
     * @param before whether a row reads what has not decayed at its token
     */
    static void gradients(float[] m, Rows r, int first, int ld, int dp, int work, boolean before) {
        for (int d = first * ld; d < (first + 1) * ld; d += L) {
            for (int t = 0; t < N; t++) {
                forth(m, r, d + t * ld, dp, work, before, t);
            }
            FloatVector zero = FloatVector.zero(S);
            for (int t = 0; t < N; t++) {
                zero.intoArray(m, work + N * N * L + t * L);
            }
            for (int t = N - 1; t >= 0; t--) {
                if (before) {
                    backBefore(m, r, d + t * ld, dp, work, t);
                } else {
                    back(m, r, d + t * ld, dp, work, t);
                }
            }
        }
    }

    /** Keys of the tokens before t, decayed up to t; what dq_t takes of them. */
    private static void forth(float[] m, Rows r, int at, int dp, int work, boolean before, int t) {
        FloatVector a = fromArray(S, m, r.decay + at);
        FloatVector own = fromArray(S, m, r.k + at);
        FloatVector sum = broadcast(S, m[dp + t * N + t]).fma(own, fromArray(S, m, r.dq + at));
        FloatVector late = FloatVector.zero(S);
        int to = work + t * N * L, from = to - N * L;
        for (int j = 0; j < t; j++) {
            FloatVector then = fromArray(S, m, from + j * L), now = then.mul(a);
            FloatVector f = broadcast(S, m[dp + t * N + j]);
            sum = f.fma(now, sum);
            late = f.fma(then, late);
            now.intoArray(m, to + j * L);
        }
        own.intoArray(m, to + t * L);
        if (before) {
            late.add(broadcast(S, m[dp + t * N + t]).fma(own, fromArray(S, m, r.dq + at)))
                    .intoArray(m, r.dq + at);
        } else {
            sum.intoArray(m, r.dq + at);
        }
    }

    private static void back(float[] m, Rows r, int at, int dp, int work, int t) {
        FloatVector a = fromArray(S, m, r.decay + at), q = fromArray(S, m, r.q + at);
        FloatVector log = fromArray(S, m, r.logs + at);
        int late = work + N * N * L, keys = work + t * N * L;
        for (int j = 0; j < t; j++) {
            FloatVector y = broadcast(S, m[dp + t * N + j]).fma(q, fromArray(S, m, late + j * L));
            log = y.fma(fromArray(S, m, keys + j * L), log);
            y.mul(a).intoArray(m, late + j * L);
        }
        FloatVector own = broadcast(S, m[dp + t * N + t]).fma(q, fromArray(S, m, late + t * L));
        own.add(fromArray(S, m, r.dk + at)).intoArray(m, r.dk + at);
        log.intoArray(m, r.logs + at);
    }

    private static void backBefore(float[] m, Rows r, int at, int dp, int work, int t) {
        FloatVector a = fromArray(S, m, r.decay + at), q = fromArray(S, m, r.q + at);
        FloatVector log = fromArray(S, m, r.logs + at);
        int late = work + N * N * L, keys = work + t * N * L;
        for (int j = 0; j < t; j++) {
            FloatVector y = fromArray(S, m, late + j * L);
            log = y.fma(fromArray(S, m, keys + j * L), log);
            y.fma(a, broadcast(S, m[dp + t * N + j]).mul(q)).intoArray(m, late + j * L);
        }
        FloatVector own = broadcast(S, m[dp + t * N + t]).fma(q, fromArray(S, m, late + t * L));
        own.add(fromArray(S, m, r.dk + at)).intoArray(m, r.dk + at);
        log.intoArray(m, r.logs + at);
    }
}
