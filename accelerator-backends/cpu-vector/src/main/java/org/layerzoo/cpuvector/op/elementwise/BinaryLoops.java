package org.layerzoo.cpuvector.op.elementwise;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Optional;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.cpuvector.Approx;
import org.layerzoo.cpuvector.Width;

/** Loops x[i] = f(x[i], y[i]) over F32, and their comparisons into truth values. */
final class BinaryLoops {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;

    private BinaryLoops() {}

    @FunctionalInterface
    interface Loop {
        void apply(float[] x, float[] y, int n);
    }

    /** Truth values of a comparison. */
    @FunctionalInterface
    interface Test {
        void apply(float[] x, float[] y, byte[] out, int n);
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

    static Optional<Test> test(BinaryFn fn) {
        return Optional.ofNullable(
                switch (fn) {
                    case EQ -> BinaryLoops::eq;
                    case NE -> BinaryLoops::ne;
                    case LT -> BinaryLoops::lt;
                    case LE -> BinaryLoops::le;
                    case GT -> (x, y, out, n) -> lt(y, x, out, n);
                    case GE -> (x, y, out, n) -> le(y, x, out, n);
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

    private static void eq(float[] x, float[] y, byte[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = (byte) (x[i] == y[i] ? 1 : 0);
        }
    }

    private static void ne(float[] x, float[] y, byte[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = (byte) (x[i] != y[i] ? 1 : 0);
        }
    }

    private static void lt(float[] x, float[] y, byte[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = (byte) (x[i] < y[i] ? 1 : 0);
        }
    }

    private static void le(float[] x, float[] y, byte[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = (byte) (x[i] <= y[i] ? 1 : 0);
        }
    }
}
