package org.layerzoo.cpuvector.op.loss;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Floats;
import org.layerzoo.cpuvector.Width;
import org.layerzoo.cpuvector.op.reduction.RowLoops;

/** One row of logits, met block by block in the first-level cache: its log-sum-exp by a running maximum and sum, and its sums. */
final class LogitRow {
    /** Classes of a block. */
    static final int BLOCK = 4096;

    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private final int classes;
    private final float[] v;
    private float top;
    private double total;
    private double sum;
    private boolean hidden;

    /** @param v room for a block */
    LogitRow(int classes, float[] v) {
        this.classes = classes;
        this.v = v;
    }

    /**
     * Reads a row.
     *
     * @param sums whether the sum of the logits is asked for
     */
    void read(MemorySegment x, long at, boolean sums) {
        float least = Float.POSITIVE_INFINITY;
        top = Float.NEGATIVE_INFINITY;
        total = 0;
        sum = 0;
        for (int c = 0; c < classes; c += BLOCK) {
            int n = Math.min(BLOCK, classes - c);
            Floats.load(x, at + c, v, 0, n);
            if (sums) {
                sum += RowLoops.sum(v, 0, n);
            }
            least = Math.min(least, RowLoops.min(v, 0, n));
            float next = Math.max(top, RowLoops.max(v, 0, n));
            if (next == Float.NEGATIVE_INFINITY) {
                continue;
            }
            // a NaN or an infinity of the row spoils the sum, as it should
            total = next == top ? total : total * Math.exp((double) top - next);
            top = next;
            total += RowLoops.expInPlace(v, 0, n, top);
        }
        hidden = least == Float.NEGATIVE_INFINITY;
    }

    /** Log of the sum of e^x; 0 where every class is hidden, so that a log-probability is the logit itself, -inf. */
    double lse() {
        return top == Float.NEGATIVE_INFINITY ? 0 : top + Math.log(total);
    }

    double sum() {
        return sum;
    }

    /** Whether a class has the logit -inf. */
    boolean hidden() {
        return hidden;
    }

    /** v = p factor + shift for n logits of the row; 0 where the logit is -inf. The difference to the maximum loses nothing, that to the log-sum-exp would. */
    void gradient(float[] v, int n, double factor, double shift) {
        if (top == Float.NEGATIVE_INFINITY) {
            Arrays.fill(v, 0, n, 0f);
        } else if (hidden) {
            visible(v, n, top, (float) (factor / total), (float) shift);
        } else {
            all(v, n, top, (float) (factor / total), (float) shift);
        }
    }

    private static void all(float[] v, int n, float top, float factor, float shift) {
        for (int i = 0; i < n; i += L) {
            FloatVector p = Approx.expNegative(fromArray(S, v, i).sub(top));
            p.fma(FloatVector.broadcast(S, factor), FloatVector.broadcast(S, shift))
                    .intoArray(v, i);
        }
    }

    private static void visible(float[] v, int n, float top, float factor, float shift) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, v, i);
            FloatVector p = Approx.expNegative(x.sub(top));
            p.fma(FloatVector.broadcast(S, factor), FloatVector.broadcast(S, shift))
                    .blend(0f, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
                    .intoArray(v, i);
        }
    }
}
