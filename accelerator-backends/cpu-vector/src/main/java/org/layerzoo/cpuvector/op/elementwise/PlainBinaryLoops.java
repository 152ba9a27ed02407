package org.layerzoo.cpuvector.op.elementwise;

import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.cpuvector.Blocks;

/** Plain loops of two-argument functions over F64, I64 and truth values, and over F32 for functions without a vector loop. */
final class PlainBinaryLoops {
    private PlainBinaryLoops() {}

    static Blocks.Step floats(BinaryFn fn) {
        DoubleBinaryOperator f = ElementwiseReference.scalar(fn);
        return (x, y, n) -> {
            float[] a = (float[]) x[0];
            float[] b = (float[]) x[1];
            for (int i = 0; i < n; i++) {
                a[i] = (float) f.applyAsDouble(a[i], b[i]);
            }
            return a;
        };
    }

    /** Arithmetic by loops of its own, which the JIT compiler makes vectors of. */
    static Blocks.Step doubles(BinaryFn fn) {
        return switch (fn) {
            case ADD -> (x, y, n) -> add((double[]) x[0], (double[]) x[1], n);
            case SUB -> (x, y, n) -> sub((double[]) x[0], (double[]) x[1], n);
            case MUL -> (x, y, n) -> mul((double[]) x[0], (double[]) x[1], n);
            case DIV -> (x, y, n) -> div((double[]) x[0], (double[]) x[1], n);
            default -> eachDouble(fn);
        };
    }

    private static double[] add(double[] a, double[] b, int n) {
        for (int i = 0; i < n; i++) {
            a[i] += b[i];
        }
        return a;
    }

    private static double[] sub(double[] a, double[] b, int n) {
        for (int i = 0; i < n; i++) {
            a[i] -= b[i];
        }
        return a;
    }

    private static double[] mul(double[] a, double[] b, int n) {
        for (int i = 0; i < n; i++) {
            a[i] *= b[i];
        }
        return a;
    }

    private static double[] div(double[] a, double[] b, int n) {
        for (int i = 0; i < n; i++) {
            a[i] /= b[i];
        }
        return a;
    }

    private static Blocks.Step eachDouble(BinaryFn fn) {
        DoubleBinaryOperator f = ElementwiseReference.scalar(fn);
        return (x, y, n) -> {
            double[] a = (double[]) x[0];
            double[] b = (double[]) x[1];
            for (int i = 0; i < n; i++) {
                a[i] = f.applyAsDouble(a[i], b[i]);
            }
            return a;
        };
    }

    static Blocks.Step doubleTest(BinaryFn fn) {
        DoubleBinaryOperator f = ElementwiseReference.scalar(fn);
        return (x, y, n) -> {
            double[] a = (double[]) x[0];
            double[] b = (double[]) x[1];
            byte[] out = (byte[]) y;
            for (int i = 0; i < n; i++) {
                out[i] = (byte) f.applyAsDouble(a[i], b[i]);
            }
            return out;
        };
    }

    /** Truth values with truth values: both are 0 or 1. */
    static Optional<Blocks.Step> truths(BinaryFn fn) {
        return Optional.ofNullable(
                switch (fn) {
                    case AND ->
                        (x, y, n) -> {
                            byte[] a = (byte[]) x[0];
                            byte[] b = (byte[]) x[1];
                            for (int i = 0; i < n; i++) {
                                a[i] = (byte) (a[i] & b[i]);
                            }
                            return a;
                        };
                    case OR ->
                        (x, y, n) -> {
                            byte[] a = (byte[]) x[0];
                            byte[] b = (byte[]) x[1];
                            for (int i = 0; i < n; i++) {
                                a[i] = (byte) (a[i] | b[i]);
                            }
                            return a;
                        };
                    case XOR, NE ->
                        (x, y, n) -> {
                            byte[] a = (byte[]) x[0];
                            byte[] b = (byte[]) x[1];
                            for (int i = 0; i < n; i++) {
                                a[i] = (byte) (a[i] ^ b[i]);
                            }
                            return a;
                        };
                    default -> null;
                });
    }

    static Optional<Blocks.Step> longs(BinaryFn fn) {
        return Optional.ofNullable(
                switch (fn) {
                    case ADD -> longStep((a, b, i) -> a[i] += b[i]);
                    case SUB -> longStep((a, b, i) -> a[i] -= b[i]);
                    case MUL -> longStep((a, b, i) -> a[i] *= b[i]);
                    case MAX -> longStep((a, b, i) -> a[i] = Math.max(a[i], b[i]));
                    case MIN -> longStep((a, b, i) -> a[i] = Math.min(a[i], b[i]));
                    case EQ -> longTest((a, b) -> a == b);
                    case NE -> longTest((a, b) -> a != b);
                    case LT -> longTest((a, b) -> a < b);
                    case LE -> longTest((a, b) -> a <= b);
                    case GT -> longTest((a, b) -> a > b);
                    case GE -> longTest((a, b) -> a >= b);
                    default -> null;
                });
    }

    private interface LongStep {
        void apply(long[] a, long[] b, int i);
    }

    private interface LongTest {
        boolean test(long a, long b);
    }

    private static Blocks.Step longStep(LongStep f) {
        return (x, y, n) -> {
            long[] a = (long[]) x[0];
            long[] b = (long[]) x[1];
            for (int i = 0; i < n; i++) {
                f.apply(a, b, i);
            }
            return a;
        };
    }

    private static Blocks.Step longTest(LongTest f) {
        return (x, y, n) -> {
            long[] a = (long[]) x[0];
            long[] b = (long[]) x[1];
            byte[] out = (byte[]) y;
            for (int i = 0; i < n; i++) {
                out[i] = (byte) (f.test(a[i], b[i]) ? 1 : 0);
            }
            return out;
        };
    }
}
