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

/** Normalisers that make a weight of each score alone. Scores of -inf, which are hidden, give weight 0 and slope 0. */
sealed interface PointwiseWeights {
    VectorSpecies<Float> S = Width.FLOATS;
    int L = Width.LANES;

    /** Empty for those that look at whole rows. */
    static Optional<PointwiseWeights> of(Normaliser n) {
        return switch (n) {
            case Normaliser.Sigmoid s -> Optional.of(new Sigmoid((float) s.b()));
            case Normaliser.Relu2 r -> Optional.of(new Relu2());
            case Normaliser.Laplace l -> Optional.of(new Laplace((float) l.mu(), 1 / (l.sigma() * Math.sqrt(2))));
            case Normaliser.None o -> Optional.of(new Itself());
            case Normaliser.Softmax s -> Optional.empty();
            case Normaliser.Clip c -> Optional.empty();
            case Normaliser.MeanStd m -> Optional.empty();
        };
    }

    /** n scores, whole vectors, become weights. */
    void weigh(float[] m, int s, int n);

    /** Derivatives of the weights of n scores. */
    void slope(float[] m, int s, int to, int n);

    /** sigmoid(s + b). */
    record Sigmoid(float b) implements PointwiseWeights {
        @Override
        public void weigh(float[] m, int s, int n) {
            for (int i = s; i < s + n; i += L) {
                Approx.sigmoid(fromArray(S, m, i).add(b)).intoArray(m, i);
            }
        }

        @Override
        public void slope(float[] m, int s, int to, int n) {
            for (int i = 0; i < n; i += L) {
                // e / (1 + e)^2 with e = e^-|x|
                FloatVector e =
                        Approx.expNegative(fromArray(S, m, s + i).add(b).abs().neg());
                FloatVector d = e.add(1f);
                e.div(d.mul(d)).intoArray(m, to + i);
            }
        }
    }

    /** max(s, 0)^2. */
    record Relu2() implements PointwiseWeights {
        @Override
        public void weigh(float[] m, int s, int n) {
            for (int i = s; i < s + n; i += L) {
                FloatVector x = fromArray(S, m, i);
                FloatVector y = x.blend(0f, x.compare(VectorOperators.LT, 0f));
                y.mul(y).intoArray(m, i);
            }
        }

        @Override
        public void slope(float[] m, int s, int to, int n) {
            for (int i = 0; i < n; i += L) {
                FloatVector x = fromArray(S, m, s + i);
                x.blend(0f, x.compare(VectorOperators.LT, 0f)).mul(2f).intoArray(m, to + i);
            }
        }
    }

    /** (1 + erf((s - mu) rate)) / 2. */
    record Laplace(float mu, double rate) implements PointwiseWeights {
        @Override
        public void weigh(float[] m, int s, int n) {
            float r = (float) rate;
            for (int i = s; i < s + n; i += L) {
                Approx.erf(fromArray(S, m, i).sub(mu).mul(r))
                        .fma(broadcast(S, 0.5f), broadcast(S, 0.5f))
                        .intoArray(m, i);
            }
        }

        @Override
        public void slope(float[] m, int s, int to, int n) {
            float r = (float) rate;
            float density = (float) (rate / Math.sqrt(Math.PI));
            for (int i = 0; i < n; i += L) {
                FloatVector x = fromArray(S, m, s + i).sub(mu).mul(r);
                Approx.expNegative(x.mul(x).neg()).mul(density).intoArray(m, to + i);
            }
        }
    }

    /** The score itself. */
    record Itself() implements PointwiseWeights {
        @Override
        public void weigh(float[] m, int s, int n) {
            for (int i = s; i < s + n; i += L) {
                FloatVector x = fromArray(S, m, i);
                x.blend(0f, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
                        .intoArray(m, i);
            }
        }

        @Override
        public void slope(float[] m, int s, int to, int n) {
            for (int i = 0; i < n; i += L) {
                FloatVector x = fromArray(S, m, s + i);
                broadcast(S, 1f)
                        .blend(0f, x.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY))
                        .intoArray(m, to + i);
            }
        }
    }
}
