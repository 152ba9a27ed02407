package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.recur.Gate;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;

/**
 * Gradients of the logarithms of decays. A token's decay acts on what later tokens read of earlier ones: of the state before the chunk, of
 * each other, and what the state behind takes. Each is summed by itself. (Reverse running sums of q dq - k dk are shorter, but where decays
 * are strong they subtract large numbers that are nearly equal.)
 */
final class DecayAdjoint {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int N = SpanTokens.N;
    private static final int C = SpanTokens.C;
    private static final int SPAN = SpanTokens.SPAN;

    /**
     * Turned states of all chunks and the turned cotangent behind the chunk, both [ldk / C, rv, C]; rows of dq and dk, all tokens; what dk
     * takes of the cotangent, and of errors that read the state, both of the chunk's tokens.
     */
    record Places(int states, int cotangent, int dq, int fromState, int fromErrors, int dk) {}

    /** Gradient of a decay that the whole head shares. */
    double perHead;

    private final SpanTokens x;
    private final ChunkPairs pairs;
    private final Places at;
    private final int rv;
    private final int work;
    private final int rows;
    private final int ends;
    private final float[] logs;
    private final float[] reads;
    private final float[] writes;
    private final float[] errors;
    private final float[] earlier;
    private final float[] earlierErrors;
    private float[] m;

    DecayAdjoint(Loan loan, SpanTokens x, ChunkPairs pairs, Places at, int rv) {
        this.x = x;
        this.pairs = pairs;
        this.at = at;
        this.rv = rv;
        work = x.take(Math.max(RowDots.ROOM, KeyPairs.ROOM));
        rows = x.keyed ? x.take(SPAN * x.ldk) : 0;
        ends = x.take(x.ldk);
        logs = loan.floats(SPAN);
        reads = loan.zeros(N);
        writes = loan.zeros(N);
        errors = loan.zeros(N);
        earlier = loan.floats(N);
        earlierErrors = loan.floats(N);
    }

    void in(float[] array) {
        m = array;
    }

    /** What tokens of chunk c take through states; dq holds what it takes of the state. */
    void chunk(int c) {
        int keys = c * N * x.ldk;
        ends(at.states + c * x.ldk * rv);
        if (x.keyed) {
            byKey(c, keys);
            return;
        }
        RowDots.of(m, x.q + keys, at.dq + keys, x.ldk, work, reads, 0);
        RowDots.of(m, x.k + keys, at.fromState, x.ldk, work, writes, 0);
        if (x.delta) {
            RowDots.of(m, x.k + keys, at.fromErrors, x.ldk, work, errors, 0);
        }
        float all = 0;
        for (int d = 0; d < x.ldk; d++) {
            all += m[ends + d];
        }
        byToken(c, x.end[c] * all);
    }

    /** Rows of the state before the chunk times those of the cotangent behind it. */
    private void ends(int state) {
        for (int p = 0; p < x.ldk; p += C) {
            FloatVector a0 = FloatVector.zero(S), a1 = a0, a2 = a0, a3 = a0;
            for (int i = p * rv; i < (p + C) * rv; i += C) {
                int s = state + i, g = at.cotangent + i;
                a0 = fromArray(S, m, s).fma(fromArray(S, m, g), a0);
                a1 = fromArray(S, m, s + L).fma(fromArray(S, m, g + L), a1);
                a2 = fromArray(S, m, s + 2 * L).fma(fromArray(S, m, g + 2 * L), a2);
                a3 = fromArray(S, m, s + 3 * L).fma(fromArray(S, m, g + 3 * L), a3);
            }
            a0.intoArray(m, ends + p);
            a1.intoArray(m, ends + p + L);
            a2.intoArray(m, ends + p + 2 * L);
            a3.intoArray(m, ends + p + 3 * L);
        }
    }

    private void byToken(int c, float whole) {
        Arrays.fill(earlier, 0, N, 0f);
        Arrays.fill(earlierErrors, 0, N, 0f);
        float written = whole;
        for (int t = 0; t < N; t++) {
            for (int i = t; t > 0 && i < N; i++) {
                earlier[i] += m[pairs.cells + i * N + t - 1];
                earlierErrors[i] += m[pairs.errorCells + i * N + t - 1];
            }
            written += t > 0 ? writes[t - 1] : 0;
            float sum = written;
            for (int i = x.before ? t + 1 : t; i < N; i++) {
                sum += earlier[i] + reads[i];
            }
            for (int i = t; x.delta && i < N; i++) {
                sum += earlierErrors[i] + errors[i];
            }
            logs[c * N + t] = sum;
        }
    }

    private void byKey(int c, int keys) {
        for (int d = 0; d < x.ldk; d += L) {
            FloatVector written = fromArray(S, m, ends + d).mul(fromArray(S, m, x.ends + c * x.ldk + d));
            for (int t = 0; t < N; t++) {
                int row = t * x.ldk + d;
                written.intoArray(m, rows + keys + row);
                written = fromArray(S, m, x.k + keys + row).fma(fromArray(S, m, at.fromState + row), written);
            }
            FloatVector read = FloatVector.zero(S);
            for (int t = N - 1; t >= 0; t--) {
                int row = keys + t * x.ldk + d;
                FloatVector next = fromArray(S, m, x.q + row).fma(fromArray(S, m, at.dq + row), read);
                (x.before ? read : next).add(fromArray(S, m, rows + row)).intoArray(m, rows + row);
                read = next;
            }
        }
    }

    /** The pairs within chunk c of decays by key: dq, dk and the decays' gradients. */
    void pairs(int c) {
        KeyPairs.Rows r = new KeyPairs.Rows(x.q, x.k, x.decay, at.dq, at.dk, rows);
        KeyPairs.gradients(m, r, c * N, x.ldk, pairs.dp, work, x.before);
    }

    void store(int s, GradientCall call, int head) {
        switch (call.op().gate()) {
            case Gate.PerHead g -> {
                for (int i = 0; i < x.count; i++) {
                    perHead += logs[i];
                }
            }
            case Gate.Scalar g -> tokens(s, call.grads().get(3), head);
            case Gate.Key g -> x.store(rows, x.ldk, call.grads().get(3), head, x.dk, s, false);
            case Gate.Delta g -> {
                if (g.decays()) {
                    tokens(s, call.grads().get(4), head);
                }
            }
            default -> {}
        }
    }

    private void tokens(int s, Tensor to, int head) {
        for (int i = 0; i < x.count; i++) {
            Floats.set(to.segment(), (long) head * x.t + x.place(s * SPAN + i), logs[i]);
        }
    }
}
