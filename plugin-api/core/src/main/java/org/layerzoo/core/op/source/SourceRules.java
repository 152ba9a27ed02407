package org.layerzoo.core.op.source;

import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.TensorSpec;

/** Types and shapes of constants and draws. */
public final class SourceRules {
    private SourceRules() {}

    public static List<TensorSpec> infer(Primitive.Source op, List<TensorSpec> in) {
        Rules.inputs(op, in, 0);
        return List.of(
                switch (op) {
                    case Primitive.Fill f -> fill(f);
                    case Primitive.Iota i -> iota(i);
                    case Primitive.Draw d -> {
                        Rules.floating(d, "the result", d.spec());
                        yield d.spec();
                    }
                });
    }

    private static TensorSpec fill(Primitive.Fill op) {
        DType t = op.spec().dtype();
        whole(
                t.isFloating() || op.value() == Math.rint(op.value()) && !Double.isInfinite(op.value()),
                "fill",
                "value",
                t,
                op.value());
        return op.spec();
    }

    private static TensorSpec iota(Primitive.Iota op) {
        DType t = op.dtype();
        if (t == DType.BOOL) {
            throw new ZooException(ErrorCode.BAD_DTYPE, "iota: a floating or integer dtype expected, given BOOL");
        }
        if (op.n() < 0) {
            throw ZooException.badArgument("iota: n >= 0 expected, given " + op.n());
        }
        whole(t.isFloating() || op.start() == Math.rint(op.start()), "iota", "start", t, op.start());
        whole(t.isFloating() || op.step() == Math.rint(op.step()), "iota", "step", t, op.step());
        return TensorSpec.of(t, op.n());
    }

    private static void whole(boolean condition, String op, String argument, DType t, double given) {
        if (!condition) {
            throw ZooException.badArgument(
                    op + ": a whole finite " + argument + " expected for " + t + ", given " + given);
        }
    }
}
