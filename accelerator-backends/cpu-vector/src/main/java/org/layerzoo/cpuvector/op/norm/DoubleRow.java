package org.layerzoo.cpuvector.op.norm;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Sums over a row of floats in double precision: where a gradient is a small difference of large terms, F32 would leave only noise. */
final class DoubleRow {
    private static final VectorSpecies<Double> D = VectorSpecies.of(double.class, Width.FLOATS.vectorShape());
    /** As many floats as there are doubles in a vector. */
    private static final VectorSpecies<Float> F =
            VectorSpecies.of(float.class, VectorShape.forBitSize(Width.FLOATS.vectorBitSize() / 2));

    private static final int N = D.length();

    private DoubleRow() {}

    /** The lanes of a sum in their order; see {@code RowLoops}. */
    private static double total(double[] lanes) {
        double y = 0;
        for (int i = 0; i < N; i++) {
            y += lanes[i];
        }
        return y;
    }

    /** @param lanes room for a vector, as everywhere here */
    static double sum(float[] v, int at, int n, double[] lanes) {
        DoubleVector a = DoubleVector.zero(D);
        int i = 0;
        for (; i + N <= n; i += N) {
            a = a.add((DoubleVector) FloatVector.fromArray(F, v, at + i).convertShape(VectorOperators.F2D, D, 0));
        }
        a.intoArray(lanes, 0);
        double y = total(lanes);
        for (; i < n; i++) {
            y += v[at + i];
        }
        return y;
    }

    /** Sum of (v - mean)^2. */
    static double squares(float[] v, int at, int n, double mean, double[] lanes) {
        DoubleVector a = DoubleVector.zero(D);
        int i = 0;
        for (; i + N <= n; i += N) {
            DoubleVector d = ((DoubleVector)
                            FloatVector.fromArray(F, v, at + i).convertShape(VectorOperators.F2D, D, 0))
                    .sub(mean);
            a = d.fma(d, a);
        }
        a.intoArray(lanes, 0);
        double y = total(lanes);
        for (; i < n; i++) {
            double d = v[at + i] - mean;
            y += d * d;
        }
        return y;
    }

    /** y = g weight, exactly; without a weight (empty) y = g. */
    static void widen(float[] g, int at, float[] weight, double[] y, int n) {
        int i = 0;
        for (; i + N <= n; i += N) {
            DoubleVector x = (DoubleVector) FloatVector.fromArray(F, g, at + i).convertShape(VectorOperators.F2D, D, 0);
            if (weight.length > 0) {
                x = x.mul((DoubleVector) FloatVector.fromArray(F, weight, i).convertShape(VectorOperators.F2D, D, 0));
            }
            x.intoArray(y, i);
        }
        for (; i < n; i++) {
            y[i] = weight.length > 0 ? (double) g[at + i] * weight[i] : g[at + i];
        }
    }

    static double sum(double[] y, int n, double[] lanes) {
        DoubleVector a = DoubleVector.zero(D);
        int i = 0;
        for (; i + N <= n; i += N) {
            a = a.add(DoubleVector.fromArray(D, y, i));
        }
        a.intoArray(lanes, 0);
        double sum = total(lanes);
        for (; i < n; i++) {
            sum += y[i];
        }
        return sum;
    }

    static void scale(double[] y, int n, double factor) {
        int i = 0;
        for (; i + N <= n; i += N) {
            DoubleVector.fromArray(D, y, i).mul(factor).intoArray(y, i);
        }
        for (; i < n; i++) {
            y[i] *= factor;
        }
    }

    /** Sum of (v - mean) g, g counted from 0. */
    static double products(float[] v, int at, double[] g, int n, double mean, double[] lanes) {
        DoubleVector a = DoubleVector.zero(D);
        int i = 0;
        for (; i + N <= n; i += N) {
            DoubleVector x = ((DoubleVector)
                            FloatVector.fromArray(F, v, at + i).convertShape(VectorOperators.F2D, D, 0))
                    .sub(mean);
            a = x.fma(DoubleVector.fromArray(D, g, i), a);
        }
        a.intoArray(lanes, 0);
        double y = total(lanes);
        for (; i < n; i++) {
            y += (v[at + i] - mean) * g[i];
        }
        return y;
    }

    /** out = (g - even) own + (v - mean) along, g counted from 0. */
    static void combine(
            float[] v, int at, double[] g, int n, double mean, double even, double own, double along, float[] out) {
        int i = 0;
        for (; i + N <= n; i += N) {
            DoubleVector x = ((DoubleVector)
                            FloatVector.fromArray(F, v, at + i).convertShape(VectorOperators.F2D, D, 0))
                    .sub(mean);
            DoubleVector y = DoubleVector.fromArray(D, g, i).sub(even).mul(own);
            DoubleVector z = x.fma(DoubleVector.broadcast(D, along), y);
            ((FloatVector) z.convertShape(VectorOperators.D2F, F, 0)).intoArray(out, at + i);
        }
        for (; i < n; i++) {
            out[at + i] = (float) ((g[i] - even) * own + (v[at + i] - mean) * along);
        }
    }

    /** sums[from + i] += (v - mean) factor g, and sums[behind + i] += g: what a row gives to the gradients of weights and biases. */
    static void gather(
            float[] v, float[] g, int at, int n, double mean, double factor, double[] sums, int from, int behind) {
        int i = 0;
        for (; i + N <= n; i += N) {
            DoubleVector x = ((DoubleVector)
                            FloatVector.fromArray(F, v, at + i).convertShape(VectorOperators.F2D, D, 0))
                    .sub(mean)
                    .mul(factor);
            DoubleVector y = (DoubleVector) FloatVector.fromArray(F, g, at + i).convertShape(VectorOperators.F2D, D, 0);
            x.fma(y, DoubleVector.fromArray(D, sums, from + i)).intoArray(sums, from + i);
            y.add(DoubleVector.fromArray(D, sums, behind + i)).intoArray(sums, behind + i);
        }
        for (; i < n; i++) {
            sums[from + i] += (v[at + i] - mean) * factor * g[at + i];
            sums[behind + i] += g[at + i];
        }
    }
}
