package org.layerzoo.cpuvector.op.elementwise;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Scratch;
import org.layerzoo.cpuvector.Width;

/**
 * One loop for each pair of dtypes. BF16 is shifts of vectors, which round to even and keep NaN; the others are plain loops over
 * arrays, each alone, which the JIT compiler makes vectors of where the processor has the conversion.
 */
public final class CastLoops {
    private static final VectorSpecies<Float> S = Width.FLOATS;
    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(S.vectorBitSize()));
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(S.vectorBitSize() / 2));
    private static final int L = Width.LANES;
    private static final Scratch WIDE = new Scratch();
    private static final ThreadLocal<long[]> INTEGERS = ThreadLocal.withInitial(() -> new long[Blocks.BLOCK]);

    private CastLoops() {}

    static boolean isHalf(DType t) {
        return t == DType.BF16 || t == DType.F16;
    }

    /** Halves by way of F32, which holds them all and to which every other number is rounded first. */
    static Blocks.Step of(DType from, DType to) {
        if (from == to) {
            return (x, y, n) -> x[0];
        } else if (from == DType.F32) {
            return (x, y, n) -> fromFloats((float[]) x[0], to, y, n);
        } else if (to == DType.F32) {
            return (x, y, n) -> toFloats(x[0], from, (float[]) y, n);
        } else if (isHalf(from) || isHalf(to)) {
            return (x, y, n) -> fromFloats(toFloats(x[0], from, WIDE.floats(n), n), to, y, n);
        }
        return switch (from) {
            case F64 -> (x, y, n) -> fromDoubles((double[]) x[0], y, n);
            case I64 -> (x, y, n) -> fromLongs((long[]) x[0], y, n);
            default -> (x, y, n) -> fromLongs(toLongs(x[0], INTEGERS.get(), n), y, n);
        };
    }

    static float[] toFloats(Object x, DType from, float[] y, int n) {
        switch (x) {
            case float[] a -> System.arraycopy(a, 0, y, 0, n);
            case double[] a -> doublesToFloats(a, y, n);
            case long[] a -> longsToFloats(a, y, n);
            case int[] a -> intsToFloats(a, y, n);
            case byte[] a -> truthsToFloats(a, y, n);
            case short[] a when from == DType.BF16 -> bf16ToFloats(a, y, n);
            case short[] a -> f16ToFloats(a, y, n);
            default -> throw new IllegalArgumentException("no numbers: " + x.getClass());
        }
        return y;
    }

    /** Writes n numbers of {@code x} into y, an array that fits the dtype, and returns it. */
    public static Object fromFloats(float[] x, DType to, Object y, int n) {
        switch (y) {
            case double[] a -> floatsToDoubles(x, a, n);
            case long[] a -> floatsToLongs(x, a, n);
            case int[] a -> floatsToInts(x, a, n);
            case byte[] a -> floatsToTruths(x, a, n);
            case short[] a when to == DType.BF16 -> floatsToBf16(x, a, n);
            case short[] a -> floatsToF16(x, a, n);
            default -> throw new IllegalArgumentException("no numbers: " + y.getClass());
        }
        return y;
    }

    private static void bf16ToFloats(short[] x, float[] y, int n) {
        for (int i = 0; i < n; i += L) {
            IntVector v = (IntVector)
                    ShortVector.fromArray(SHORTS, x, i).convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(y, i);
        }
    }

    private static void floatsToBf16(float[] x, short[] y, int n) {
        for (int i = 0; i < n; i += L) {
            IntVector v = fromArray(S, x, i).reinterpretAsInts();
            IntVector high = v.lanewise(VectorOperators.LSHR, 16);
            IntVector even = v.add(0x7FFF).add(high.and(1)).lanewise(VectorOperators.LSHR, 16);
            VectorMask<Integer> nan = v.and(Integer.MAX_VALUE).compare(VectorOperators.GT, 0x7F800000);
            ((ShortVector) even.blend(high.or(0x40), nan).convertShape(VectorOperators.I2S, SHORTS, 0)).intoArray(y, i);
        }
    }

    private static void f16ToFloats(short[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = Float.float16ToFloat(x[i]);
        }
    }

    private static void floatsToF16(float[] x, short[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = Float.floatToFloat16(x[i]);
        }
    }

    private static void doublesToFloats(double[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (float) x[i];
        }
    }

    private static void floatsToDoubles(float[] x, double[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = x[i];
        }
    }

    private static void longsToFloats(long[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (float) (double) x[i];
        }
    }

    private static void floatsToLongs(float[] x, long[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (long) x[i];
        }
    }

    private static void intsToFloats(int[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = x[i];
        }
    }

    private static void floatsToInts(float[] x, int[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (int) x[i];
        }
    }

    private static void truthsToFloats(byte[] x, float[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = x[i] != 0 ? 1 : 0;
        }
    }

    private static void floatsToTruths(float[] x, byte[] y, int n) {
        for (int i = 0; i < n; i++) {
            y[i] = (byte) (x[i] != 0 ? 1 : 0);
        }
    }

    private static Object fromDoubles(double[] x, Object y, int n) {
        switch (y) {
            case long[] a -> {
                for (int i = 0; i < n; i++) {
                    a[i] = (long) x[i];
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    a[i] = (int) x[i];
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    a[i] = (byte) (x[i] != 0 ? 1 : 0);
                }
            }
            default -> throw new IllegalArgumentException("no numbers: " + y.getClass());
        }
        return y;
    }

    private static Object fromLongs(long[] x, Object y, int n) {
        switch (y) {
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    a[i] = x[i];
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    a[i] = (int) x[i];
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    a[i] = (byte) (x[i] != 0 ? 1 : 0);
                }
            }
            case long[] a -> System.arraycopy(x, 0, a, 0, n);
            default -> throw new IllegalArgumentException("no numbers: " + y.getClass());
        }
        return y;
    }

    private static long[] toLongs(Object x, long[] y, int n) {
        switch (x) {
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i];
                }
            }
            case byte[] a -> {
                for (int i = 0; i < n; i++) {
                    y[i] = a[i] != 0 ? 1 : 0;
                }
            }
            default -> throw new IllegalArgumentException("no integers: " + x.getClass());
        }
        return y;
    }
}
