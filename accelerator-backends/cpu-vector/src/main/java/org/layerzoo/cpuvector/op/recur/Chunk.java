package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.recur.Diagonal;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;

/**
 * At most 16 tokens of a recurrence in products of matrices (Yang et al. 2024, "Gated Linear Attention" and "Parallelizing Linear
 * Transformers with the Delta Rule"): what the state gives, decayed, plus the triangle of pairs within. Decays enter as running
 * products of the input's own factors, never as quotients. At dk = dv = 64 a token takes 14 thousand multiply-adds, one in seven of them
 * within the chunk; a chunk of 64 would take 20 thousand.
 */
final class Chunk {
    static final int TOKENS = 16;
    private static final int N = TOKENS;
    private static final int C = StateStep.COLUMNS;
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    /** From N - i on: 1 at token i, else 0. */
    private static final float[] UNIT = new float[2 * N];

    static {
        UNIT[N] = 1f;
    }

    /** Rows of what tokens write, as they are and decayed. */
    static final int ROOM = 2 * N * C;

    /** Keys turned, [dk, N]; whoever runs a chunk fills them. */
    final float[] turned;

    private final boolean delta;
    private final boolean keyed;
    private final boolean decays;
    private final boolean before;
    private final float share;
    private final int dk;
    private final int ld;
    private final float[] qk;
    private final float[] kk;
    private final int u;
    private final int late;
    private final float[] reads;
    private final float[] into;
    private final float[] end;
    private final float[] qs;
    private final float[] ks;

    /**
     * @param ld distance of the rows of q, k and decays: dk up to whole vectors
     * @param room where {@link #ROOM} floats are free in the array that {@link #run} works in
     */
    Chunk(Loan loan, Recur op, int dk, int ld, int room) {
        this.dk = dk;
        this.ld = ld;
        delta = op.gate() instanceof Gate.Delta;
        keyed = op.gate() instanceof Gate.Key;
        decays = switch (op.gate()) {
            case Gate.None g -> false;
            case Gate.Delta g -> g.decays();
            default -> true;
        };
        before = op.diagonal() == Diagonal.BEFORE;
        share = (float) op.diagonal().share();
        turned = loan.zeros(dk * N);
        qk = loan.zeros(N * N);
        kk = loan.zeros(delta ? N * N : 0);
        u = room;
        late = decays && !keyed ? room + N * C : u;
        reads = loan.zeros(N);
        into = loan.zeros(N);
        end = loan.zeros(ld);
        qs = keyed ? loan.zeros(N * ld) : new float[0];
        ks = keyed ? loan.zeros(N * ld) : qs;
        Arrays.fill(reads, 1f);
        Arrays.fill(into, 1f);
        Arrays.fill(end, 1f);
    }

    /**
     * Advances S [dk, C] by n tokens, S, v and o lying in m, and writes their o; rows behind them up to N hold finite numbers. False, with S as it was, when an
     * o is no finite number: a product of matrices would carry it to earlier tokens.
     */
    boolean run(float[] m, int s, float[] q, float[] k, int v, float[] decay, float[] beta, int o, int n) {
        int x = v;
        if (keyed) {
            Pairs.decayed(q, 0, decay, 0, ld, dk, turned, 0, qk, 0, n, before);
            spread(q, k, decay, n);
        } else {
            Pairs.plain(q, 0, ld, dk, turned, 0, qk, 0, n);
            if (delta) {
                Pairs.plain(k, 0, ld, dk, turned, 0, kk, 0, n);
            }
            if (decays) {
                sums(decay, n);
            }
        }
        weigh(decay, beta, n);
        if (delta) {
            ChunkTile.errors(k, ld, dk, m, s, into, beta, v, u, n);
            Pairs.solve(kk, m, u, n);
            x = u;
        }
        ChunkTile.read(keyed ? qs : q, ld, dk, m, s, reads, qk, x, o, n);
        if (!finite(m, o, n)) {
            return false;
        }
        if (decays && !keyed) {
            tails(m, x, decay, n);
            x = late;
        }
        ChunkTile.absorb(keyed ? ks : k, ld, dk, end, m, x, s, n);
        return true;
    }

    private static boolean finite(float[] o, int from, int n) {
        FloatVector zero = FloatVector.zero(S), a0 = zero, a1 = zero, a2 = zero, a3 = zero;
        for (int i = from; i < from + n * C; i += C) {
            a0 = fromArray(S, o, i).fma(zero, a0);
            a1 = fromArray(S, o, i + L).fma(zero, a1);
            a2 = fromArray(S, o, i + 2 * L).fma(zero, a2);
            a3 = fromArray(S, o, i + 3 * L).fma(zero, a3);
        }
        return a0.add(a1).add(a2.add(a3)).compare(VectorOperators.EQ, 0f).allTrue();
    }

    /** q times the decays up to its token, k times those behind it, and all of them. */
    private void spread(float[] q, float[] k, float[] decay, int n) {
        for (int d = 0; d < dk; d += L) {
            FloatVector b = broadcast(S, 1f), e = b;
            for (int i = d; i < d + n * ld; i += ld) {
                FloatVector next = b.mul(fromArray(S, decay, i));
                (before ? b : next).mul(fromArray(S, q, i)).intoArray(qs, i);
                b = next;
            }
            b.intoArray(end, d);
            for (int i = d + (n - 1) * ld; i >= 0; i -= ld) {
                e.mul(fromArray(S, k, i)).intoArray(ks, i);
                e = e.mul(fromArray(S, decay, i));
            }
        }
    }

    /**
     * Pairs of queries and keys times the decay between their tokens, the share of a token's own term on the diagonal and zeros above;
     * pairs of keys likewise times beta, for the delta rule. Decays by key are in the pairs already.
     */
    private void weigh(float[] decay, float[] beta, int n) {
        for (int c = 0; c < N; c += L) {
            FloatVector ratio = FloatVector.zero(S);
            for (int i = 0; i < n; i++) {
                int at = i * N + c;
                FloatVector own = fromArray(S, UNIT, N + c - i);
                FloatVector now = keyed ? ratio : ratio.mul(decay[i * ld]);
                FloatVector read = before ? ratio : now;
                fromArray(S, qk, at).mul(own.fma(broadcast(S, share), read)).intoArray(qk, at);
                if (delta) {
                    fromArray(S, kk, at).mul(now.mul(beta[i])).intoArray(kk, at);
                }
                ratio = now.add(own);
            }
        }
    }

    /** Decays from the chunk's beginning to each token, for gates that rows of the state share. */
    private void sums(float[] decay, int n) {
        float all = 1;
        for (int i = 0; i < n; i++) {
            float next = all * decay[i * ld];
            reads[i] = before ? all : next;
            into[i] = next;
            all = next;
        }
        Arrays.fill(end, 0, dk, all);
    }

    /** u times the decays behind its token. */
    private void tails(float[] m, int x, float[] decay, int n) {
        float e = 1;
        for (int i = n - 1; i >= 0; i--) {
            for (int c = i * C; c < (i + 1) * C; c += L) {
                fromArray(S, m, x + c).mul(e).intoArray(m, late + c);
            }
            e *= decay[i * ld];
        }
    }
}
