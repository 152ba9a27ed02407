package org.layerzoo.core.op.elementwise;

import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

/** The meaning of the elementwise ops: floats in double and rounded once, integers in long and wrapped to their dtype. */
public final class ElementwiseReference {
    private ElementwiseReference() {}

    public static List<Tensor> run(Primitive.Elementwise op, List<Tensor> in) {
        Tensor x = in.getFirst();
        return List.of(
                switch (op) {
                    case Primitive.Unary u -> unary(u.fn(), x);
                    case Primitive.Parametric p -> parametric(p, x);
                    case Primitive.Binary b -> binary(b.fn(), x, in.get(1));
                    case Primitive.Where w -> where(x, in.get(1), in.get(2));
                    case Primitive.Cast c -> cast(x, c.to());
                });
    }

    /** The scalar function of a floating unary op. */
    public static DoubleUnaryOperator scalar(UnaryFn fn) {
        return switch (fn) {
            case NEG -> x -> -x;
            case ABS -> Math::abs;
            case SIGN -> Math::signum;
            case EXP -> Math::exp;
            case EXPM1 -> Math::expm1;
            case LOG -> Math::log;
            case LOG1P -> Math::log1p;
            case SQRT -> Math::sqrt;
            case RSQRT -> x -> 1 / Math.sqrt(x);
            case SQUARE -> x -> x * x;
            case RECIPROCAL -> x -> 1 / x;
            case SIN -> Math::sin;
            case COS -> Math::cos;
            case TAN -> Math::tan;
            case TANH -> Math::tanh;
            case ATAN -> Math::atan;
            case SIGMOID -> ElementwiseReference::sigmoid;
            case LOGSIGMOID -> x -> -softplus(-x);
            case SILU -> x -> gated(x, sigmoid(x));
            // Phi(x) = erfc(-x/sqrt 2) / 2 keeps its digits for large negative x
            case GELU -> x -> gated(x, 0.5 * SpecialFunctions.erfc(-x * Math.sqrt(0.5)));
            // (1 + tanh u) / 2 = sigmoid(2u)
            case GELU_TANH -> x -> gated(x, sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case SOFTPLUS -> ElementwiseReference::softplus;
            case RELU -> x -> x > 0 || Double.isNaN(x) ? x : 0;
            case ERF -> SpecialFunctions::erf;
            case LGAMMA -> SpecialFunctions::lgamma;
            case DIGAMMA -> SpecialFunctions::digamma;
            case TRIGAMMA -> SpecialFunctions::trigamma;
            case ROUND -> Math::rint;
            case FLOOR -> Math::floor;
            case CEIL -> Math::ceil;
            case NOT -> x -> x == 0 ? 1 : 0;
            case ISFINITE -> x -> Double.isFinite(x) ? 1 : 0;
        };
    }

    /** x gate, whose limit at -inf is 0. */
    private static double gated(double x, double gate) {
        return x == Double.NEGATIVE_INFINITY ? -0.0 : x * gate;
    }

    private static double sigmoid(double x) {
        double e = Math.exp(-Math.abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static Tensor unary(UnaryFn fn, Tensor x) {
        if (x.dtype().isInteger()) {
            long[] v = x.toLongs();
            for (int i = 0; i < v.length; i++) {
                v[i] = switch (fn) {
                    case NEG -> -v[i];
                    case ABS -> Math.abs(v[i]);
                    case SIGN -> Long.signum(v[i]);
                    default -> v[i] * v[i];
                };
            }
            return integers(x.dtype(), v, x.shape());
        }
        return map(x, fn == UnaryFn.ISFINITE ? DType.BOOL : x.dtype(), scalar(fn));
    }

    private static Tensor parametric(Primitive.Parametric p, Tensor x) {
        double a = p.a();
        double b = p.b();
        if (x.dtype().isInteger()) {
            long[] v = x.toLongs();
            for (int i = 0; i < v.length; i++) {
                v[i] = Math.min(Math.max(v[i], (long) a), (long) b);
            }
            return integers(x.dtype(), v, x.shape());
        }
        return map(
                x,
                x.dtype(),
                switch (p.fn()) {
                    case LEAKY_RELU -> v -> v > 0 ? v : a * v;
                    case ELU -> v -> v > 0 ? v : a * Math.expm1(v);
                    case SOFTSHRINK -> v -> v > a ? v - a : v < -a ? v + a : Double.isNaN(v) ? v : 0;
                    case CLAMP -> v -> Math.min(Math.max(v, a), b);
                    case POWER -> v -> power(v, a);
                });
    }

    /** pow of IEEE 754: 1^y = x^0 = 1 even for NaN (Java's gives NaN for 1^NaN and (-1)^inf). */
    private static double power(double x, double y) {
        return x == 1 || x == -1 && Double.isInfinite(y) ? 1 : Math.pow(x, y);
    }

    private static Tensor map(Tensor x, DType to, DoubleUnaryOperator f) {
        double[] v = x.toDoubles();
        for (int i = 0; i < v.length; i++) {
            v[i] = f.applyAsDouble(v[i]);
        }
        return Tensor.of(to, v, x.shape().dims());
    }

    private static Tensor binary(BinaryFn fn, Tensor x, Tensor y) {
        Shape s = Shape.broadcast(fn.name().toLowerCase(), x.shape(), y.shape());
        boolean truth = fn.compareTo(BinaryFn.EQ) >= 0;
        int[] ix = Broadcast.index(x.shape(), s);
        int[] iy = Broadcast.index(y.shape(), s);
        if (x.dtype().isInteger()) {
            long[] a = x.toLongs();
            long[] b = y.toLongs();
            long[] out = new long[ix.length];
            LongBinaryOperator f = integer(fn);
            for (int i = 0; i < out.length; i++) {
                out[i] = f.applyAsLong(a[ix[i]], b[iy[i]]);
            }
            return truth ? integers(DType.BOOL, out, s) : integers(x.dtype(), out, s);
        }
        double[] a = x.toDoubles();
        double[] b = y.toDoubles();
        double[] out = new double[ix.length];
        DoubleBinaryOperator f = scalar(fn);
        for (int i = 0; i < out.length; i++) {
            out[i] = f.applyAsDouble(a[ix[i]], b[iy[i]]);
        }
        return Tensor.of(truth ? DType.BOOL : x.dtype(), out, s.dims());
    }

    /** The scalar function of a floating or boolean binary op. */
    public static DoubleBinaryOperator scalar(BinaryFn fn) {
        return switch (fn) {
            case ADD -> (x, y) -> x + y;
            case SUB -> (x, y) -> x - y;
            case MUL -> (x, y) -> x * y;
            case DIV -> (x, y) -> x / y;
            case POW -> ElementwiseReference::power;
            case MAX -> Math::max;
            case MIN -> Math::min;
            case ATAN2 -> Math::atan2;
            case LOGADDEXP -> ElementwiseReference::logAddExp;
            case MOD -> ElementwiseReference::mod;
            case FLOOR_DIV -> ElementwiseReference::floorDiv;
            case EQ -> (x, y) -> x == y ? 1 : 0;
            case NE, XOR -> (x, y) -> x != y ? 1 : 0;
            case LT -> (x, y) -> x < y ? 1 : 0;
            case LE -> (x, y) -> x <= y ? 1 : 0;
            case GT -> (x, y) -> x > y ? 1 : 0;
            case GE -> (x, y) -> x >= y ? 1 : 0;
            case AND -> (x, y) -> x != 0 && y != 0 ? 1 : 0;
            case OR -> (x, y) -> x != 0 || y != 0 ? 1 : 0;
        };
    }

    /** log(e^x + e^y); equal infinities are their own result. */
    public static double logAddExp(double x, double y) {
        return x == y ? x + Math.log(2) : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)));
    }

