package org.layerzoo.cpuvector.op.linear;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** Products of one array with shifts of another, eight shifts at a time, so that the first is loaded once for all. */
final class DotRun {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Terms that are summed in F32 before they go into a sum in F64. */
    private static final int RUN = 4096;

    private DotRun() {}

    /** sums[t] += sum over i of d[i] x[i + offsets[t]] for i below n rounded up to vectors. */
    static void add(float[] d, int n, float[] x, int[] offsets, double[] sums) {
        for (int t = 0; t < offsets.length; t += 8) {
            for (int i = 0; i < n; i += RUN) {
                eight(d, i, Math.min(n, i + RUN), x, offsets, t, sums);
            }
        }
    }

    private static void eight(float[] d, int from, int end, float[] x, int[] offsets, int t, double[] sums) {
        int last = offsets.length - 1;
        int o0 = offsets[t], o1 = offsets[Math.min(t + 1, last)], o2 = offsets[Math.min(t + 2, last)];
        int o3 = offsets[Math.min(t + 3, last)],
                o4 = offsets[Math.min(t + 4, last)],
                o5 = offsets[Math.min(t + 5, last)];
        int o6 = offsets[Math.min(t + 6, last)], o7 = offsets[Math.min(t + 7, last)];
        FloatVector z = FloatVector.zero(S);
        FloatVector s0 = z, s1 = z, s2 = z, s3 = z, s4 = z, s5 = z, s6 = z, s7 = z;
        for (int i = from; i < end; i += L) {
            FloatVector v = fromArray(S, d, i);
            s0 = v.fma(fromArray(S, x, i + o0), s0);
            s1 = v.fma(fromArray(S, x, i + o1), s1);
            s2 = v.fma(fromArray(S, x, i + o2), s2);
            s3 = v.fma(fromArray(S, x, i + o3), s3);
            s4 = v.fma(fromArray(S, x, i + o4), s4);
            s5 = v.fma(fromArray(S, x, i + o5), s5);
            s6 = v.fma(fromArray(S, x, i + o6), s6);
            s7 = v.fma(fromArray(S, x, i + o7), s7);
        }
        add(sums, t, s0.reduceLanes(VectorOperators.ADD));
        add(sums, t + 1, s1.reduceLanes(VectorOperators.ADD));
        add(sums, t + 2, s2.reduceLanes(VectorOperators.ADD));
        add(sums, t + 3, s3.reduceLanes(VectorOperators.ADD));
        add(sums, t + 4, s4.reduceLanes(VectorOperators.ADD));
        add(sums, t + 5, s5.reduceLanes(VectorOperators.ADD));
        add(sums, t + 6, s6.reduceLanes(VectorOperators.ADD));
        add(sums, t + 7, s7.reduceLanes(VectorOperators.ADD));
    }

    private static void add(double[] sums, int t, float v) {
        if (t < sums.length) {
            sums[t] += v;
        }
    }
}
