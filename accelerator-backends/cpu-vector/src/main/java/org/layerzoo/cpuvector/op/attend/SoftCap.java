package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/** cap tanh(s / cap) of the scores of a tile, whole vectors of them. */
final class SoftCap {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private SoftCap() {}

    static void apply(float[] m, int at, int n, float cap) {
        for (int i = at; i < at + n; i += L) {
            Approx.tanh(fromArray(S, m, i).div(cap)).mul(cap).intoArray(m, i);
        }
    }

    /** Gradients of capped scores y become those of plain ones: g (1 - (y / cap)^2). */
    static void slope(float[] m, int capped, int g, int n, float cap) {
        float rate = 1 / cap;
        for (int i = 0; i < n; i += L) {
            FloatVector t = fromArray(S, m, capped + i).mul(rate);
            t.neg().fma(t, broadcast(S, 1f)).mul(fromArray(S, m, g + i)).intoArray(m, g + i);
        }
    }
}
