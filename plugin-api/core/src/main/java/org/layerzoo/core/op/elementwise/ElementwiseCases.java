package org.layerzoo.core.op.elementwise;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.OpCase.Input;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.Primitive.ParametricFn;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.TensorSpec;

/** Case table of the elementwise ops. */
public final class ElementwiseCases {
    private static final int[][] SHAPES = {{}, {1}, {7}, {63}, {64}, {65}, {1000}, {97}, {3, 5, 7}, {0}, {2, 0, 3}};
    private static final int[][][] PAIRS = {
        {{}, {}},
        {{1}, {1}},
        {{64}, {64}},
        {{1000}, {1000}},
        {{}, {65}},
        {{3, 1, 7}, {5, 1}},
        {{2, 63}, {63}},
        {{4, 1}, {1, 97}},
        {{0, 4}, {4}}
    };

    /** An exact IEEE operation: rounding a double result once gives the same F32. */
    private static final double EXACT = 0;
    /** A few F32 roundings (6e-8 each) of a function that is itself good to 2 ulp. */
    private static final double ROUNDED = 1e-6;

    private ElementwiseCases() {}

    public static List<OpCase> all() {
        List<OpCase> out = new ArrayList<>();
        for (UnaryFn fn : UnaryFn.values()) {
            unary(out, fn);
        }
        parametric(out);
        clamp(out);
        for (BinaryFn fn : BinaryFn.values()) {
            binary(out, fn);
        }
        where(out);
        cast(out);
        return List.copyOf(out);
    }

    private static void unary(List<OpCase> out, UnaryFn fn) {
        Op op = new Primitive.Unary(fn);
        switch (fn) {
            case LOG, SQRT, RSQRT, RECIPROCAL -> floats(out, op, 0.3, 4, bound(fn), true, "domain x > 0");
            case LOG1P -> floats(out, op, -0.7, 4, ROUNDED, true, "domain x > -1");
            case TAN -> floats(out, op, -1.2, 1.2, ROUNDED, true, "away from the poles at +-pi/2");
            case LGAMMA ->
                floats(out, op, 2.5, 12, 1e-5, true, "range without the zeros at 1 and 2, where relative error grows");
            case DIGAMMA ->
                floats(out, op, 2, 12, 1e-5, true, "range without the zero at 1.46, where relative error grows");
            case TRIGAMMA -> floats(out, op, 0.5, 12, 1e-5, false, "tetragamma is not provided");
            case ABS, SIGN, RELU -> {
                floats(out, op, -3, 3, EXACT, false, "kink at 0");
                floats(out, op, 0.1, 3, EXACT, true, "right of the kink");
                floats(out, op, -3, -0.1, EXACT, true, "left of the kink");
            }
            case ROUND, FLOOR, CEIL -> {
                floats(out, op, -5, 5, EXACT, false, "jumps");
                floats(out, op, 0.55, 0.95, EXACT, true, "between two jumps");
            }
            case NOT -> truth(out, op);
            case ISFINITE -> floats(out, op, -3, 3, EXACT, false, "truth values");
            case NEG, SQUARE -> floats(out, op, -3, 3, EXACT, true, "one IEEE operation");
            default -> floats(out, op, -4, 4, ROUNDED, true, "a few F32 roundings");
        }
        if (fn == UnaryFn.NEG || fn == UnaryFn.ABS || fn == UnaryFn.SIGN || fn == UnaryFn.SQUARE) {
            out.add(new OpCase(
                    fn.name().toLowerCase() + " I64",
                    op,
                    List.of(new Input(TensorSpec.of(DType.I64, 65), -9, 9)),
                    EXACT,
                    false,
                    "integers"));
        }
    }

    private static void truth(List<OpCase> out, Op op) {
        for (int[] s : SHAPES) {
            Input x = new Input(TensorSpec.of(DType.BOOL, s), 0, 1);
            out.add(new OpCase(name(op, s), op, List.of(x), EXACT, false, "truth values"));
        }
    }

    private static double bound(UnaryFn fn) {
        return fn == UnaryFn.SQRT || fn == UnaryFn.RECIPROCAL ? EXACT : ROUNDED;
    }

    private static void parametric(List<OpCase> out) {
        for (double sign : new double[] {1, -1}) {
            double lo = sign > 0 ? 0.1 : -3;
            double hi = sign > 0 ? 3 : -0.1;
            floats(
                    out,
                    new Primitive.Parametric(ParametricFn.LEAKY_RELU, 0.2, 0),
                    lo,
                    hi,
                    1e-7,
                    true,
                    "a side of the kink");
            floats(
                    out,
                    new Primitive.Parametric(ParametricFn.ELU, 1.5, 0),
                    lo,
                    hi,
                    ROUNDED,
                    true,
                    "a side of the kink");
        }
        Op shrink = new Primitive.Parametric(ParametricFn.SOFTSHRINK, 0.5, 0);
        floats(out, shrink, 0.6, 2, 1e-7, true, "above lambda");
        floats(out, shrink, -0.4, 0.4, EXACT, true, "inside lambda");
        floats(out, shrink, -2, -0.6, 1e-7, true, "below -lambda");
        for (double a : new double[] {0, 1, 2, 3, 0.5, -1.5}) {
            floats(out, new Primitive.Parametric(ParametricFn.POWER, a, 0), 0.3, 3, ROUNDED, true, "domain x > 0");
        }
        floats(out, new Primitive.Parametric(ParametricFn.POWER, 3, 0), -3, -0.3, ROUNDED, true, "whole exponent");
    }

