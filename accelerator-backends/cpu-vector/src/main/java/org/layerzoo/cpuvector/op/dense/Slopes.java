package org.layerzoo.cpuvector.op.dense;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.dense.Activation;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;

/** Derivatives of activations. Each loop compiles on its own, as those of the functions do. */
final class Slopes {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    private static final float SQRT_HALF = 0.70710678f;
    private static final float DENSITY = 0.39894228f; // 1 / sqrt(2 pi)
    private static final float CUBE = 0.044715f;
    private static final float RATE = 1.59576912f; // 2 sqrt(2 / pi)

    /** From here on a GELU is a straight line. */
    private static final float FAR = 20f;

    private static final Scratch TERMS = new Scratch();

    /**
     * One loop of a slope that takes several; t holds what passes between them. They are called through this type, behind which the JIT
     * compiler does not look: with two functions in one compiled method it stops inlining and every vector goes to the heap.
     */
    @FunctionalInterface
    private interface Part {
        void apply(float[] z, float[] t, float[] g, int n);
    }

    /** Phi(x) + x phi(x). */
    private static final Part[] GELU = {Slopes::error, Slopes::cumulative, Slopes::density};

    /** s + x s (1 - s) u' with s = sigmoid(u), u = c (x + k x^3). */
    private static final Part[] GELU_TANH = {Slopes::cubic, Slopes::gate, Slopes::product};

    private Slopes() {}

    /** g[i] = g[i] f'(z[i]) for i below n, overrunning both arrays to the next whole vector. */
    @FunctionalInterface
    interface Loop {
        void apply(float[] z, float[] g, int n);
    }

    /** By what the function was applied to; empty for the identity. */
    static Optional<Loop> ofArgument(Activation a) {
        return switch (a) {
            case NONE -> Optional.empty();
            case RELU -> Optional.of(Slopes::relu);
            case GELU -> Optional.of(Slopes::gelu);
            case GELU_TANH -> Optional.of(Slopes::geluTanh);
            case SILU -> Optional.of(Slopes::silu);
            case SIGMOID -> Optional.of(Slopes::sigmoid);
            case TANH -> Optional.of(Slopes::tanh);
        };
    }

    /** By the function's result, where that tells the derivative. */
    static Optional<Loop> ofResult(Activation a) {
        return switch (a) {
            case RELU -> Optional.of(Slopes::relu);
            case SIGMOID -> Optional.of(Slopes::sigmoidOfResult);
            case TANH -> Optional.of(Slopes::tanhOfResult);
            default -> Optional.empty();
        };
    }

    /** Into [-bound, bound], beyond which a slope is constant; a comparison and a blend keep NaN and take two instructions. */
    private static FloatVector clamped(FloatVector x, float bound) {
        FloatVector y = x.blend(bound, x.compare(VectorOperators.GT, bound));
        return y.blend(-bound, x.compare(VectorOperators.LT, -bound));
    }

    private static void relu(float[] z, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, z, i);
            FloatVector.zero(S)
                    .blend(fromArray(S, g, i), x.compare(VectorOperators.GT, 0f))
                    .intoArray(g, i);
        }
    }

    private static void sigmoidOfResult(float[] y, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector s = fromArray(S, y, i);
            fromArray(S, g, i).mul(s).mul(s.neg().add(1f)).intoArray(g, i);
        }
    }

    private static void tanhOfResult(float[] y, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector s = fromArray(S, y, i);
            fromArray(S, g, i).mul(s.neg().fma(s, FloatVector.broadcast(S, 1f))).intoArray(g, i);
        }
    }

    /** e / (1 + e)^2 with e = e^-|x|. */
    private static void sigmoid(float[] z, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector e = Approx.exp(fromArray(S, z, i).abs().neg());
            FloatVector d = e.add(1f);
            fromArray(S, g, i).mul(e.div(d.mul(d))).intoArray(g, i);
        }
    }

    /** 4 e / (1 + e)^2 with e = e^-2|x|. */
    private static void tanh(float[] z, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector e = Approx.exp(fromArray(S, z, i).abs().mul(-2f));
            FloatVector d = e.add(1f);
            fromArray(S, g, i).mul(e.mul(4f).div(d.mul(d))).intoArray(g, i);
        }
    }

    /** s (1 + x (1 - s)). */
    private static void silu(float[] z, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            // from 120 on the slope is that of a straight line, and infinity times 0 is kept away
            FloatVector x = clamped(fromArray(S, z, i), 120f);
            FloatVector s = Approx.sigmoid(x);
            FloatVector slope = x.mul(s.neg().add(1f)).add(1f).mul(s);
            fromArray(S, g, i).mul(slope).intoArray(g, i);
        }
    }

    private static void gelu(float[] z, float[] g, int n) {
        run(GELU, z, g, n);
    }

    private static void geluTanh(float[] z, float[] g, int n) {
        run(GELU_TANH, z, g, n);
    }

    private static void run(Part[] parts, float[] z, float[] g, int n) {
        float[] t = TERMS.floats(n);
        for (Part p : parts) {
            p.apply(z, t, g, n);
        }
    }

    private static void error(float[] z, float[] t, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.erfOfSize(fromArray(S, z, i).abs().mul(SQRT_HALF)).intoArray(t, i);
        }
    }

    /** Phi(z) of the error function of |z| / sqrt 2. */
    private static void cumulative(float[] z, float[] t, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector e = fromArray(S, t, i);
            e.blend(e.neg(), fromArray(S, z, i).compare(VectorOperators.LT, 0f))
                    .mul(0.5f)
                    .add(0.5f)
                    .intoArray(t, i);
        }
    }

    /** g (t + z phi(z)). */
    private static void density(float[] z, float[] t, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, z, i);
            FloatVector p = Approx.expNegative(x.mul(x).mul(-0.5f)).mul(DENSITY).mul(x);
            // the factor x may be infinite
            p.blend(0f, x.abs().compare(VectorOperators.GT, FAR))
                    .add(fromArray(S, t, i))
                    .mul(fromArray(S, g, i))
                    .intoArray(g, i);
        }
    }

    /** u = c (x + k x^3). */
    private static void cubic(float[] z, float[] t, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = clamped(fromArray(S, z, i), FAR);
            x.mul(x)
                    .fma(FloatVector.broadcast(S, CUBE), FloatVector.broadcast(S, 1f))
                    .mul(x)
                    .mul(RATE)
                    .intoArray(t, i);
        }
    }

    private static void gate(float[] z, float[] t, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.sigmoid(fromArray(S, t, i)).intoArray(t, i);
        }
    }

    /** g (s + x s (1 - s) u') of s = sigmoid(u). */
    private static void product(float[] z, float[] t, float[] g, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = clamped(fromArray(S, z, i), FAR);
            FloatVector y = fromArray(S, t, i);
            FloatVector du = x.mul(x)
                    .fma(FloatVector.broadcast(S, 3 * CUBE), FloatVector.broadcast(S, 1f))
                    .mul(RATE);
            FloatVector slope = x.mul(y.neg().add(1f)).mul(du).add(1f).mul(y);
            fromArray(S, g, i).mul(slope).intoArray(g, i);
        }
    }
}
