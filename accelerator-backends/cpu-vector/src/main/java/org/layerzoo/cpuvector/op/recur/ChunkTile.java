package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/**
 * Products of a chunk of tokens with a block of state columns S [dk, COLUMNS], by {@link TileSum}. S, v, u and o lie in one array on cache
 * lines, which brings a tenth, at the update of S a fifth. Every array stays in the first-level cache at dk = 64.
 */
final class ChunkTile {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int C = StateStep.COLUMNS;
    private static final int N = Chunk.TOKENS;

    private ChunkTile() {}

    /** Rows that a product of n computes: those behind n hold finite numbers, too. */
    static int rows(int n) {
        return (n + 3) / 4 * 4;
    }

    /** w_i = beta_i (v_i - into_i k_i^T S) for tokens 0 .. n - 1 and up to three behind them. */
    static void errors(float[] k, int ld, int dk, float[] m, int s, float[] into, float[] beta, int v, int w, int n) {
        int rows = rows(n);
        Arrays.fill(m, w, w + rows * C, 0f);
        TileSum.add(k, 0, ld, 1, m, s, C, w, C, rows, dk);
        for (int i = 0; i < rows; i++) {
            FloatVector f = broadcast(S, -into[i] * beta[i]), g = broadcast(S, beta[i]);
            for (int c = i * C; c < (i + 1) * C; c += L) {
                f.fma(fromArray(S, m, w + c), g.mul(fromArray(S, m, v + c))).intoArray(m, w + c);
            }
        }
    }

    /** o_i = q_i^T S + sum_j p_ij u_j, p a lower triangle [N, N] with zeros up to the next multiple of four. */
    static void read(float[] q, int ld, int dk, float[] m, int s, float[] p, int u, int o, int n) {
        int rows = rows(n);
        Arrays.fill(m, o, o + rows * C, 0f);
        TileSum.add(q, 0, ld, 1, m, s, C, o, C, rows, dk);
        for (int i = 0; i < rows; i += 4) {
            TileSum.add(p, i * N, N, 1, m, u, C, o + i * C, C, 4, i + 4);
        }
    }

    /** S = S + sum_t k_t u_t^T; as many rows of S as {@link #rows} of dk, and as many columns of k, hold finite numbers. */
    static void absorb(float[] k, int ld, int dk, float[] m, int u, int s, int n) {
        TileSum.add(k, 0, 1, ld, m, u, C, s, C, rows(dk), n);
    }

    /** S = diag(end) S. */
    static void decay(float[] end, int dk, float[] m, int s) {
        for (int d = 0; d < dk; d++) {
            FloatVector f = broadcast(S, end[d]);
            for (int c = s + d * C; c < s + (d + 1) * C; c += L) {
                f.mul(fromArray(S, m, c)).intoArray(m, c);
            }
        }
    }
}