    private static void clamp(List<OpCase> out) {
        Op clamp = new Primitive.Parametric(ParametricFn.CLAMP, -0.5, 0.75);
        floats(out, clamp, -2, 2, EXACT, false, "kinks at the bounds");
        floats(out, clamp, -0.4, 0.7, EXACT, true, "inside the bounds");
        floats(out, clamp, 0.8, 2, EXACT, true, "above the bounds");
        out.add(new OpCase(
                "clamp I32",
                new Primitive.Parametric(ParametricFn.CLAMP, -2, Double.POSITIVE_INFINITY),
                List.of(new Input(TensorSpec.of(DType.I32, 65), -9, 9)),
                EXACT,
                false,
                "integers"));
    }

    private static void binary(List<OpCase> out, BinaryFn fn) {
        Op op = new Primitive.Binary(fn);
        switch (fn) {
            case ADD, SUB, MUL -> pairs(out, op, DType.F32, -2, 2, -2, 2, EXACT, true, "one IEEE operation");
            case DIV -> pairs(out, op, DType.F32, -2, 2, 0.4, 2, EXACT, true, "one IEEE operation");
            case POW -> pairs(out, op, DType.F32, 0.4, 2, -2, 2, ROUNDED, true, "domain x > 0");
            case ATAN2 -> pairs(out, op, DType.F32, -2, 2, 0.4, 2, ROUNDED, true, "away from the cut");
            case LOGADDEXP -> pairs(out, op, DType.F32, -4, 4, -4, 4, ROUNDED, true, "a few F32 roundings");
            case MAX, MIN -> {
                pairs(out, op, DType.F32, -2, 2, -2, 2, EXACT, false, "kink where x = y");
                pairs(out, op, DType.F32, -2, 0.4, 0.5, 2, EXACT, true, "x < y");
                pairs(out, op, DType.F32, 0.5, 2, -2, 0.4, EXACT, true, "x > y");
            }
            case MOD, FLOOR_DIV -> {
                pairs(out, op, DType.F32, -9, 9, 0.6, 2, ROUNDED, false, "jumps");
                pairs(out, op, DType.F32, 2.2, 2.8, 1.02, 1.08, ROUNDED, true, "between two jumps");
                pairs(out, op, DType.I64, -9, 9, 1, 5, EXACT, false, "integers");
            }
            case EQ, NE, LT, LE, GT, GE -> {
                pairs(out, op, DType.F32, -2, 2, -2, 2, EXACT, false, "truth values");
                pairs(out, op, DType.I64, -3, 3, -3, 3, EXACT, false, "truth values");
            }
            case AND, OR, XOR -> pairs(out, op, DType.BOOL, 0, 1, 0, 1, EXACT, false, "truth values");
        }
        switch (fn) {
            case ADD, SUB, MUL, MAX, MIN -> {
                pairs(out, op, DType.I32, -9, 9, -9, 9, EXACT, false, "integers");
                pairs(out, op, DType.I64, -9, 9, -9, 9, EXACT, false, "integers");
            }
            default -> {}
        }
    }

    private static void where(List<OpCase> out) {
        Op op = new Primitive.Where();
        int[][][] triples = {
            {{65}, {65}, {65}}, {{1000}, {1000}, {}}, {{3, 1}, {5, 1, 7}, {7}}, {{}, {64}, {1}}, {{0}, {0}, {1}}
        };
        for (DType t : new DType[] {DType.F32, DType.I64, DType.BOOL}) {
            for (int[][] s : triples) {
                out.add(new OpCase(
                        name(op, s) + " " + t,
                        op,
                        List.of(
                                new Input(TensorSpec.of(DType.BOOL, s[0]), 0, 1),
                                new Input(TensorSpec.of(t, s[1]), -3, 3),
                                new Input(TensorSpec.of(t, s[2]), -3, 3)),
                        EXACT,
                        t.isFloating(),
                        "a choice"));
            }
        }
    }

    private static void cast(List<OpCase> out) {
        for (DType from : DType.values()) {
            for (DType to : DType.values()) {
                Op op = new Primitive.Cast(to);
                out.add(new OpCase(
                        "cast " + from + " to " + to,
                        op,
                        List.of(new Input(TensorSpec.of(from, 65), -9, 9)),
                        EXACT,
                        from == DType.F32 && to == DType.F64,
                        "rounded once; finite differences need F64 results"));
            }
        }
    }

    private static void floats(
            List<OpCase> out, Op op, double lo, double hi, double bound, boolean smooth, String reason) {
        for (int[] s : SHAPES) {
            Input x = new Input(TensorSpec.of(DType.F32, s), lo, hi);
            out.add(new OpCase(name(op, s) + " in [" + lo + ", " + hi + ")", op, List.of(x), bound, smooth, reason));
        }
    }

    private static void pairs(
            List<OpCase> out,
            Op op,
            DType t,
            double xlo,
            double xhi,
            double ylo,
            double yhi,
            double bound,
            boolean smooth,
            String reason) {
        for (int[][] s : PAIRS) {
            Input x = new Input(TensorSpec.of(t, s[0]), xlo, xhi);
            Input y = new Input(TensorSpec.of(t, s[1]), ylo, yhi);
            out.add(new OpCase(name(op, s) + " " + t + " " + reason, op, List.of(x, y), bound, smooth, reason));
        }
    }

    private static String name(Op op, int[]... shapes) {
        StringBuilder s = new StringBuilder(op.name());
        if (op instanceof Primitive.Parametric p) {
            s.append("(").append(p.a()).append(")");
        }
        for (int[] d : shapes) {
            s.append(' ').append(Shape.of(d));
        }
        return s.toString();
    }
}
