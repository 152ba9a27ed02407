package org.layerzoo.core.op.elementwise;

import static org.layerzoo.core.op.Ops.where;

import java.util.function.Supplier;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.Backprop;
import org.layerzoo.core.op.Broadcast;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.Tensor;

/** Gradients of the elementwise ops. Where a formula has a pole at a point it does not serve, its argument is replaced there, so that no 0 times inf arises in higher orders. */
public final class ElementwiseGradient {
    private ElementwiseGradient() {}

    public static void backward(Primitive.Elementwise op, Backprop b) {
        switch (op) {
            case Primitive.Unary u -> {
                if (b.needs(0) && hasSlope(u.fn())) {
                    b.add(0, () -> unary(u.fn(), b.in(0), b.out(0), b.grad(0)));
                }
            }
            case Primitive.Parametric p -> b.add(0, () -> parametric(p, b.in(0), b.grad(0)));
            case Primitive.Binary f -> binary(f.fn(), b);
            case Primitive.Where w -> {
                broadcast(b, 1, () -> where(b.in(0), b.grad(0), zero(b.grad(0))));
                broadcast(b, 2, () -> where(b.in(0), zero(b.grad(0)), b.grad(0)));
            }
            case Primitive.Cast c -> b.add(0, () -> b.grad(0).cast(b.in(0).dtype()));
        }
    }

    private static boolean hasSlope(UnaryFn fn) {
        return switch (fn) {
            case SIGN, ROUND, FLOOR, CEIL, NOT, ISFINITE -> false;
            default -> true;
        };
    }

    private static Tensor unary(UnaryFn fn, Tensor x, Tensor y, Tensor g) {
        return switch (fn) {
            case NEG -> g.neg();
            case ABS -> g.mul(Ops.sign(x));
            case EXP -> g.mul(y);
            case EXPM1 -> g.mul(Ops.exp(x));
            case LOG -> g.div(x);
            case LOG1P -> g.div(x.add(1));
            case SQRT -> g.mul(0.5).div(y);
            case RSQRT -> g.mul(-0.5).mul(y).mul(Ops.square(y));
            case SQUARE -> g.mul(2).mul(x);
            case RECIPROCAL -> g.mul(Ops.square(y)).neg();
            case SIN -> g.mul(Ops.cos(x));
            case COS -> g.mul(Ops.sin(x)).neg();
            case TAN -> g.mul(Ops.square(y).add(1));
            case TANH -> g.mul(one(x).sub(Ops.square(y)));
            case ATAN -> g.div(Ops.square(x).add(1));
            case SIGMOID -> g.mul(y).mul(one(x).sub(y));
            case LOGSIGMOID -> g.mul(Ops.sigmoid(x.neg()));
            case SILU -> {
                Tensor s = Ops.sigmoid(x);
                yield g.mul(s).mul(x.mul(one(x).sub(s)).add(1));
            }
            case GELU -> g.mul(normalCdf(x).add(x.mul(normalPdf(x))));
            case GELU_TANH -> g.mul(geluTanhSlope(x));
            case SOFTPLUS -> g.mul(Ops.sigmoid(x));
            case RELU -> where(x.le(0), zero(g), g);
            case ERF -> g.mul(2 / Math.sqrt(Math.PI)).mul(Ops.exp(Ops.square(x).neg()));
            case LGAMMA -> g.mul(Ops.unary(UnaryFn.DIGAMMA, x));
            case DIGAMMA -> g.mul(Ops.unary(UnaryFn.TRIGAMMA, x));
            case TRIGAMMA ->
                throw ZooException.unsupported(
                        "trigamma: the gradient (tetragamma) is not provided: at most two derivatives of lgamma, one of digamma");
            case SIGN, ROUND, FLOOR, CEIL, NOT, ISFINITE -> Ops.zerosLike(x);
        };
    }

    private static Tensor normalCdf(Tensor x) {
        return Ops.erf(x.mul(Math.sqrt(0.5))).add(1).mul(0.5);
    }

    private static Tensor normalPdf(Tensor x) {
        return Ops.exp(Ops.square(x).mul(-0.5)).mul(1 / Math.sqrt(2 * Math.PI));
    }

