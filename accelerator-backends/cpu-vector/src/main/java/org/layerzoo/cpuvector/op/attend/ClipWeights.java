package org.layerzoo.cpuvector.op.attend;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/**
 * Softmax weights stretched and clipped: min(max(scale e^(s - lse) + low, 0), 1). They need the log-sum-exp of whole rows, hence a second
 * sweep over the keys. Only a low of at most 0, which leaves hidden keys at 0.
 */
record ClipWeights(float scale, float low) {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final int ROWS = Lanes.PANEL;

    static Optional<ClipWeights> of(Normaliser n) {
        return n instanceof Normaliser.Clip c && c.gamma() <= 0
                ? Optional.of(new ClipWeights((float) (c.zeta() - c.gamma()), (float) c.gamma()))
                : Optional.empty();
    }

    /** Scores [count, ROWS] become weights. @param totals where the rows' log-sum-exps are, infinity for rows that see nothing */
    void weigh(float[] m, int s, int count, int totals) {
        for (int x = 0; x < ROWS; x += L) {
            FloatVector total = fromArray(S, m, totals + x);
            int end = s + count * ROWS;
            for (int at = s + x; at < end; at += ROWS) {
                Approx.expNegative(fromArray(S, m, at).sub(total)).intoArray(m, at);
            }
        }
        clip(m, s, count);
    }

    /** Softmax weights [count, ROWS] become clipped ones. */
    void clip(float[] m, int p, int count) {
        FloatVector a = broadcast(S, scale);
        FloatVector b = broadcast(S, low);
        for (int i = p; i < p + count * ROWS; i += L) {
            FloatVector w = fromArray(S, m, i).fma(a, b);
            w = w.blend(0f, w.compare(VectorOperators.LT, 0f));
            w.blend(1f, w.compare(VectorOperators.GT, 1f)).intoArray(m, i);
        }
    }

    /** Gradients of clipped weights become those of the softmax weights p: 0 where one was clipped. */
    void slope(float[] m, int p, int ds, int count) {
        FloatVector a = broadcast(S, scale);
        FloatVector b = broadcast(S, low);
        for (int i = 0; i < count * ROWS; i += L) {
            FloatVector w = fromArray(S, m, p + i).fma(a, b);
            fromArray(S, m, ds + i)
                    .mul(a)
                    .blend(0f, w.compare(VectorOperators.LT, 0f).or(w.compare(VectorOperators.GT, 1f)))
                    .intoArray(m, ds + i);
        }
    }
}
