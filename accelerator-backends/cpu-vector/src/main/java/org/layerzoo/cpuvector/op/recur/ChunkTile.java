package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Products of a chunk of tokens with a block of state columns S [dk, COLUMNS], four rows of four vectors at a time in registers: 16
 * multiply-adds for 8 loads. S, v, u and o lie in one array on cache lines, which brings a tenth, at the update of S a fifth. Every array stays in the first-level cache at dk = 64.
 */
final class ChunkTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int C = StateStep.COLUMNS;
    private static final int N = Chunk.TOKENS;

    private ChunkTile() {}

    /** w_i = beta_i (v_i - into_i k_i^T S) for tokens 0 .. n - 1 and up to three behind them. */
    static void errors(float[] k, int ld, int dk, float[] m, int s, float[] into, float[] beta, int v, int w, int n) {
        for (int i = 0; i < n; i += 4) {
            fourErrors(k, i * ld, ld, dk, m, s, into, beta, v, w, i);
        }
    }

    private static void fourErrors(
            float[] k, int at, int ld, int dk, float[] m, int s, float[] into, float[] beta, int v, int w, int i) {
        FloatVector a00 = FloatVector.zero(S), a01 = a00, a02 = a00, a03 = a00;
        FloatVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        FloatVector a20 = a00, a21 = a00, a22 = a00, a23 = a00;
        FloatVector a30 = a00, a31 = a00, a32 = a00, a33 = a00;
        for (int d = 0; d < dk; d++) {
            FloatVector b0 = fromArray(S, m, s + d * C), b1 = fromArray(S, m, s + d * C + L);
            FloatVector b2 = fromArray(S, m, s + d * C + 2 * L), b3 = fromArray(S, m, s + d * C + 3 * L);
            FloatVector x0 = broadcast(S, k[at + d]);
            a00 = x0.fma(b0, a00);
            a01 = x0.fma(b1, a01);
            a02 = x0.fma(b2, a02);
            a03 = x0.fma(b3, a03);
            FloatVector x1 = broadcast(S, k[at + d + ld]);
            a10 = x1.fma(b0, a10);
            a11 = x1.fma(b1, a11);
            a12 = x1.fma(b2, a12);
            a13 = x1.fma(b3, a13);
            FloatVector x2 = broadcast(S, k[at + d + 2 * ld]);
            a20 = x2.fma(b0, a20);
            a21 = x2.fma(b1, a21);
            a22 = x2.fma(b2, a22);
            a23 = x2.fma(b3, a23);
            FloatVector x3 = broadcast(S, k[at + d + 3 * ld]);
            a30 = x3.fma(b0, a30);
            a31 = x3.fma(b1, a31);
            a32 = x3.fma(b2, a32);
            a33 = x3.fma(b3, a33);
        }
        FloatVector f0 = broadcast(S, -into[i + 0] * beta[i + 0]), g0 = broadcast(S, beta[i + 0]);
        FloatVector f1 = broadcast(S, -into[i + 1] * beta[i + 1]), g1 = broadcast(S, beta[i + 1]);
        FloatVector f2 = broadcast(S, -into[i + 2] * beta[i + 2]), g2 = broadcast(S, beta[i + 2]);
        FloatVector f3 = broadcast(S, -into[i + 3] * beta[i + 3]), g3 = broadcast(S, beta[i + 3]);
        f0.fma(a00, g0.mul(fromArray(S, m, v + (i + 0) * C))).intoArray(m, w + (i + 0) * C);
        f0.fma(a01, g0.mul(fromArray(S, m, v + (i + 0) * C + L))).intoArray(m, w + (i + 0) * C + L);
        f0.fma(a02, g0.mul(fromArray(S, m, v + (i + 0) * C + 2 * L))).intoArray(m, w + (i + 0) * C + 2 * L);
        f0.fma(a03, g0.mul(fromArray(S, m, v + (i + 0) * C + 3 * L))).intoArray(m, w + (i + 0) * C + 3 * L);
        f1.fma(a10, g1.mul(fromArray(S, m, v + (i + 1) * C))).intoArray(m, w + (i + 1) * C);
        f1.fma(a11, g1.mul(fromArray(S, m, v + (i + 1) * C + L))).intoArray(m, w + (i + 1) * C + L);
        f1.fma(a12, g1.mul(fromArray(S, m, v + (i + 1) * C + 2 * L))).intoArray(m, w + (i + 1) * C + 2 * L);
        f1.fma(a13, g1.mul(fromArray(S, m, v + (i + 1) * C + 3 * L))).intoArray(m, w + (i + 1) * C + 3 * L);
        f2.fma(a20, g2.mul(fromArray(S, m, v + (i + 2) * C))).intoArray(m, w + (i + 2) * C);
        f2.fma(a21, g2.mul(fromArray(S, m, v + (i + 2) * C + L))).intoArray(m, w + (i + 2) * C + L);
        f2.fma(a22, g2.mul(fromArray(S, m, v + (i + 2) * C + 2 * L))).intoArray(m, w + (i + 2) * C + 2 * L);
        f2.fma(a23, g2.mul(fromArray(S, m, v + (i + 2) * C + 3 * L))).intoArray(m, w + (i + 2) * C + 3 * L);
        f3.fma(a30, g3.mul(fromArray(S, m, v + (i + 3) * C))).intoArray(m, w + (i + 3) * C);
        f3.fma(a31, g3.mul(fromArray(S, m, v + (i + 3) * C + L))).intoArray(m, w + (i + 3) * C + L);
        f3.fma(a32, g3.mul(fromArray(S, m, v + (i + 3) * C + 2 * L))).intoArray(m, w + (i + 3) * C + 2 * L);
        f3.fma(a33, g3.mul(fromArray(S, m, v + (i + 3) * C + 3 * L))).intoArray(m, w + (i + 3) * C + 3 * L);
    }

    /** o_i = into_i q_i^T S + sum_j p_ij u_j, p a lower triangle [N, N] with zeros up to the next multiple of four. */
    static void read(float[] q, int ld, int dk, float[] m, int s, float[] into, float[] p, int u, int o, int n) {
        for (int i = 0; i < n; i += 4) {
            fourReads(q, i * ld, ld, dk, m, s, into, p, u, o, i);
        }
    }

    private static void fourReads(
            float[] q, int at, int ld, int dk, float[] m, int s, float[] into, float[] p, int u, int o, int i) {
        FloatVector a00 = FloatVector.zero(S), a01 = a00, a02 = a00, a03 = a00;
        FloatVector a10 = a00, a11 = a00, a12 = a00, a13 = a00;
        FloatVector a20 = a00, a21 = a00, a22 = a00, a23 = a00;
        FloatVector a30 = a00, a31 = a00, a32 = a00, a33 = a00;
        for (int d = 0; d < dk; d++) {
            FloatVector b0 = fromArray(S, m, s + d * C), b1 = fromArray(S, m, s + d * C + L);
            FloatVector b2 = fromArray(S, m, s + d * C + 2 * L), b3 = fromArray(S, m, s + d * C + 3 * L);
            FloatVector x0 = broadcast(S, q[at + d]);
            a00 = x0.fma(b0, a00);
            a01 = x0.fma(b1, a01);
            a02 = x0.fma(b2, a02);
            a03 = x0.fma(b3, a03);
            FloatVector x1 = broadcast(S, q[at + d + ld]);
            a10 = x1.fma(b0, a10);
            a11 = x1.fma(b1, a11);
            a12 = x1.fma(b2, a12);
            a13 = x1.fma(b3, a13);
            FloatVector x2 = broadcast(S, q[at + d + 2 * ld]);
            a20 = x2.fma(b0, a20);
            a21 = x2.fma(b1, a21);
            a22 = x2.fma(b2, a22);
            a23 = x2.fma(b3, a23);
            FloatVector x3 = broadcast(S, q[at + d + 3 * ld]);
            a30 = x3.fma(b0, a30);
            a31 = x3.fma(b1, a31);
            a32 = x3.fma(b2, a32);
            a33 = x3.fma(b3, a33);
        }
        FloatVector f0 = broadcast(S, into[i + 0]);
        a00 = a00.mul(f0);
        a01 = a01.mul(f0);
        a02 = a02.mul(f0);
        a03 = a03.mul(f0);
        FloatVector f1 = broadcast(S, into[i + 1]);
        a10 = a10.mul(f1);
        a11 = a11.mul(f1);
        a12 = a12.mul(f1);
        a13 = a13.mul(f1);
        FloatVector f2 = broadcast(S, into[i + 2]);
        a20 = a20.mul(f2);
        a21 = a21.mul(f2);
        a22 = a22.mul(f2);
        a23 = a23.mul(f2);
        FloatVector f3 = broadcast(S, into[i + 3]);
        a30 = a30.mul(f3);
        a31 = a31.mul(f3);
        a32 = a32.mul(f3);
        a33 = a33.mul(f3);
        for (int j = 0; j < i + 4; j++) {
            FloatVector b0 = fromArray(S, m, u + j * C), b1 = fromArray(S, m, u + j * C + L);
            FloatVector b2 = fromArray(S, m, u + j * C + 2 * L), b3 = fromArray(S, m, u + j * C + 3 * L);
            FloatVector x0 = broadcast(S, p[(i + 0) * N + j]);
            a00 = x0.fma(b0, a00);
            a01 = x0.fma(b1, a01);
            a02 = x0.fma(b2, a02);
            a03 = x0.fma(b3, a03);
            FloatVector x1 = broadcast(S, p[(i + 1) * N + j]);
            a10 = x1.fma(b0, a10);
            a11 = x1.fma(b1, a11);
            a12 = x1.fma(b2, a12);
            a13 = x1.fma(b3, a13);
            FloatVector x2 = broadcast(S, p[(i + 2) * N + j]);
            a20 = x2.fma(b0, a20);
            a21 = x2.fma(b1, a21);
            a22 = x2.fma(b2, a22);
            a23 = x2.fma(b3, a23);
            FloatVector x3 = broadcast(S, p[(i + 3) * N + j]);
            a30 = x3.fma(b0, a30);
            a31 = x3.fma(b1, a31);
            a32 = x3.fma(b2, a32);
            a33 = x3.fma(b3, a33);
        }
        a00.intoArray(m, o + (i + 0) * C);
        a01.intoArray(m, o + (i + 0) * C + L);
        a02.intoArray(m, o + (i + 0) * C + 2 * L);
        a03.intoArray(m, o + (i + 0) * C + 3 * L);
        a10.intoArray(m, o + (i + 1) * C);
        a11.intoArray(m, o + (i + 1) * C + L);
        a12.intoArray(m, o + (i + 1) * C + 2 * L);
        a13.intoArray(m, o + (i + 1) * C + 3 * L);
        a20.intoArray(m, o + (i + 2) * C);
        a21.intoArray(m, o + (i + 2) * C + L);
        a22.intoArray(m, o + (i + 2) * C + 2 * L);
        a23.intoArray(m, o + (i + 2) * C + 3 * L);
        a30.intoArray(m, o + (i + 3) * C);
        a31.intoArray(m, o + (i + 3) * C + L);
        a32.intoArray(m, o + (i + 3) * C + 2 * L);
        a33.intoArray(m, o + (i + 3) * C + 3 * L);
    }

    /** S = diag(end) S + sum_t k_t u_t^T. */
    static void absorb(float[] k, int ld, int dk, float[] end, float[] m, int u, int s, int n) {
        int d = 0;
        for (; d + 4 <= dk; d += 4) {
            fourRows(k, d, ld, end, m, u, s, n);
        }
        for (; d < dk; d++) {
            oneRow(k, d, ld, end, m, u, s, n);
        }
    }

    private static void fourRows(float[] k, int d, int ld, float[] end, float[] m, int u, int s, int n) {
        int at = s + d * C;
        FloatVector f0 = broadcast(S, end[d + 0]);
        FloatVector a00 = f0.mul(fromArray(S, m, at));
        FloatVector a01 = f0.mul(fromArray(S, m, at + L));
        FloatVector a02 = f0.mul(fromArray(S, m, at + 2 * L));
        FloatVector a03 = f0.mul(fromArray(S, m, at + 3 * L));
        FloatVector f1 = broadcast(S, end[d + 1]);
        FloatVector a10 = f1.mul(fromArray(S, m, at + C));
        FloatVector a11 = f1.mul(fromArray(S, m, at + C + L));
        FloatVector a12 = f1.mul(fromArray(S, m, at + C + 2 * L));
        FloatVector a13 = f1.mul(fromArray(S, m, at + C + 3 * L));
        FloatVector f2 = broadcast(S, end[d + 2]);
        FloatVector a20 = f2.mul(fromArray(S, m, at + 2 * C));
        FloatVector a21 = f2.mul(fromArray(S, m, at + 2 * C + L));
        FloatVector a22 = f2.mul(fromArray(S, m, at + 2 * C + 2 * L));
        FloatVector a23 = f2.mul(fromArray(S, m, at + 2 * C + 3 * L));
        FloatVector f3 = broadcast(S, end[d + 3]);
        FloatVector a30 = f3.mul(fromArray(S, m, at + 3 * C));
        FloatVector a31 = f3.mul(fromArray(S, m, at + 3 * C + L));
        FloatVector a32 = f3.mul(fromArray(S, m, at + 3 * C + 2 * L));
        FloatVector a33 = f3.mul(fromArray(S, m, at + 3 * C + 3 * L));
        for (int t = 0; t < n; t++) {
            FloatVector b0 = fromArray(S, m, u + t * C), b1 = fromArray(S, m, u + t * C + L);
            FloatVector b2 = fromArray(S, m, u + t * C + 2 * L), b3 = fromArray(S, m, u + t * C + 3 * L);
            FloatVector x0 = broadcast(S, k[t * ld + d]);
            a00 = x0.fma(b0, a00);
            a01 = x0.fma(b1, a01);
            a02 = x0.fma(b2, a02);
            a03 = x0.fma(b3, a03);
            FloatVector x1 = broadcast(S, k[t * ld + d + 1]);
            a10 = x1.fma(b0, a10);
            a11 = x1.fma(b1, a11);
            a12 = x1.fma(b2, a12);
            a13 = x1.fma(b3, a13);
            FloatVector x2 = broadcast(S, k[t * ld + d + 2]);
            a20 = x2.fma(b0, a20);
            a21 = x2.fma(b1, a21);
            a22 = x2.fma(b2, a22);
            a23 = x2.fma(b3, a23);
            FloatVector x3 = broadcast(S, k[t * ld + d + 3]);
            a30 = x3.fma(b0, a30);
            a31 = x3.fma(b1, a31);
            a32 = x3.fma(b2, a32);
            a33 = x3.fma(b3, a33);
        }
        a00.intoArray(m, at);
        a01.intoArray(m, at + L);
        a02.intoArray(m, at + 2 * L);
        a03.intoArray(m, at + 3 * L);
        a10.intoArray(m, at + C);
        a11.intoArray(m, at + C + L);
        a12.intoArray(m, at + C + 2 * L);
        a13.intoArray(m, at + C + 3 * L);
        a20.intoArray(m, at + 2 * C);
        a21.intoArray(m, at + 2 * C + L);
        a22.intoArray(m, at + 2 * C + 2 * L);
        a23.intoArray(m, at + 2 * C + 3 * L);
        a30.intoArray(m, at + 3 * C);
        a31.intoArray(m, at + 3 * C + L);
        a32.intoArray(m, at + 3 * C + 2 * L);
        a33.intoArray(m, at + 3 * C + 3 * L);
    }

    private static void oneRow(float[] k, int d, int ld, float[] end, float[] m, int u, int s, int n) {
        for (int c = d * C; c < (d + 1) * C; c += L) {
            FloatVector a = fromArray(S, m, s + c).mul(end[d]);
            for (int t = 0; t < n; t++) {
                a = broadcast(S, k[t * ld + d]).fma(fromArray(S, m, u + t * C + c - d * C), a);
            }
            a.intoArray(m, s + c);
        }
    }
}
