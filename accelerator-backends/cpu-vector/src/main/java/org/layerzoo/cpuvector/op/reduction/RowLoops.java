package org.layerzoo.cpuvector.op.reduction;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;

/** Reductions of n floats of an array from an index on. Lanes are joined in a fixed order. */
public final class RowLoops {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private static final Scratch LANES = new Scratch();

    private RowLoops() {}

    /** The lanes of a sum in their order: the JIT compiler and the interpreter reduce a vector in different orders, which showed in the last bit. */
    private static double total(float[] lanes) {
        double y = 0;
        for (int i = 0; i < L; i++) {
            y += lanes[i];
        }
        return y;
    }

    /** In runs of 32 vectors, which meet in double precision. */
    public static double sum(float[] v, int at, int n) {
        double y = 0;
        int i = 0;
        for (; i + 32 * L <= n; i += 32 * L) {
            y += run(v, at + i, 32 * L);
        }
        int whole = (n - i) / (2 * L) * 2 * L;
        y += run(v, at + i, whole);
        for (i += whole; i < n; i++) {
            y += v[at + i];
        }
        return y;
    }

    private static double run(float[] v, int at, int n) {
        FloatVector a = FloatVector.zero(S);
        FloatVector b = a;
        for (int i = 0; i < n; i += 2 * L) {
            a = a.add(fromArray(S, v, at + i));
            b = b.add(fromArray(S, v, at + i + L));
        }
        float[] lanes = LANES.floats(L);
        a.add(b).intoArray(lanes, 0);
        return total(lanes);
    }

    /** In double precision. */
    public static double product(float[] v, int at, int n) {
        double y = 1;
        for (int i = at; i < at + n; i++) {
            y *= v[i];
        }
        return y;
    }

    /** Sum of (v - mean)^2. */
    public static double sumSquares(float[] v, int at, int n, float mean) {
        FloatVector a = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector d = fromArray(S, v, at + i).sub(mean);
            a = d.fma(d, a);
        }
        float[] lanes = LANES.floats(L);
        a.intoArray(lanes, 0);
        double y = total(lanes);
        for (; i < n; i++) {
            double d = (double) v[at + i] - mean;
            y += d * d;
        }
        return y;
    }

    public static double dot(float[] v, int at, float[] w, int wAt, int n) {
        FloatVector a = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            a = fromArray(S, v, at + i).fma(fromArray(S, w, wAt + i), a);
        }
        float[] lanes = LANES.floats(L);
        a.intoArray(lanes, 0);
        double y = total(lanes);
        for (; i < n; i++) {
            y += (double) v[at + i] * w[wAt + i];
        }
        return y;
    }

    public static float max(float[] v, int at, int n) {
        FloatVector a = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + L <= n; i += L) {
            a = a.max(fromArray(S, v, at + i));
        }
        float y = i == 0 ? Float.NEGATIVE_INFINITY : a.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            y = Math.max(y, v[at + i]);
        }
        return y;
    }

    public static float min(float[] v, int at, int n) {
        FloatVector a = FloatVector.broadcast(S, Float.POSITIVE_INFINITY);
        int i = 0;
        for (; i + L <= n; i += L) {
            a = a.min(fromArray(S, v, at + i));
        }
        float y = i == 0 ? Float.POSITIVE_INFINITY : a.reduceLanes(VectorOperators.MIN);
        for (; i < n; i++) {
            y = Math.min(y, v[at + i]);
        }
        return y;
    }

    /** Sum of e^(v - top). */
    public static double sumExp(float[] v, int at, int n, float top) {
        FloatVector a = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            a = a.add(Approx.exp(fromArray(S, v, at + i).sub(top)));
        }
        float[] lanes = LANES.floats(L);
        a.intoArray(lanes, 0);
        double y = total(lanes);
        for (; i < n; i++) {
            y += Math.exp((double) v[at + i] - top);
        }
        return y;
    }

    /** v = e^(v - top), and the sum of it. The array holds whole vectors behind n. */
    public static double expInPlace(float[] v, int at, int n, float top) {
        FloatVector a = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector e = Approx.expNegative(fromArray(S, v, at + i).sub(top));
            e.intoArray(v, at + i);
            a = a.add(e);
        }
        float[] lanes = LANES.floats(L);
        a.intoArray(lanes, 0);
        double y = total(lanes);
        for (; i < n; i++) {
            float e = (float) Math.exp((double) v[at + i] - top);
            v[at + i] = e;
            y += e;
        }
        return y;
    }

    /** v = v factor. */
    public static void scale(float[] v, int at, int n, float factor) {
        int i = 0;
        for (; i + L <= n; i += L) {
            fromArray(S, v, at + i).mul(factor).intoArray(v, at + i);
        }
        for (; i < n; i++) {
            v[at + i] *= factor;
        }
    }

    /** y = y x, overrunning both to the next whole vector. */
    public static void multiply(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, x, i).mul(fromArray(S, y, i)).intoArray(y, i);
        }
    }

    /** y = y + a x. */
    public static void axpy(float a, float[] x, int xAt, float[] y, int yAt, int n) {
        FloatVector f = FloatVector.broadcast(S, a);
        int i = 0;
        for (; i + L <= n; i += L) {
            fromArray(S, x, xAt + i).fma(f, fromArray(S, y, yAt + i)).intoArray(y, yAt + i);
        }
        for (; i < n; i++) {
            y[yAt + i] = Math.fma(a, x[xAt + i], y[yAt + i]);
        }
    }
}
