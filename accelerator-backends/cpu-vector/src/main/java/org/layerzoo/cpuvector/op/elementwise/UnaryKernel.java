package org.layerzoo.cpuvector.op.elementwise;

import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.elementwise.ElementwiseReference;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;

/** x -> fn(x): F32 by a vector loop where the function has one, otherwise F32 and F64 by a plain loop. */
public final class UnaryKernel implements Pointwise<Primitive.Unary> {
    @Override
    public Optional<String> refusal(Primitive.Unary op, List<TensorSpec> in) {
        DType t = in.getFirst().dtype();
        boolean numbers = op.fn() != Primitive.UnaryFn.NOT && op.fn() != Primitive.UnaryFn.ISFINITE;
        return numbers && (t == DType.F32 || t == DType.F64)
                ? Optional.empty()
                : Optional.of("no loop for " + op.name() + " of " + t);
    }

    @Override
    public String kind(Primitive.Unary op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32 && UnaryLoops.of(op.fn()).isPresent() ? "vector" : "scalar";
    }

    @Override
    public Blocks.Step step(Primitive.Unary op, List<TensorSpec> in) {
        if (in.getFirst().dtype() == DType.F64) {
            return doubles(ElementwiseReference.scalar(op.fn()));
        }
        return UnaryLoops.of(op.fn())
                .map(UnaryKernel::vector)
                .orElseGet(() -> floats(ElementwiseReference.scalar(op.fn())));
    }

    @Override
    public int cost(Primitive.Unary op, List<TensorSpec> in) {
        return kind(op, in).equals("vector") ? 2 : 16;
    }

    private static Blocks.Step vector(UnaryLoops.Loop loop) {
        return (x, y, n) -> {
            loop.apply((float[]) x[0], n);
            return x[0];
        };
    }

    static Blocks.Step floats(DoubleUnaryOperator f) {
        return (x, y, n) -> {
            float[] v = (float[]) x[0];
            for (int i = 0; i < n; i++) {
                v[i] = (float) f.applyAsDouble(v[i]);
            }
            return v;
        };
    }

    static Blocks.Step doubles(DoubleUnaryOperator f) {
        return (x, y, n) -> {
            double[] v = (double[]) x[0];
            for (int i = 0; i < n; i++) {
                v[i] = f.applyAsDouble(v[i]);
            }
            return v;
        };
    }
}
