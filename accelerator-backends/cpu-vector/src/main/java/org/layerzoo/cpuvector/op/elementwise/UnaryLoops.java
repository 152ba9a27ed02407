package org.layerzoo.cpuvector.op.elementwise;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/** One small loop a function, in place on an array that is at least n rounded up to whole vectors long. Each loop compiles on its own: that is what keeps the JIT compiler's limits away. */
public final class UnaryLoops {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private UnaryLoops() {}

    /** v[i] = f(v[i]) for i below n; what lies behind n up to the next whole vector is overwritten. */
    @FunctionalInterface
    public interface Loop {
        void apply(float[] v, int n);
    }

    /** The vector loop of a function, where it has one. */
    public static Optional<Loop> of(UnaryFn fn) {
        return Optional.ofNullable(
                switch (fn) {
                    case NEG -> UnaryLoops::neg;
                    case ABS -> UnaryLoops::abs;
                    case SIGN -> UnaryLoops::sign;
                    case EXP -> UnaryLoops::exp;
                    case EXPM1 -> UnaryLoops::expm1;
                    case LOG -> UnaryLoops::log;
                    case LOG1P -> UnaryLoops::log1p;
                    case SQRT -> UnaryLoops::sqrt;
                    case RSQRT -> UnaryLoops::rsqrt;
                    case SQUARE -> UnaryLoops::square;
                    case RECIPROCAL -> UnaryLoops::reciprocal;
                    case SIN -> Trigonometry::sin;
                    case COS -> Trigonometry::cos;
                    case TANH -> UnaryLoops::tanh;
                    case SIGMOID -> UnaryLoops::sigmoid;
                    case LOGSIGMOID -> UnaryLoops::logSigmoid;
                    case SILU -> UnaryLoops::silu;
                    case GELU -> UnaryLoops::gelu;
                    case GELU_TANH -> UnaryLoops::geluTanh;
                    case SOFTPLUS -> UnaryLoops::softplus;
                    case RELU -> UnaryLoops::relu;
                    case ERF -> UnaryLoops::erf;
                    case ROUND -> UnaryLoops::round;
                    case FLOOR -> UnaryLoops::floor;
                    case CEIL -> UnaryLoops::ceil;
                    case TAN, ATAN, LGAMMA, DIGAMMA, TRIGAMMA, NOT, ISFINITE -> null;
                });
    }

    static void neg(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, v, i).neg().intoArray(v, i);
        }
    }

    static void abs(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, v, i).abs().intoArray(v, i);
        }
    }

    static void sqrt(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, v, i).sqrt().intoArray(v, i);
        }
    }

    static void square(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector x = fromArray(S, v, i);
            x.mul(x).intoArray(v, i);
        }
    }

    static void reciprocal(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.broadcast(S, 1f).div(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void rsqrt(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            FloatVector.broadcast(S, 1f).div(fromArray(S, v, i).sqrt()).intoArray(v, i);
        }
    }

    static void relu(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, v, i).max(0f).intoArray(v, i);
        }
    }

    static void exp(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.exp(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void expm1(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.expm1(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void log(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.log(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void log1p(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.log1p(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void tanh(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.tanh(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void sigmoid(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.sigmoid(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void logSigmoid(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.logSigmoid(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void silu(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.silu(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void gelu(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.gelu(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void geluTanh(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.geluTanh(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void softplus(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.softplus(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void erf(float[] v, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.erf(fromArray(S, v, i)).intoArray(v, i);
        }
    }

    static void sign(float[] v, int n) {
        for (int i = 0; i < n; i++) {
            v[i] = Math.signum(v[i]);
        }
    }

    static void round(float[] v, int n) {
        for (int i = 0; i < n; i++) {
            v[i] = (float) Math.rint(v[i]);
        }
    }

    static void floor(float[] v, int n) {
        for (int i = 0; i < n; i++) {
            v[i] = (float) Math.floor(v[i]);
        }
    }

    static void ceil(float[] v, int n) {
        for (int i = 0; i < n; i++) {
            v[i] = (float) Math.ceil(v[i]);
        }
    }
}
