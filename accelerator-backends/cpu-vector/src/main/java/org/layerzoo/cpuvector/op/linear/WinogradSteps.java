package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** The two transforms of {@link Winograd} on data, a vector of tiles at a time. */
final class WinogradSteps {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private WinogradSteps() {}

    /**
     * Tiles of one channel, {@code places} of them, which is a multiple of two vectors.
     *
     * @param x where 4x4 inputs of all tiles begin: those at (i, j) at {@code at[4 i + j]}
     * @param v panels of two vectors of tiles, {@code panel} apart, in which the 16 numbers of a tile are {@code apart} apart
     */
    static void inputs(float[] x, int[] at, int places, float[] v, int to, int panel, int apart) {
        for (int p = 0; p < places; p += L) {
            int o = to + p / (2 * L) * panel + p % (2 * L);
            FloatVector d00 = fromArray(S, x, at[0] + p);
            FloatVector d10 = fromArray(S, x, at[4] + p);
            FloatVector d20 = fromArray(S, x, at[8] + p);
            FloatVector d30 = fromArray(S, x, at[12] + p);
            FloatVector t00 = d00.sub(d20), t10 = d10.add(d20), t20 = d20.sub(d10), t30 = d10.sub(d30);
            FloatVector d01 = fromArray(S, x, at[1] + p);
            FloatVector d11 = fromArray(S, x, at[5] + p);
            FloatVector d21 = fromArray(S, x, at[9] + p);
            FloatVector d31 = fromArray(S, x, at[13] + p);
            FloatVector t01 = d01.sub(d21), t11 = d11.add(d21), t21 = d21.sub(d11), t31 = d11.sub(d31);
            FloatVector d02 = fromArray(S, x, at[2] + p);
            FloatVector d12 = fromArray(S, x, at[6] + p);
            FloatVector d22 = fromArray(S, x, at[10] + p);
            FloatVector d32 = fromArray(S, x, at[14] + p);
            FloatVector t02 = d02.sub(d22), t12 = d12.add(d22), t22 = d22.sub(d12), t32 = d12.sub(d32);
            FloatVector d03 = fromArray(S, x, at[3] + p);
            FloatVector d13 = fromArray(S, x, at[7] + p);
            FloatVector d23 = fromArray(S, x, at[11] + p);
            FloatVector d33 = fromArray(S, x, at[15] + p);
            FloatVector t03 = d03.sub(d23), t13 = d13.add(d23), t23 = d23.sub(d13), t33 = d13.sub(d33);
            t00.sub(t02).intoArray(v, o + 0 * apart);
            t01.add(t02).intoArray(v, o + 1 * apart);
            t02.sub(t01).intoArray(v, o + 2 * apart);
            t01.sub(t03).intoArray(v, o + 3 * apart);
            t10.sub(t12).intoArray(v, o + 4 * apart);
            t11.add(t12).intoArray(v, o + 5 * apart);
            t12.sub(t11).intoArray(v, o + 6 * apart);
            t11.sub(t13).intoArray(v, o + 7 * apart);
            t20.sub(t22).intoArray(v, o + 8 * apart);
            t21.add(t22).intoArray(v, o + 9 * apart);
            t22.sub(t21).intoArray(v, o + 10 * apart);
            t21.sub(t23).intoArray(v, o + 11 * apart);
            t30.sub(t32).intoArray(v, o + 12 * apart);
            t31.add(t32).intoArray(v, o + 13 * apart);
            t32.sub(t31).intoArray(v, o + 14 * apart);
            t31.sub(t33).intoArray(v, o + 15 * apart);
        }
    }

    /**
     * Two rows of results of one channel and one panel, columns of two neighbours side by side.
     *
     * @param m the 16 numbers of a tile, {@code apart} apart
     * @param y the first rows of all tiles from {@code first} on, the second ones from {@code second} on
     */
    static void results(float[] m, int at, int apart, float[] y, int first, int second) {
        for (int p = 0; p < 2 * L; p += L) {
            FloatVector m00 = fromArray(S, m, at + 0 * apart + p);
            FloatVector m10 = fromArray(S, m, at + 4 * apart + p);
            FloatVector m20 = fromArray(S, m, at + 8 * apart + p);
            FloatVector m30 = fromArray(S, m, at + 12 * apart + p);
            FloatVector s0 = m00.add(m10).add(m20), t0 = m10.sub(m20).sub(m30);
            FloatVector m01 = fromArray(S, m, at + 1 * apart + p);
            FloatVector m11 = fromArray(S, m, at + 5 * apart + p);
            FloatVector m21 = fromArray(S, m, at + 9 * apart + p);
            FloatVector m31 = fromArray(S, m, at + 13 * apart + p);
            FloatVector s1 = m01.add(m11).add(m21), t1 = m11.sub(m21).sub(m31);
            FloatVector m02 = fromArray(S, m, at + 2 * apart + p);
            FloatVector m12 = fromArray(S, m, at + 6 * apart + p);
            FloatVector m22 = fromArray(S, m, at + 10 * apart + p);
            FloatVector m32 = fromArray(S, m, at + 14 * apart + p);
            FloatVector s2 = m02.add(m12).add(m22), t2 = m12.sub(m22).sub(m32);
            FloatVector m03 = fromArray(S, m, at + 3 * apart + p);
            FloatVector m13 = fromArray(S, m, at + 7 * apart + p);
            FloatVector m23 = fromArray(S, m, at + 11 * apart + p);
            FloatVector m33 = fromArray(S, m, at + 15 * apart + p);
            FloatVector s3 = m03.add(m13).add(m23), t3 = m13.sub(m23).sub(m33);
            FloatVector a = s0.add(s1).add(s2), b = s1.sub(s2).sub(s3);
            Planar.LOW.selectFrom(a, b).intoArray(y, first + 2 * p);
            Planar.HIGH.selectFrom(a, b).intoArray(y, first + 2 * p + L);
            FloatVector c = t0.add(t1).add(t2), d = t1.sub(t2).sub(t3);
            Planar.LOW.selectFrom(c, d).intoArray(y, second + 2 * p);
            Planar.HIGH.selectFrom(c, d).intoArray(y, second + 2 * p + L);
        }
    }
}
