package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Dot products of the rows of two matrices of a chunk's tokens; lanes are summed as columns of a turned square, not one by one. */
final class RowDots {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int N = Chunk.TOKENS;

    /** Floats to work in. */
    static final int ROOM = 2 * N * L;

    private RowDots() {}

    /** to_i = x_i . y_i for rows {@code ld} apart, which are whole vectors. */
    static void of(float[] m, int x, int y, int ld, int work, float[] to, int at) {
        for (int i = 0; i < N; i++) {
            FloatVector a = FloatVector.zero(S), b = a;
            for (int d = i * ld; d < (i + 1) * ld; d += 2 * L) {
                a = fromArray(S, m, x + d).fma(fromArray(S, m, y + d), a);
                b = fromArray(S, m, x + d + L).fma(fromArray(S, m, y + d + L), b);
            }
            a.add(b).intoArray(m, work + i * L);
        }
        Squares.turn(m, work, L, N, L, work + N * L, N);
        for (int i = 0; i < N; i += L) {
            FloatVector sum = fromArray(S, m, work + N * L + i);
            for (int l = 1; l < L; l++) {
                sum = sum.add(fromArray(S, m, work + N * L + l * N + i));
            }
            sum.intoArray(to, at + i);
        }
    }
}