    private static double mod(double x, double y) {
        double r = x % y;
        return r != 0 && r < 0 != y < 0 ? r + y : r;
    }

    /** The whole q with x = q y + mod(x, y); a plain floor(x / y) may be off by one where the quotient rounds up. */
    private static double floorDiv(double x, double y) {
        return y == 0 || Double.isInfinite(x) || Double.isInfinite(y)
                ? Math.floor(x / y)
                : Math.rint((x - mod(x, y)) / y);
    }

    private static LongBinaryOperator integer(BinaryFn fn) {
        return switch (fn) {
            case ADD -> (x, y) -> x + y;
            case SUB -> (x, y) -> x - y;
            case MUL -> (x, y) -> x * y;
            case MAX -> Math::max;
            case MIN -> Math::min;
            case MOD -> (x, y) -> Math.floorMod(x, divisor(fn, y));
            case FLOOR_DIV -> (x, y) -> Math.floorDiv(x, divisor(fn, y));
            case EQ -> (x, y) -> x == y ? 1 : 0;
            case NE -> (x, y) -> x != y ? 1 : 0;
            case LT -> (x, y) -> x < y ? 1 : 0;
            case LE -> (x, y) -> x <= y ? 1 : 0;
            case GT -> (x, y) -> x > y ? 1 : 0;
            case GE -> (x, y) -> x >= y ? 1 : 0;
            default -> throw new IllegalStateException(fn + " has no integer form");
        };
    }

    private static long divisor(BinaryFn fn, long y) {
        if (y == 0) {
            throw ZooException.badArgument(fn.name().toLowerCase() + ": integer division by zero: nonzero y expected");
        }
        return y;
    }

    private static Tensor where(Tensor condition, Tensor x, Tensor y) {
        Shape s = Shape.broadcast("where", condition.shape(), Shape.broadcast("where", x.shape(), y.shape()));
        int[] ic = Broadcast.index(condition.shape(), s);
        int[] ix = Broadcast.index(x.shape(), s);
        int[] iy = Broadcast.index(y.shape(), s);
        boolean[] c = condition.toBooleans();
        if (x.dtype() == DType.I64) {
            long[] a = x.toLongs();
            long[] b = y.toLongs();
            long[] out = new long[ic.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = c[ic[i]] ? a[ix[i]] : b[iy[i]];
            }
            return Tensor.of(out, s.dims());
        }
        double[] a = x.toDoubles();
        double[] b = y.toDoubles();
        double[] out = new double[ic.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = c[ic[i]] ? a[ix[i]] : b[iy[i]];
        }
        return Tensor.of(x.dtype(), out, s.dims());
    }

    /** Between integers a value outside the range wraps; a float outside it becomes the nearest bound and NaN becomes 0. */
    private static Tensor cast(Tensor x, DType to) {
        if (x.dtype() == DType.I64 && !to.isFloating()) {
            return integers(to, x.toLongs(), x.shape());
        }
        return Tensor.of(to, x.toDoubles(), x.shape().dims());
    }

    /** Integers in I64, wrapped to I32, or as truth values. */
    public static Tensor integers(DType to, long[] v, Shape shape) {
        if (to == DType.I64) {
            return Tensor.of(v, shape.dims());
        }
        double[] out = new double[v.length];
        for (int i = 0; i < v.length; i++) {
            out[i] = to == DType.I32 ? (int) v[i] : v[i] == 0 ? 0 : 1;
        }
        return Tensor.of(to, out, shape.dims());
    }
}
