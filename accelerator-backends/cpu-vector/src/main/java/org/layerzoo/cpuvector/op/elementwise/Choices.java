package org.layerzoo.cpuvector.op.elementwise;

import static jdk.incubator.vector.FloatVector.fromArray;

import java.util.Optional;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.cpuvector.Width;

/**
 * Comparisons of F32 into truth values, and the choice by them. Masks go between lanes of four bytes and of one; vectors of four floats
 * have no such vector of bytes and take plain loops.
 */
final class Choices {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final int L = Width.LANES;
    /** Whether there are vectors of as many bytes. */
    private static final boolean VECTORS = L >= 8;

    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * L)));
    private static final ByteVector ZEROS = ByteVector.zero(B);

    private Choices() {}

    /** Truth values of x[i] and y[i]; all arrays hold whole vectors. */
    @FunctionalInterface
    interface Test {
        void apply(float[] x, float[] y, byte[] out, int n);
    }

    static Optional<Test> test(BinaryFn fn) {
        return Optional.ofNullable(
                switch (fn) {
                    case EQ -> Choices::eq;
                    case NE -> Choices::ne;
                    case LT -> Choices::lt;
                    case LE -> Choices::le;
                    case GT -> (x, y, out, n) -> lt(y, x, out, n);
                    case GE -> (x, y, out, n) -> le(y, x, out, n);
                    default -> null;
                });
    }

    private static void eq(float[] x, float[] y, byte[] out, int n) {
        if (!VECTORS) {
            for (int i = 0; i < n; i++) {
                out[i] = (byte) (x[i] == y[i] ? 1 : 0);
            }
            return;
        }
        for (int i = 0; i < n; i += L) {
            ZEROS.blend(
                            (byte) 1,
                            fromArray(S, x, i)
                                    .compare(VectorOperators.EQ, fromArray(S, y, i))
                                    .cast(B))
                    .intoArray(out, i);
        }
    }

    private static void ne(float[] x, float[] y, byte[] out, int n) {
        if (!VECTORS) {
            for (int i = 0; i < n; i++) {
                out[i] = (byte) (x[i] != y[i] ? 1 : 0);
            }
            return;
        }
        for (int i = 0; i < n; i += L) {
            ZEROS.blend(
                            (byte) 1,
                            fromArray(S, x, i)
                                    .compare(VectorOperators.NE, fromArray(S, y, i))
                                    .cast(B))
                    .intoArray(out, i);
        }
    }

    private static void lt(float[] x, float[] y, byte[] out, int n) {
        if (!VECTORS) {
            for (int i = 0; i < n; i++) {
                out[i] = (byte) (x[i] < y[i] ? 1 : 0);
            }
            return;
        }
        for (int i = 0; i < n; i += L) {
            ZEROS.blend(
                            (byte) 1,
                            fromArray(S, x, i)
                                    .compare(VectorOperators.LT, fromArray(S, y, i))
                                    .cast(B))
                    .intoArray(out, i);
        }
    }

    private static void le(float[] x, float[] y, byte[] out, int n) {
        if (!VECTORS) {
            for (int i = 0; i < n; i++) {
                out[i] = (byte) (x[i] <= y[i] ? 1 : 0);
            }
            return;
        }
        for (int i = 0; i < n; i += L) {
            ZEROS.blend(
                            (byte) 1,
                            fromArray(S, x, i)
                                    .compare(VectorOperators.LE, fromArray(S, y, i))
                                    .cast(B))
                    .intoArray(out, i);
        }
    }

    /** a[i] = c[i] ? a[i] : b[i]. */
    static void choose(byte[] c, float[] a, float[] b, int n) {
        if (!VECTORS) {
            for (int i = 0; i < n; i++) {
                a[i] = c[i] != 0 ? a[i] : b[i];
            }
            return;
        }
        for (int i = 0; i < n; i += L) {
            fromArray(S, b, i)
                    .blend(
                            fromArray(S, a, i),
                            ByteVector.fromArray(B, c, i)
                                    .compare(VectorOperators.NE, 0)
                                    .cast(S))
                    .intoArray(a, i);
        }
    }
}
