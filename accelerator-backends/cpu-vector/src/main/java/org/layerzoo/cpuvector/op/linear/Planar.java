package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Complex numbers between pairs and separate runs of real and imaginary parts of one array. Constants say which lanes of two vectors a vector takes. */
final class Planar {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    static final FloatVector EVEN = lanes(i -> 2 * i);
    static final FloatVector ODD = lanes(i -> 2 * i + 1);
    /** Pairs of the lanes of two vectors, lower and upper half. */
    static final FloatVector LOW = lanes(i -> i % 2 * L + i / 2);

    static final FloatVector HIGH = lanes(i -> i % 2 * L + L / 2 + i / 2);
    /** The same of vectors whose lanes are in reverse order. */
    static final FloatVector BACK_LOW = lanes(i -> i % 2 * L + L - 1 - i / 2);

    static final FloatVector BACK_HIGH = lanes(i -> i % 2 * L + L / 2 - 1 - i / 2);
    static final VectorShuffle<Float> REVERSED = VectorShuffle.fromOp(S, i -> L - 1 - i);

    private Planar() {}

    private static FloatVector lanes(IntUnaryOperator f) {
        float[] index = new float[L];
        for (int i = 0; i < L; i++) {
            index[i] = f.applyAsInt(i);
        }
        return fromArray(S, index, 0);
    }

    /** n pairs into parts, which have room for a vector behind n. */
    static void split(float[] a, int pairs, int re, int im, int n) {
        for (int j = 0; j < n; j += L) {
            FloatVector u = fromArray(S, a, pairs + 2 * j), v = fromArray(S, a, pairs + 2 * j + L);
            EVEN.selectFrom(u, v).intoArray(a, re + j);
            ODD.selectFrom(u, v).intoArray(a, im + j);
        }
    }

    /** Parts into n pairs. */
    static void join(float[] a, int re, int im, int pairs, int n) {
        for (int j = 0; j < n; j += L) {
            FloatVector u = fromArray(S, a, re + j), v = fromArray(S, a, im + j);
            LOW.selectFrom(u, v).intoArray(a, pairs + 2 * j);
            HIGH.selectFrom(u, v).intoArray(a, pairs + 2 * j + L);
        }
    }
}
