package org.layerzoo.cpuvector.op.elementwise;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Optional;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/** Loops x[i] = f(x[i], y[i]) over F32. */
final class BinaryLoops {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private BinaryLoops() {}

    @FunctionalInterface
    interface Loop {
        void apply(float[] x, float[] y, int n);
    }

    static Optional<Loop> of(BinaryFn fn) {
        return Optional.ofNullable(
                switch (fn) {
                    case ADD -> BinaryLoops::add;
                    case SUB -> BinaryLoops::sub;
                    case MUL -> BinaryLoops::mul;
                    case DIV -> BinaryLoops::div;
                    case MAX -> BinaryLoops::max;
                    case MIN -> BinaryLoops::min;
                    case LOGADDEXP -> BinaryLoops::logAddExp;
                    default -> null;
                });
    }

    private static void add(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, x, i).add(fromArray(S, y, i)).intoArray(x, i);
        }
    }

    private static void sub(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, x, i).sub(fromArray(S, y, i)).intoArray(x, i);
        }
    }

    private static void mul(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, x, i).mul(fromArray(S, y, i)).intoArray(x, i);
        }
    }

    private static void div(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, x, i).div(fromArray(S, y, i)).intoArray(x, i);
        }
    }

    private static void max(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, x, i).max(fromArray(S, y, i)).intoArray(x, i);
        }
    }

    private static void min(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            fromArray(S, x, i).min(fromArray(S, y, i)).intoArray(x, i);
        }
    }

    private static void logAddExp(float[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            Approx.logAddExp(fromArray(S, x, i), fromArray(S, y, i)).intoArray(x, i);
        }
    }
}
