package org.layerzoo.cpuvector.op.elementwise;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Sine and cosine: reduction by pi/2 in three parts, Cephes polynomials; beyond 8192 (where three parts no longer suffice) each element goes through {@link Math}. */
final class Trigonometry {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final float LARGE = 8192f;
    private static final float ROUNDER = 12_582_912f;

    private Trigonometry() {}

    static void sin(float[] v, int n) {
        clearTail(v, n);
        for (int i = 0; i < n; i += L) {
            FloatVector x = FloatVector.fromArray(S, v, i);
            if (x.abs().compare(VectorOperators.LE, LARGE).allTrue()) {
                sinCos(x, 0).intoArray(v, i);
            } else {
                for (int j = i; j < i + L; j++) {
                    v[j] = (float) Math.sin(v[j]);
                }
            }
        }
    }

    static void cos(float[] v, int n) {
        clearTail(v, n);
        for (int i = 0; i < n; i += L) {
            FloatVector x = FloatVector.fromArray(S, v, i);
            if (x.abs().compare(VectorOperators.LE, LARGE).allTrue()) {
                sinCos(x, 1).intoArray(v, i);
            } else {
                for (int j = i; j < i + L; j++) {
                    v[j] = (float) Math.cos(v[j]);
                }
            }
        }
    }

    /** What lies behind n must not decide how the last vector is computed. */
    private static void clearTail(float[] v, int n) {
        Arrays.fill(v, n, Width.roundUp(n), 0f);
    }

    /** sin(x + quarter pi / 2). */
    private static FloatVector sinCos(FloatVector x, int quarter) {
        FloatVector t = x.fma(FloatVector.broadcast(S, 0.63661977f), FloatVector.broadcast(S, ROUNDER));
        FloatVector n = t.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(S, -1.57079601e+00f), x);
        r = n.fma(FloatVector.broadcast(S, -3.13916473e-07f), r);
        r = n.fma(FloatVector.broadcast(S, -5.39030253e-15f), r);
        IntVector q = t.reinterpretAsInts().add(quarter);
        FloatVector z = r.mul(r);
        FloatVector s = z.mul(2.86567956e-6f)
                .add(-1.98559923e-4f)
                .fma(z, FloatVector.broadcast(S, 8.33338592e-3f))
                .fma(z, FloatVector.broadcast(S, -1.66666672e-1f))
                .fma(z.mul(r), r);
        FloatVector c = z.mul(2.44677067e-5f)
                .add(-1.38877297e-3f)
                .fma(z, FloatVector.broadcast(S, 4.16666567e-2f))
                .fma(z, FloatVector.broadcast(S, -5.00000000e-1f))
                .fma(z, FloatVector.broadcast(S, 1f));
        VectorMask<Float> odd = q.and(1).compare(VectorOperators.NE, 0).cast(S);
        IntVector sign = q.and(2).lanewise(VectorOperators.LSHL, 30);
        return s.blend(c, odd)
                .reinterpretAsInts()
                .lanewise(VectorOperators.XOR, sign)
                .reinterpretAsFloats();
    }
}
