package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Complex numbers between pairs in memory and separate arrays of real and imaginary parts. */
final class Planar {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Lane i takes lane 2 i (from the second vector for the upper half); ODD likewise 2 i + 1. */
    private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(S, i -> 2 * i % L);

    private static final VectorShuffle<Float> ODD = VectorShuffle.fromOp(S, i -> (2 * i + 1) % L);
    private static final VectorMask<Float> UPPER = VectorMask.fromLong(S, -1L << L / 2);
    /** Lane i takes lane i / 2 of the lower or upper half. */
    private static final VectorShuffle<Float> LOW = VectorShuffle.fromOp(S, i -> i / 2);

    private static final VectorShuffle<Float> HIGH = VectorShuffle.fromOp(S, i -> L / 2 + i / 2);
    private static final VectorMask<Float> ODDS = VectorMask.fromLong(S, 0xAAAA_AAAA_AAAA_AAAAL);
    static final VectorShuffle<Float> REVERSED = VectorShuffle.fromOp(S, i -> L - 1 - i);

    private Planar() {}

    /** n pairs into parts; arrays have room for a vector behind n. */
    static void split(float[] pairs, float[] re, float[] im, int n) {
        for (int j = 0; j < n; j += L) {
            FloatVector a = fromArray(S, pairs, 2 * j), b = fromArray(S, pairs, 2 * j + L);
            a.rearrange(EVEN).blend(b.rearrange(EVEN), UPPER).intoArray(re, j);
            a.rearrange(ODD).blend(b.rearrange(ODD), UPPER).intoArray(im, j);
        }
    }

    /** Parts into n pairs. */
    static void join(float[] re, float[] im, float[] pairs, int n) {
        for (int j = 0; j < n; j += L) {
            FloatVector a = fromArray(S, re, j), b = fromArray(S, im, j);
            a.rearrange(LOW).blend(b.rearrange(LOW), ODDS).intoArray(pairs, 2 * j);
            a.rearrange(HIGH).blend(b.rearrange(HIGH), ODDS).intoArray(pairs, 2 * j + L);
        }
    }
}
