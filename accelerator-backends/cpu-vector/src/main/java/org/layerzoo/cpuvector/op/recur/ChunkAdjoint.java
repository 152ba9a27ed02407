package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.recur.Recur;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.cpuvector.AlignedScratch;
import org.layerzoo.cpuvector.CacheLines;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Loan;
import org.layerzoo.cpuvector.Width;

/**
 * Backward pass of one head in products of matrices, chunk by chunk (Yang et al. 2024, "Gated Linear Attention" and "Parallelizing Linear
 * Transformers with the Delta Rule"). On the way forth the states at the beginning of every span of 64 tokens are kept, and the errors of
 * the delta rule; on the way back those at the beginning of its chunks are computed anew, and dS, the cotangent of the state, goes from
 * each chunk to the one before. Linear in length; per 64 tokens one state is kept.
 *
 * <p>With u_i what token i writes, R_i, A_i and E_i the decays from the chunk's beginning as far as o_i reads, up to token i, and behind it, and
 * W the decays between tokens: P = (q k^T) W, du = P^T do + (E k) dS, dP = (do u^T) W, dq = R (do S^T) + dP k, dk = E (u dS^T) + dP^T q, and dS
 * becomes A_N dS + (R q)^T do. The delta rule solves (I + K beta) e = v - (A k) S, K the lower triangle of (k k^T) W, and u = beta e; so w + K^T z = du,
 * z = beta w is dv, dbeta = w e, dK = -z u^T, and z takes the way of -do through A k.
 */
final class ChunkAdjoint {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int N = SpanTokens.N;
    private static final int C = SpanTokens.C;
    private static final int SPAN = SpanTokens.SPAN;
    private static final AlignedScratch SCRATCH = new AlignedScratch();

    private final Loan loan;
    private final GradientCall call;
    private final Recur op;
    private final int head;
    private final long keyHead;
    private final boolean first;
    private final SpanTokens x;
    private final ChunkPairs pairs;
    private final DecayAdjoint logs;
    private final float[] m;
    private final int rk;
    private final int rv;
    private final int ldk;
    private final int ldv;
    /** States turned [ldk / C, rv, C], one a chunk. */
    private final int states;

    private final int size;
    /** [ldv / C, rk, C]: the state on the way forth, its cotangent on the way back; and that one turned. */
    private final int g;

    private final int turned;
    private final int du;
    private final int z;
    private final int dq;
    private final int dkeys;
    private final int fromState;
    private final int fromErrors;
    private final int dots;
    private final float[] errors;
    private final float[] betas;

    /** @param first whether no other head has written the gradients of this head's keys */
    ChunkAdjoint(Loan loan, GradientCall call, int head, long keyHead, boolean first) {
        this.loan = loan;
        this.call = call;
        this.head = head;
        this.keyHead = keyHead;
        this.first = first;
        op = call.op();
        x = new SpanTokens(loan, call, head, keyHead, CacheLines.FIRST);
        ldk = x.ldk;
        ldv = x.ldv;
        rk = Width.roundUp(x.dk);
        rv = Width.roundUp(x.dv);
        size = ldk * rv;
        states = x.take(SPAN / N * size);
        g = x.take(ldv * rk);
        turned = x.take(size);
        du = x.take(SPAN * ldv);
        z = x.delta ? x.take(SPAN * ldv) : du;
        dq = x.take(SPAN * ldk);
        dkeys = x.take(SPAN * ldk);
        fromState = x.take(N * ldk);
        fromErrors = x.delta ? x.take(N * ldk) : 0;
        dots = x.take(RowDots.ROOM);
        pairs = new ChunkPairs(x, op);
        logs = new DecayAdjoint(
                loan, x, pairs, new DecayAdjoint.Places(states, turned, dq, fromState, fromErrors, dkeys), rv);
        m = SCRATCH.floats(x.end());
        Arrays.fill(m, 0, x.end(), 0f);
        x.in(m);
        pairs.in(m);
        logs.in(m);
        errors = x.delta ? loan.floats(x.t * ldv) : new float[0];
        betas = loan.floats(SPAN);
    }

    /** Gradient of a decay that the whole head shares. */
    double perHead() {
        return logs.perHead;
    }

    void run() {
        float[][] starts = forward();
        Arrays.fill(m, g, g + ldv * rk, 0f);
        call.dLast().ifPresent(d -> state(d, true));
        for (int s = x.spans() - 1; s >= 0; s--) {
            x.load(s, true, !x.delta);
            if (x.delta) {
                System.arraycopy(errors, s * SPAN * ldv, m, x.e, x.count * ldv);
                Arrays.fill(m, x.e + x.count * ldv, x.e + SPAN * ldv, 0f);
                x.scaled(x.e, x.beta, 1, x.u, ldv);
            }
            System.arraycopy(starts[s], 0, m, states, size);
            for (int c = 0; c + 1 < x.chunks(); c++) {
                System.arraycopy(m, states + c * size, m, states + (c + 1) * size, size);
                advance(states + (c + 1) * size, c);
            }
            for (int c = x.chunks() - 1; c >= 0; c--) {
                chunk(c);
            }
            store(s);
        }
        if (op.initial()) {
            state(call.grads().get(3 + op.gate().tensors()), false);
        }
    }

