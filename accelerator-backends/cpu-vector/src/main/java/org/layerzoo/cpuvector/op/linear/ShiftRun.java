package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Weighted sums of shifts of one array, eight vectors at a time, so that each result is written once. */
final class ShiftRun {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Results of a step: arrays hold so many more than asked for. */
    static final int WIDTH = 8 * L;

    private ShiftRun() {}

    /** y[i] = sum over t of w[wAt + t] x[i + offsets[t]], for i below n rounded up to WIDTH. */
    static void weighted(float[] x, int[] offsets, float[] w, int wAt, int n, float[] y) {
        for (int i = 0; i < n; i += WIDTH) {
            step(x, i, offsets, w, wAt, y);
        }
    }

    private static void step(float[] x, int i, int[] offsets, float[] w, int wAt, float[] y) {
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, s1 = z, s2 = z, s3 = z, s4 = z, s5 = z, s6 = z, s7 = z;
        for (int t = 0; t < offsets.length; t++) {
            FloatVector v = broadcast(S, w[wAt + t]);
            int q = i + offsets[t];
            s0 = v.fma(fromArray(S, x, q), s0);
            s1 = v.fma(fromArray(S, x, q + L), s1);
            s2 = v.fma(fromArray(S, x, q + 2 * L), s2);
            s3 = v.fma(fromArray(S, x, q + 3 * L), s3);
            s4 = v.fma(fromArray(S, x, q + 4 * L), s4);
            s5 = v.fma(fromArray(S, x, q + 5 * L), s5);
            s6 = v.fma(fromArray(S, x, q + 6 * L), s6);
            s7 = v.fma(fromArray(S, x, q + 7 * L), s7);
        }
        s0.intoArray(y, i);
        s1.intoArray(y, i + L);
        s2.intoArray(y, i + 2 * L);
        s3.intoArray(y, i + 3 * L);
        s4.intoArray(y, i + 4 * L);
        s5.intoArray(y, i + 5 * L);
        s6.intoArray(y, i + 6 * L);
        s7.intoArray(y, i + 7 * L);
    }
}
