package org.layerzoo.cpuvector.op.scan;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Width;

/** A running log-sum-exp as maximum and sum, and the shares that what was before and what comes new have of it. */
final class RunningTotal {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private double top = Double.NEGATIVE_INFINITY;
    private double sum;
    private float keep;
    private float add;

    void start(float lse) {
        top = lse;
        sum = lse == Float.NEGATIVE_INFINITY ? 0 : Math.exp(lse - top);
    }

    void add(float s) {
        if (s == Float.NEGATIVE_INFINITY) {
            // nothing comes new; where there was nothing, there is nothing
            keep = sum == 0 ? 0 : 1;
            add = 0;
            return;
        }
        double before = sum;
        if (s > top) {
            before *= Math.exp(top - s);
            top = s;
        }
        // 1 where it is the maximum itself, no number where that is infinite
        double share = s == top && Float.isFinite(s) ? 1 : Math.exp(s - top);
        sum = before + share;
        keep = (float) (before / sum);
        add = (float) (share / sum);
    }

    double logarithm() {
        return sum == 0 ? Double.NEGATIVE_INFINITY : top + Math.log(sum);
    }

    /** state = keep state + add v. */
    void average(float[] state, float[] v, int n) {
        combine(keep, state, add, v, n);
    }

    /** y = a y + b x, in whole vectors. */
    static void combine(float a, float[] y, float b, float[] x, int n) {
        FloatVector va = FloatVector.broadcast(S, a), vb = FloatVector.broadcast(S, b);
        for (int c = 0; c < n; c += L) {
            fromArray(S, y, c).mul(va).add(fromArray(S, x, c).mul(vb)).intoArray(y, c);
        }
    }

    /** y = a x, in whole vectors. */
    static void scaled(float a, float[] x, float[] y, int n) {
        for (int c = 0; c < n; c += L) {
            fromArray(S, x, c).mul(a).intoArray(y, c);
        }
    }
}
