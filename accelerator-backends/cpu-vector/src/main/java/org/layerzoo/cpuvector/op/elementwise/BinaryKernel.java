package org.layerzoo.cpuvector.op.elementwise;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.cpuvector.Blocks;

/** (x, y) -> fn(x, y) with broadcast: F32 arithmetic in vector loops, everything else in plain ones. */
public final class BinaryKernel implements Pointwise<Primitive.Binary> {
    @Override
    public Optional<String> refusal(Primitive.Binary op, List<TensorSpec> in) {
        return step(op.fn(), in.getFirst().dtype()).isPresent()
                ? Optional.empty()
                : Optional.of(
                        "no loop for " + op.name() + " of " + in.getFirst().dtype());
    }

    @Override
    public String kind(Primitive.Binary op, List<TensorSpec> in) {
        return in.getFirst().dtype() == DType.F32
                        && (BinaryLoops.of(op.fn()).isPresent()
                                || Choices.test(op.fn()).isPresent())
                ? "vector"
                : "scalar";
    }

    @Override
    public Blocks.Step step(Primitive.Binary op, List<TensorSpec> in) {
        return step(op.fn(), in.getFirst().dtype()).orElseThrow();
    }

    @Override
    public int cost(Primitive.Binary op, List<TensorSpec> in) {
        return 1;
    }

    private static boolean isTest(BinaryFn fn) {
        return fn.compareTo(BinaryFn.EQ) >= 0;
    }

    private static Optional<Blocks.Step> step(BinaryFn fn, DType t) {
        boolean logic = fn.compareTo(BinaryFn.AND) >= 0;
        return switch (t) {
            case F32 -> logic ? Optional.empty() : Optional.of(floats(fn));
            case F64 ->
                logic
                        ? Optional.empty()
                        : Optional.of(isTest(fn) ? PlainBinaryLoops.doubleTest(fn) : PlainBinaryLoops.doubles(fn));
            case I64 -> PlainBinaryLoops.longs(fn);
            case BOOL -> PlainBinaryLoops.truths(fn);
            case I32, BF16, F16 -> Optional.empty();
        };
    }

    private static Blocks.Step floats(BinaryFn fn) {
        Optional<BinaryLoops.Loop> loop = BinaryLoops.of(fn);
        if (loop.isPresent()) {
            return (x, y, n) -> {
                loop.get().apply((float[]) x[0], (float[]) x[1], n);
                return x[0];
            };
        }
        Optional<Choices.Test> test = Choices.test(fn);
        if (test.isPresent()) {
            return (x, y, n) -> {
                test.get().apply((float[]) x[0], (float[]) x[1], (byte[]) y, n);
                return y;
            };
        }
        return PlainBinaryLoops.floats(fn);
    }
}
