package org.layerzoo.cpuvector.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Elements;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;
import org.layerzoo.cpuvector.Kernel;

/** x -> x in another dtype, by plain loops; F32, F64, BF16, F16 among each other and BOOL, I32, I64 to and from F32. */
public final class CastKernel implements Kernel<Primitive.Cast> {
    @Override
    public Optional<String> refusal(Primitive.Cast op, List<TensorSpec> in) {
        DType from = in.getFirst().dtype();
        return step(from, op.to()).isPresent()
                ? Optional.empty()
                : Optional.of("no loop from " + from + " to " + op.to());
    }

    @Override
    public String kind(Primitive.Cast op, List<TensorSpec> in) {
        return "scalar";
    }

    @Override
    public List<Tensor> run(Primitive.Cast op, List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.allocate(new TensorSpec(op.to(), x.shape()));
        return List.of(Blocks.map(out, in, 1, step(x.dtype(), op.to()).orElseThrow()));
    }

    private static Optional<Blocks.Step> step(DType from, DType to) {
        if (from == to) {
            return Optional.of((x, y, n) -> x[0]);
        }
        if (to == DType.F32) {
            return Optional.ofNullable(toFloat(from));
        }
        return Optional.ofNullable(
                from == DType.F32
                        ? fromFloat(to)
                        : from == DType.BOOL && to == DType.I64 ? CastKernel::truthsToLongs : null);
    }

    private static Blocks.Step toFloat(DType from) {
        return (x, y, n) -> {
            float[] out = (float[]) y;
            switch (from) {
                case F64 -> {
                    double[] a = (double[]) x[0];
                    for (int i = 0; i < n; i++) {
                        out[i] = (float) a[i];
                    }
                }
                case BF16 -> {
                    short[] a = (short[]) x[0];
                    for (int i = 0; i < n; i++) {
                        out[i] = Float.intBitsToFloat(a[i] << 16);
                    }
                }
                case F16 -> {
                    short[] a = (short[]) x[0];
                    for (int i = 0; i < n; i++) {
                        out[i] = Float.float16ToFloat(a[i]);
                    }
                }
                default -> integersToFloats(x[0], out, n);
            }
            return out;
        };
    }

    private static void integersToFloats(Object x, float[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = switch (x) {
                case long[] a -> (float) (double) a[i];
                case int[] a -> a[i];
                case byte[] a -> a[i] != 0 ? 1 : 0;
                default -> throw new IllegalArgumentException("no numbers: " + x.getClass());
            };
        }
    }

    private static Blocks.Step fromFloat(DType to) {
        return (x, y, n) -> {
            float[] a = (float[]) x[0];
            switch (y) {
                case double[] out -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = a[i];
                    }
                }
                case short[] out
                when to == DType.BF16 -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = Elements.floatToBf16(a[i]);
                    }
                }
                case short[] out -> {
                    for (int i = 0; i < n; i++) {
                        out[i] = Float.floatToFloat16(a[i]);
                    }
                }
                default -> floatsToIntegers(a, y, n);
            }
            return y;
        };
    }

    private static void floatsToIntegers(float[] a, Object y, int n) {
        for (int i = 0; i < n; i++) {
            switch (y) {
                case long[] out -> out[i] = (long) a[i];
                case int[] out -> out[i] = (int) a[i];
                case byte[] out -> out[i] = (byte) (a[i] != 0 ? 1 : 0);
                default -> throw new IllegalArgumentException("no numbers: " + y.getClass());
            }
        }
    }

    private static Object truthsToLongs(Object[] x, Object y, int n) {
        byte[] a = (byte[]) x[0];
        long[] out = (long[]) y;
        for (int i = 0; i < n; i++) {
            out[i] = a[i] != 0 ? 1 : 0;
        }
        return out;
    }
}
