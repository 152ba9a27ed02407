package org.layerzoo.cpuvector.op.recur;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/** Decays from their logarithms. */
final class Decays {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** 1.5 * 2^23 + 127: adding it leaves the exponent field of 2^n in the low bits. */
    private static final float ROUNDER = 12_583_039f;

    private static final float LOG2E = 1.44269504f;
    private static final float LN2_HI = 0.693359375f;
    private static final float LN2_LO = -2.12194440e-4f;

    private Decays() {}

    /**
     * x_i = e^x_i for n elements from {@code from} on and on to the next whole vector. Where a vector's results are all normal, which is nearly always, without
     * what {@link Approx#exp} does for the others; relative error below 2e-7 either way.
     */
    static void of(float[] x, int from, int n) {
        for (int i = from; i < from + n; i += L) {
            FloatVector v = fromArray(S, x, i);
            if (!v.abs().compare(VectorOperators.LT, 87f).allTrue()) {
                any(x, i);
                continue;
            }
            FloatVector t = v.fma(broadcast(S, LOG2E), broadcast(S, ROUNDER));
            FloatVector m = t.sub(ROUNDER);
            FloatVector r = m.fma(broadcast(S, -LN2_LO), m.fma(broadcast(S, -LN2_HI), v));
            // with e^0 = 1, and the last coefficients those of Approx.expNegative
            FloatVector p = r.fma(broadcast(S, 1.3814541e-3f), broadcast(S, 8.3687454e-3f))
                    .fma(r, broadcast(S, 4.1668389e-2f))
                    .fma(r, broadcast(S, 1.6666521e-1f))
                    .fma(r, broadcast(S, 4.9999994e-1f))
                    .fma(r, broadcast(S, 1f))
                    .fma(r, broadcast(S, 1f));
            p.mul(t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats())
                    .intoArray(x, i);
        }
    }

    /** Apart, so that the loop hands no vector to a method that may not be inlined. */
    private static void any(float[] x, int i) {
        Approx.exp(fromArray(S, x, i)).intoArray(x, i);
    }
}
