package org.layerzoo.core.op.elementwise;

import java.util.List;
import org.layerzoo.core.ErrorCode;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.Primitive.ParametricFn;
import org.layerzoo.core.op.Rules;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Types and shapes of the elementwise ops. */
public final class ElementwiseRules {
    private ElementwiseRules() {}

    public static List<TensorSpec> infer(Primitive.Elementwise op, List<TensorSpec> in) {
        return List.of(
                switch (op) {
                    case Primitive.Unary u -> unary(u, in);
                    case Primitive.Parametric p -> parametric(p, in);
                    case Primitive.Binary b -> binary(b, in);
                    case Primitive.Where w -> where(w, in);
                    case Primitive.Cast c -> {
                        Rules.inputs(c, in, 1);
                        yield new TensorSpec(c.to(), in.getFirst().shape());
                    }
                });
    }

    private static TensorSpec unary(Primitive.Unary op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        switch (op.fn()) {
            case NOT -> Rules.dtype(op, "x", x, DType.BOOL);
            case NEG, ABS, SIGN, SQUARE -> number(op, "x", x);
            default -> Rules.floating(op, "x", x);
        }
        return op.fn() == Primitive.UnaryFn.ISFINITE ? new TensorSpec(DType.BOOL, x.shape()) : x;
    }

    private static TensorSpec parametric(Primitive.Parametric op, List<TensorSpec> in) {
        Rules.inputs(op, in, 1);
        TensorSpec x = in.getFirst();
        if (op.fn() != ParametricFn.CLAMP) {
            Rules.floating(op, "x", x);
            argument(
                    op.fn() != ParametricFn.SOFTSHRINK || op.a() >= 0,
                    op.name() + ": lambda >= 0 expected, given " + op.a());
            return x;
        }
        number(op, "x", x);
        argument(op.a() <= op.b(), "clamp: bounds lo <= hi expected, given [" + op.a() + ", " + op.b() + "]");
        argument(
                x.dtype().isFloating() || op.a() == Math.rint(op.a()) && op.b() == Math.rint(op.b()),
                "clamp: whole bounds expected for " + x.dtype() + ", given [" + op.a() + ", " + op.b() + "]");
        return x;
    }

    private static TensorSpec binary(Primitive.Binary op, List<TensorSpec> in) {
        Rules.inputs(op, in, 2);
        TensorSpec x = in.getFirst();
        TensorSpec y = in.get(1);
        Rules.sameDType(op, x, y);
        BinaryFn fn = op.fn();
        switch (fn) {
            case ADD, SUB, MUL, MAX, MIN, MOD, FLOOR_DIV, LT, LE, GT, GE -> number(op, "x", x);
            case DIV, POW, ATAN2, LOGADDEXP -> Rules.floating(op, "x", x);
            case AND, OR, XOR -> Rules.dtype(op, "x", x, DType.BOOL);
            case EQ, NE -> {}
        }
        boolean truth = fn.compareTo(BinaryFn.EQ) >= 0;
        return new TensorSpec(truth ? DType.BOOL : x.dtype(), Shape.broadcast(op.name(), x.shape(), y.shape()));
    }

    private static TensorSpec where(Primitive.Where op, List<TensorSpec> in) {
        Rules.inputs(op, in, 3);
        Rules.dtype(op, "condition", in.getFirst(), DType.BOOL);
        TensorSpec x = in.get(1);
        Rules.sameDType(op, x, in.get(2));
        Shape xy = Shape.broadcast(op.name(), x.shape(), in.get(2).shape());
        return x.withShape(Shape.broadcast(op.name(), in.getFirst().shape(), xy));
    }

    private static void number(Op op, String argument, TensorSpec t) {
        if (t.dtype() == DType.BOOL) {
            throw new ZooException(
                    ErrorCode.BAD_DTYPE,
                    op.name() + ": " + argument + " of a floating or integer dtype expected, given " + t);
        }
    }

    private static void argument(boolean condition, String message) {
        if (!condition) {
            throw ZooException.badArgument(message);
        }
    }
}
