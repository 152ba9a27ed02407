package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.cpuvector.Width;

/** Matrices [N, N] over the pairs of a chunk's tokens, in the array of its {@link SpanTokens}. */
final class ChunkPairs {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int N = SpanTokens.N;
    /** From N - i on: 1 at token i, else 0. */
    private static final float[] UNIT = new float[2 * N + L];

    static {
        UNIT[N] = 1f;
    }

    /** What o_i takes of u_j. */
    final int p;
    /** What error i takes of u_j: zero on the diagonal. */
    final int kk;
    /** Gradients of q_i . k_j, and of k_i . k_j both ways. */
    final int dp;

    final int dkk;
    /** Gradients of p times p, and of kk times kk: what the decays between two tokens take of both. */
    final int cells;

    final int errorCells;
    private final SpanTokens x;
    private final float share;
    private final int weights;
    private final int errorWeights;
    private final int kt;
    private final int ut;
    private float[] m;

    ChunkPairs(SpanTokens x, Recur op) {
        this.x = x;
        share = (float) op.diagonal().share();
        p = x.take(N * N);
        kk = x.take(N * N);
        dp = x.take(N * N);
        dkk = x.take(N * N);
        cells = x.take(N * N);
        errorCells = x.take(N * N);
        weights = x.take(N * N);
        errorWeights = x.take(N * N);
        kt = x.take(x.ldk * N);
        ut = x.take(x.ldv * N);
    }

    void in(float[] array) {
        m = array;
        weigh(0);
    }

    /** Decays between the tokens of chunk c; of decays by key, and where there are none, the triangle alone. */
    private void weigh(int c) {
        for (int l = 0; l < N; l += L) {
            FloatVector ratio = FloatVector.zero(S);
            for (int i = 0; i < N; i++) {
                FloatVector own = fromArray(S, UNIT, N + l - i);
                FloatVector now = ratio.mul(x.a[c * N + i]);
                now.intoArray(m, errorWeights + i * N + l);
                own.fma(broadcast(S, share), x.before ? ratio : now).intoArray(m, weights + i * N + l);
                ratio = now.add(own);
            }
        }
    }

    /** kk of chunk c, for the delta rule. */
    void keys(int c) {
        Squares.turn(m, x.k + c * N * x.ldk, x.ldk, N, Width.roundUp(x.dk), kt, N);
        if (x.scalar) {
            weigh(c);
        }
        if (x.delta) {
            Pairs.plain(m, x.k + c * N * x.ldk, x.ldk, x.dk, m, kt, m, kk, N);
            product(kk, errorWeights, 1, kk);
        }
    }

    /** p, kk and dp. */
    void all(int c) {
        keys(c);
        int at = c * N * x.ldk;
        if (x.keyed) {
            Pairs.decayed(m, x.q + at, m, x.decay + at, x.ldk, x.dk, m, kt, m, p, N, x.before);
        } else {
            Pairs.plain(m, x.q + at, x.ldk, x.dk, m, kt, m, p, N);
        }
        product(p, weights, 1, p);
        int rows = c * N * x.ldv;
        Squares.turn(m, x.u + rows, x.ldv, N, Width.roundUp(x.dv), ut, N);
        Pairs.plain(m, x.out + rows, x.ldv, x.dv, m, ut, m, dp, N);
        product(dp, p, 1, cells);
        product(dp, weights, 1, dp);
    }

    /** dkk from z, the cotangent of what errors solve. */
    void errors(int c, int z) {
        Pairs.plain(m, z + c * N * x.ldv, x.ldv, x.dv, m, ut, m, dkk, N);
        product(dkk, kk, -1, errorCells);
        product(dkk, errorWeights, -1, dkk);
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < i; j++) {
                m[dkk + j * N + i] = m[dkk + i * N + j];
            }
        }
    }

    private void product(int from, int by, float sign, int to) {
        for (int i = 0; i < N * N; i += L) {
            fromArray(S, m, from + i).mul(fromArray(S, m, by + i)).mul(sign).intoArray(m, to + i);
        }
    }
}
