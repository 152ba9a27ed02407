package org.layerzoo.cpuvector.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;

/** (condition, x, y) -> x where the condition holds, else y; vectors of F32, plain loops of F64 and I64. */
public final class WhereKernel implements Pointwise<Primitive.Where> {
    @Override
    public Optional<String> refusal(Primitive.Where op, List<TensorSpec> in) {
        DType t = in.get(1).dtype();
        return t == DType.F32 || t == DType.F64 || t == DType.I64
                ? Optional.empty()
                : Optional.of("no loop for where of " + t);
    }

    @Override
    public String kind(Primitive.Where op, List<TensorSpec> in) {
        return in.get(1).dtype() == DType.F32 ? "vector" : "scalar";
    }

    @Override
    public int cost(Primitive.Where op, List<TensorSpec> in) {
        return 1;
    }

    @Override
    public Blocks.Step step(Primitive.Where op, List<TensorSpec> in) {
        return switch (in.get(1).dtype()) {
            case F32 -> WhereKernel::floats;
            case F64 -> WhereKernel::doubles;
            default -> WhereKernel::longs;
        };
    }

    private static Object floats(Object[] x, Object y, int n) {
        float[] a = (float[]) x[1];
        Choices.choose((byte[]) x[0], a, (float[]) x[2], n);
        return a;
    }

    private static Object doubles(Object[] x, Object y, int n) {
        byte[] c = (byte[]) x[0];
        double[] a = (double[]) x[1];
        double[] b = (double[]) x[2];
        for (int i = 0; i < n; i++) {
            a[i] = c[i] != 0 ? a[i] : b[i];
        }
        return a;
    }

    private static Object longs(Object[] x, Object y, int n) {
        byte[] c = (byte[]) x[0];
        long[] a = (long[]) x[1];
        long[] b = (long[]) x[2];
        for (int i = 0; i < n; i++) {
            a[i] = c[i] != 0 ? a[i] : b[i];
        }
        return a;
    }
}