    /** d/dx x s(u), s = sigmoid(2 c (x + k x^3)): s + x s (1 - s) 2 c (1 + 3 k x^2). */
    private static Tensor geluTanhSlope(Tensor x) {
        double c = 2 * Math.sqrt(2 / Math.PI);
        double k = 0.044715;
        Tensor square = Ops.square(x);
        Tensor s = Ops.sigmoid(square.mul(k).add(1).mul(x).mul(c));
        Tensor du = square.mul(3 * k).add(1).mul(c);
        return s.add(x.mul(s).mul(one(x).sub(s)).mul(du));
    }

    private static Tensor parametric(Primitive.Parametric p, Tensor x, Tensor g) {
        return switch (p.fn()) {
            case LEAKY_RELU -> where(x.gt(0), g, g.mul(p.a()));
            // exp is taken of the negative part alone: it must not overflow where it is not used
            case ELU ->
                where(x.gt(0), g, g.mul(Ops.exp(where(x.gt(0), zero(x), x))).mul(p.a()));
            case SOFTSHRINK -> where(Ops.abs(x).gt(p.a()), g, zero(g));
            case CLAMP -> where(x.ge(p.a()).and(x.le(p.b())), g, zero(g));
            case POWER ->
                p.a() == 0 ? Ops.zerosLike(g) : g.mul(x.pow(p.a() - 1)).mul(p.a());
        };
    }

    private static void binary(BinaryFn fn, Backprop b) {
        Tensor x = b.in(0);
        Tensor y = b.in(1);
        Supplier<Tensor> g = () -> b.grad(0);
        switch (fn) {
            case ADD -> both(b, g, g);
            case SUB -> both(b, g, () -> g.get().neg());
            case MUL -> both(b, () -> g.get().mul(y), () -> g.get().mul(x));
            case DIV ->
                both(b, () -> g.get().div(y), () -> g.get().mul(b.out(0)).div(y).neg());
            case POW ->
                both(b, () -> g.get().mul(powerInBase(x, y)), () -> g.get().mul(powerInExponent(x, y, b.out(0))));
            case MAX -> both(b, () -> larger(x, y, g.get()), () -> larger(y, x, g.get()));
            case MIN -> both(b, () -> larger(y, x, g.get()), () -> larger(x, y, g.get()));
            case ATAN2 -> {
                Supplier<Tensor> over = () -> g.get().div(Ops.square(x).add(Ops.square(y)));
                both(b, () -> over.get().mul(y), () -> over.get().mul(x).neg());
            }
            case LOGADDEXP ->
                both(b, () -> g.get().mul(share(x, b.out(0))), () -> g.get().mul(share(y, b.out(0))));
            case MOD -> both(b, g, () -> g.get().mul(Ops.floorDiv(x, y)).neg());
            case FLOOR_DIV, EQ, NE, LT, LE, GT, GE, AND, OR, XOR -> {}
        }
    }

    /** y x^(y-1), and 0 at y = 0. */
    private static Tensor powerInBase(Tensor x, Tensor y) {
        Tensor flat = y.eq(0);
        return where(flat, zero(x), y.mul(where(flat, one(x), x).pow(y.sub(1))));
    }

    /** x^y log x, and 0 at x = 0 with y >= 0. */
    private static Tensor powerInExponent(Tensor x, Tensor y, Tensor power) {
        Tensor flat = x.eq(0).and(y.ge(0));
        return where(flat, zero(x), power.mul(Ops.log(where(flat, one(x), x))));
    }

    /** The gradient where {@code x} is the larger, half of it in ties. */
    private static Tensor larger(Tensor x, Tensor y, Tensor g) {
        return where(x.gt(y), g, where(x.eq(y), g.mul(0.5), zero(g)));
    }

    /**
     * e^(x - y) where y, a log-sum-exp that contains x, is finite; else 0: an empty set (-inf) has no shares and
     * x = +inf has no slope.
     */
    public static Tensor share(Tensor x, Tensor y) {
        return Ops.exp(where(Ops.isFinite(y), x.sub(y), Tensor.scalar(x.dtype(), Double.NEGATIVE_INFINITY)));
    }

    private static void both(Backprop b, Supplier<Tensor> dx, Supplier<Tensor> dy) {
        broadcast(b, 0, dx);
        broadcast(b, 1, dy);
    }

    private static void broadcast(Backprop b, int i, Supplier<Tensor> g) {
        b.add(i, () -> Broadcast.reduceTo(g.get(), b.in(i).shape()));
    }

    private static Tensor zero(Tensor like) {
        return Tensor.scalar(like.dtype(), 0);
    }

    private static Tensor one(Tensor like) {
        return Tensor.scalar(like.dtype(), 1);
    }
}