    /** States at the beginning of every span. */
    private float[][] forward() {
        float[][] starts = new float[x.spans()][];
        if (op.initial()) {
            state(call.in().get(3 + op.gate().tensors()), true);
            turn();
            System.arraycopy(m, turned, m, states, size);
        }
        for (int s = 0; s < starts.length; s++) {
            starts[s] = loan.floats(size);
            if (x.delta) {
                turn();
                System.arraycopy(m, turned, starts[s], 0, size);
            } else {
                System.arraycopy(m, states, starts[s], 0, size);
            }
            if (x.delta || s + 1 < starts.length) {
                x.load(s, false, true);
                for (int c = 0; c < x.chunks(); c++) {
                    if (x.delta) {
                        errors(c);
                    } else {
                        advance(states, c);
                    }
                }
            }
            if (x.delta) {
                System.arraycopy(m, x.e, errors, s * SPAN * ldv, x.count * ldv);
            }
        }
        return starts;
    }

    /** Reads g from a state [dk, dv] of this head, or writes it. */
    private void state(Tensor s, boolean read) {
        for (int r = 0; r < x.dk; r++) {
            for (int c = 0; c < x.dv; c += C) {
                int at = g + c * rk + r * C;
                int n = Math.min(C, x.dv - c);
                long from = ((long) head * x.dk + r) * x.dv + c;
                if (read) {
                    Floats.load(s.segment(), from, m, at, n);
                } else {
                    Floats.store(m, at, s.segment(), from, n);
                }
            }
        }
    }

    /** g [ldv / C, rk, C] as [ldk / C, rv, C]. */
    private void turn() {
        for (int c = 0; c < rv; c += L) {
            for (int d = 0; d < rk; d += L) {
                int from = g + c / C * C * rk + d * C + c % C;
                Squares.turn(m, from, C, L, L, turned + d / C * C * rv + c * C + d % C, C);
            }
        }
    }

    /** A turned state behind chunk c. */
    private void advance(int state, int c) {
        for (int p = 0; p < ldk; p += C) {
            if (x.scalar || x.keyed) {
                columns(state + p * rv, c, p);
            }
            TileSum.add(m, x.u + c * N * ldv, 1, ldv, x.ks + c * N * ldk + p, ldk, state + p * rv, C, rv, N);
        }
    }

    /** Decays C columns of a turned state over a chunk. */
    private void columns(int at, int c, int p) {
        for (int d = 0; d < C; d += L) {
            FloatVector f = x.keyed ? fromArray(S, m, x.ends + c * ldk + p + d) : broadcast(S, x.end[c]);
            for (int i = at + d; i < at + rv * C; i += C) {
                fromArray(S, m, i).mul(f).intoArray(m, i);
            }
        }
    }

    /** Errors of chunk c and what the delta rule writes; the state g goes on behind the chunk. */
    private void errors(int c) {
        int rows = c * N * ldv, keys = c * N * ldk;
        pairs.keys(c);
        for (int p = 0; p < ldv; p += C) {
            TileSum.add(m, x.ka + keys, ldk, 1, g + p * rk, C, x.e + rows + p, ldv, N, x.dk);
        }
        ErrorSolve.forth(m, pairs.kk, x.beta, c * N, x.e + rows, ldv);
        x.scaled(x.e, x.beta, 1, x.u, ldv, c * N, N);
        decay(c);
        for (int p = 0; p < ldv; p += C) {
            TileSum.add(m, x.ks + keys, 1, ldk, x.u + rows + p, ldv, g + p * rk, C, rk, N);
        }
    }

    /** Decays g over a chunk. */
    private void decay(int c) {
        if (!x.scalar && !x.keyed) {
            return;
        }
        for (int r = 0; r < rk; r++) {
            FloatVector f = broadcast(S, x.keyed ? m[x.ends + c * ldk + r] : x.end[c]);
            for (int p = g + r * C; p < g + ldv * rk; p += C * rk) {
                for (int i = p; i < p + C; i += L) {
                    fromArray(S, m, i).mul(f).intoArray(m, i);
                }
            }
        }
    }

