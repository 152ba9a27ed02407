package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Triangular systems of the delta rule's gradient, two tokens of four vectors at a time in registers; K is a strictly lower triangle [N, N]. */
final class ErrorSolve {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int C = StateStep.COLUMNS;
    private static final int N = Chunk.TOKENS;

    private ErrorSolve() {}

    /** e_i -= sum_(j < i) K_ij beta_j e_j, in the order of the tokens: (I + K beta) e = what e held. */
    static void forth(float[] m, int k, float[] beta, int first, int e, int ld) {
        for (int c = 0; c < ld; c += C) {
            for (int i = 0; i < N; i += 2) {
                twoErrors(m, k + i * N, beta, first, e + c, ld, i);
            }
        }
    }

    private static void twoErrors(float[] m, int k, float[] beta, int first, int e, int ld, int i) {
        int at = e + i * ld, next = at + ld;
        FloatVector a0 = fromArray(S, m, at), a1 = fromArray(S, m, at + L);
        FloatVector a2 = fromArray(S, m, at + 2 * L), a3 = fromArray(S, m, at + 3 * L);
        FloatVector b0 = fromArray(S, m, next), b1 = fromArray(S, m, next + L);
        FloatVector b2 = fromArray(S, m, next + 2 * L), b3 = fromArray(S, m, next + 3 * L);
        for (int j = 0; j < i; j++) {
            float x = -beta[first + j];
            FloatVector f = broadcast(S, x * m[k + j]), g = broadcast(S, x * m[k + N + j]);
            int row = e + j * ld;
            FloatVector u0 = fromArray(S, m, row), u1 = fromArray(S, m, row + L);
            FloatVector u2 = fromArray(S, m, row + 2 * L), u3 = fromArray(S, m, row + 3 * L);
            a0 = f.fma(u0, a0);
            a1 = f.fma(u1, a1);
            a2 = f.fma(u2, a2);
            a3 = f.fma(u3, a3);
            b0 = g.fma(u0, b0);
            b1 = g.fma(u1, b1);
            b2 = g.fma(u2, b2);
            b3 = g.fma(u3, b3);
        }
        FloatVector h = broadcast(S, -beta[first + i] * m[k + N + i]);
        a0.intoArray(m, at);
        a1.intoArray(m, at + L);
        a2.intoArray(m, at + 2 * L);
        a3.intoArray(m, at + 3 * L);
        h.fma(a0, b0).intoArray(m, next);
        h.fma(a1, b1).intoArray(m, next + L);
        h.fma(a2, b2).intoArray(m, next + 2 * L);
        h.fma(a3, b3).intoArray(m, next + 3 * L);
    }

    /** w_j -= sum_(i > j) K_ij beta_i w_i, from the last token to the first. */
    static void back(float[] m, int k, float[] beta, int first, int w, int ld) {
        for (int c = 0; c < ld; c += C) {
            for (int j = N - 2; j >= 0; j -= 2) {
                twoCotangents(m, k + j, beta, first, w + c, ld, j);
            }
        }
    }

    private static void twoCotangents(float[] m, int k, float[] beta, int first, int w, int ld, int j) {
        int at = w + j * ld, next = at + ld;
        FloatVector a0 = fromArray(S, m, at), a1 = fromArray(S, m, at + L);
        FloatVector a2 = fromArray(S, m, at + 2 * L), a3 = fromArray(S, m, at + 3 * L);
        FloatVector b0 = fromArray(S, m, next), b1 = fromArray(S, m, next + L);
        FloatVector b2 = fromArray(S, m, next + 2 * L), b3 = fromArray(S, m, next + 3 * L);
        for (int i = j + 2; i < N; i++) {
            float x = -beta[first + i];
            FloatVector f = broadcast(S, x * m[k + i * N]), g = broadcast(S, x * m[k + i * N + 1]);
            int row = w + i * ld;
            FloatVector u0 = fromArray(S, m, row), u1 = fromArray(S, m, row + L);
            FloatVector u2 = fromArray(S, m, row + 2 * L), u3 = fromArray(S, m, row + 3 * L);
            a0 = f.fma(u0, a0);
            a1 = f.fma(u1, a1);
            a2 = f.fma(u2, a2);
            a3 = f.fma(u3, a3);
            b0 = g.fma(u0, b0);
            b1 = g.fma(u1, b1);
            b2 = g.fma(u2, b2);
            b3 = g.fma(u3, b3);
        }
        FloatVector h = broadcast(S, -beta[first + j + 1] * m[k + (j + 1) * N]);
        b0.intoArray(m, next);
        b1.intoArray(m, next + L);
        b2.intoArray(m, next + 2 * L);
        b3.intoArray(m, next + 3 * L);
        h.fma(b0, a0).intoArray(m, at);
        h.fma(b1, a1).intoArray(m, at + L);
        h.fma(b2, a2).intoArray(m, at + 2 * L);
        h.fma(b3, a3).intoArray(m, at + 3 * L);
    }
}