    /** Gradients of the tokens of chunk c; g goes on before it. */
    private void chunk(int c) {
        int rows = c * N * ldv, keys = c * N * ldk;
        pairs.all(c);
        values(rows, keys);
        if (x.delta) {
            ErrorSolve.back(m, pairs.kk, x.beta, c * N, du + rows, ldv);
            x.scaled(du, x.beta, 1, z, ldv, c * N, N);
            pairs.errors(c, z);
        }
        turn();
        fromStates(c, rows, keys);
        if (x.scalar || x.keyed) {
            logs.chunk(c);
        }
        within(c, keys);
        decay(c);
        for (int p = 0; p < ldv; p += C) {
            int to = g + p * rk;
            TileSum.add(m, x.qs + keys, 1, ldk, x.out + rows + p, ldv, to, C, rk, N);
            if (x.delta) {
                TileSum.add(m, x.ka + keys, 1, ldk, z + rows + p, ldv, to, C, rk, N);
            }
        }
    }

    /** du = (E k) dS + P^T do. */
    private void values(int rows, int keys) {
        Arrays.fill(m, du + rows, du + rows + N * ldv, 0f);
        for (int p = 0; p < ldv; p += C) {
            TileSum.add(m, x.ks + keys, ldk, 1, g + p * rk, C, du + rows + p, ldv, N, x.dk);
            TileSum.add(m, pairs.p, 1, N, x.out + rows + p, ldv, du + rows + p, ldv, N, N);
        }
    }

    /** What dq and dk take through the states: R (do S^T), E (u dS^T), -A (z S^T). */
    private void fromStates(int c, int rows, int keys) {
        int state = states + c * size;
        Arrays.fill(m, dq + keys, dq + keys + N * ldk, 0f);
        Arrays.fill(m, fromState, fromState + N * ldk, 0f);
        for (int p = 0; p < ldk; p += C) {
            TileSum.add(m, x.out + rows, ldv, 1, state + p * rv, C, dq + keys + p, ldk, N, x.dv);
            TileSum.add(m, x.u + rows, ldv, 1, turned + p * rv, C, fromState + p, ldk, N, x.dv);
        }
        if (x.delta) {
            Arrays.fill(m, fromErrors, fromErrors + N * ldk, 0f);
            for (int p = 0; p < ldk; p += C) {
                TileSum.add(m, z + rows, ldv, 1, state + p * rv, C, fromErrors + p, ldk, N, x.dv);
            }
        }
        for (int i = 0; i < N; i++) {
            int at = keys + i * ldk, token = c * N + i;
            FloatVector read = broadcast(S, x.read[token]), tail = broadcast(S, x.tail[token]);
            FloatVector into = broadcast(S, -x.into[token]);
            for (int d = 0; d < ldk; d += L) {
                FloatVector r = x.keyed ? fromArray(S, m, x.reads + at + d) : read;
                FloatVector e = x.keyed ? fromArray(S, m, x.tails + at + d) : tail;
                r.mul(fromArray(S, m, dq + at + d)).intoArray(m, dq + at + d);
                FloatVector f = e.mul(fromArray(S, m, fromState + i * ldk + d));
                f.intoArray(m, fromState + i * ldk + d);
                if (x.delta) {
                    FloatVector z = into.mul(fromArray(S, m, fromErrors + i * ldk + d));
                    z.intoArray(m, fromErrors + i * ldk + d);
                    f = f.add(z);
                }
                f.intoArray(m, dkeys + at + d);
            }
        }
    }

    /** What they take of the other tokens of the chunk. */
    private void within(int c, int keys) {
        if (x.keyed) {
            logs.pairs(c);
            return;
        }
        for (int p = 0; p < ldk; p += C) {
            TileSum.add(m, pairs.dp, N, 1, x.k + keys + p, ldk, dq + keys + p, ldk, N, N);
            TileSum.add(m, pairs.dp, 1, N, x.q + keys + p, ldk, dkeys + keys + p, ldk, N, N);
            if (x.delta) {
                TileSum.add(m, pairs.dkk, N, 1, x.k + keys + p, ldk, dkeys + keys + p, ldk, N, N);
            }
        }
    }

    private void store(int s) {
        for (int i = dq; op.scale() != 1 && i < dq + x.count * ldk; i += L) {
            fromArray(S, m, i).mul((float) op.scale()).intoArray(m, i);
        }
        List<Tensor> grads = call.grads();
        x.store(dq, ldk, grads.get(0), keyHead, x.dk, s, !first);
        x.store(dkeys, ldk, grads.get(1), keyHead, x.dk, s, !first);
        x.store(z, ldv, grads.get(2), head, x.dv, s, false);
        if (x.delta) {
            betas(s, grads.get(3));
        }
        logs.store(s, call, head);
    }

    /** dbeta = w e. */
    private void betas(int s, Tensor to) {
        for (int i = 0; i < x.count; i += N) {
            RowDots.of(m, du + i * ldv, x.e + i * ldv, ldv, dots, betas, i);
        }
        for (int i = 0; i < x.count; i++) {
            Floats.set(to.segment(), (long) head * x.t + x.place(s * SPAN + i), betas[i]);
        }
    }
}
