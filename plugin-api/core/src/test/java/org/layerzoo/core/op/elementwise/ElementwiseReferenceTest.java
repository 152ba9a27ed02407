package org.layerzoo.core.op.elementwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.Primitive.ParametricFn;
import org.layerzoo.core.op.Primitive.UnaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

class ElementwiseReferenceTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static Tensor run(Op op, Tensor... in) {
        return Reference.INSTANCE.apply(op, List.of(in)).getFirst();
    }

    private static double[] unary(UnaryFn fn, double... x) {
        return run(new Primitive.Unary(fn), Tensor.of(x, x.length)).toDoubles();
    }

    private static double[] parametric(ParametricFn fn, double a, double b, double... x) {
        return run(new Primitive.Parametric(fn, a, b), Tensor.of(x, x.length)).toDoubles();
    }

    private static double[] binary(BinaryFn fn, double[] x, double[] y) {
        return run(new Primitive.Binary(fn), Tensor.of(x, x.length), Tensor.of(y, y.length))
                .toDoubles();
    }

    private static double[] d(double... v) {
        return v;
    }

    @ParameterizedTest
    @CsvSource({
        "NEG, 1.5, -1.5",
        "ABS, -1.5, 1.5",
        "SIGN, -3, -1",
        "SIGN, 0, 0",
        "EXP, 1, 2.718281828459045",
        "EXPM1, 1e-10, 1.00000000005e-10",
        "LOG, 10, 2.302585092994046",
        "LOG1P, 1e-10, 9.9999999995e-11",
        "SQRT, 2, 1.4142135623730951",
        "RSQRT, 4, 0.5",
        "SQUARE, -3, 9",
        "RECIPROCAL, 4, 0.25",
        "SIN, 1, 0.8414709848078965",
        "COS, 1, 0.5403023058681398",
        "TAN, 1, 1.5574077246549023",
        "TANH, 0.5, 0.46211715726000973",
        "ATAN, 1, 0.7853981633974483"
    })
    void elementaryFunctionsHaveTheirTextbookValues(UnaryFn fn, double x, double expected) {
        unaryFunctionsHaveTheirTextbookValues(fn, x, expected);
    }

    @ParameterizedTest
    @CsvSource({
        "SIGMOID, 1, 0.7310585786300049",
        "SIGMOID, -800, 0",
        "LOGSIGMOID, -800, -800",
        "LOGSIGMOID, 0, -0.6931471805599453",
        "SILU, 2, 1.7615941559557649",
        "GELU, -10, -7.6198530241605261e-23",
        "GELU, -1, -0.15865525393145705",
        "GELU, 2, 1.9544997361036416",
        "GELU_TANH, -1, -0.1588080093917233",
        "GELU_TANH, 0.5, 0.34571400982514392",
        "SOFTPLUS, 0, 0.6931471805599453",
        "SOFTPLUS, 800, 800",
        "SOFTPLUS, -40, 4.248354255291589e-18",
        "RELU, -2, 0",
        "RELU, 2, 2",
        "ERF, 1, 0.8427007929497149",
        "LGAMMA, 5, 3.1780538303479458",
        "DIGAMMA, 1, -0.5772156649015329",
        "TRIGAMMA, 1, 1.6449340668482264",
        "FLOOR, -1.5, -2",
        "CEIL, -1.5, -1"
    })
    void unaryFunctionsHaveTheirTextbookValues(UnaryFn fn, double x, double expected) {
        double given = unary(fn, x)[0];
        assertEquals(expected, given, Math.max(1e-13 * Math.abs(expected), Double.MIN_VALUE));
    }

    @Test
    void roundIsHalfToEven() {
        assertArrayEquals(d(-2, -2, -0.0, 0, 2, 2, 4), unary(UnaryFn.ROUND, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5));
    }

    @Test
    void everyActivationHasItsLimitsAtBothInfinities() {
        assertArrayEquals(d(0, 1), unary(UnaryFn.SIGMOID, -INF, INF));
        assertArrayEquals(d(-INF, 0), abs0(unary(UnaryFn.LOGSIGMOID, -INF, INF)));
        assertArrayEquals(d(0, INF), unary(UnaryFn.SOFTPLUS, -INF, INF));
        for (UnaryFn fn : new UnaryFn[] {UnaryFn.SILU, UnaryFn.GELU, UnaryFn.GELU_TANH, UnaryFn.RELU}) {
            assertArrayEquals(d(0, INF), abs0(unary(fn, -INF, INF)), fn.name());
        }
    }

    /** Forgets the sign of zeros. */
    private static double[] abs0(double[] v) {
        return Arrays.stream(v).map(x -> x == 0 ? 0 : x).toArray();
    }

    @Test
    void nanStaysNanInEveryFloatingFunction() {
        for (UnaryFn fn : UnaryFn.values()) {
            if (fn != UnaryFn.NOT && fn != UnaryFn.ISFINITE) {
                assertEquals(NAN, unary(fn, NAN)[0], fn.name());
            }
        }
        for (ParametricFn fn : ParametricFn.values()) {
            assertEquals(NAN, parametric(fn, 0.5, 1, NAN)[0], fn.name());
        }
        assertArrayEquals(d(NAN, NAN), binary(BinaryFn.MAX, d(NAN, 1), d(1, NAN)));
        assertArrayEquals(d(NAN, NAN), binary(BinaryFn.MIN, d(NAN, 1), d(1, NAN)));
    }

    @Test
    void parametricFunctionsFollowTheirFormulas() {
        assertArrayEquals(d(-0.4, 0, 3), parametric(ParametricFn.LEAKY_RELU, 0.2, 0, -2, 0, 3), 1e-15);
        assertArrayEquals(d(2 * (Math.exp(-1) - 1), 0, 3), parametric(ParametricFn.ELU, 2, 0, -1, 0, 3), 1e-15);
        assertArrayEquals(d(-1, 0, 0, 0, 2), parametric(ParametricFn.SOFTSHRINK, 1, 0, -2, -1, 0.5, 1, 3));
        assertArrayEquals(d(-1, -1, 0.5, 1, 1), parametric(ParametricFn.CLAMP, -1, 1, -2, -1, 0.5, 1, INF));
        assertArrayEquals(d(0.125, -8, 0), parametric(ParametricFn.POWER, 3, 0, 0.5, -2, 0));
    }

    @Test
    void modAndFloorDivRoundTowardsMinusInfinity() {
        double[] x = d(7, -7, 7, -7, 6);
        double[] y = d(3, 3, -3, -3, 3);
        assertArrayEquals(d(1, 2, -2, -1, 0), binary(BinaryFn.MOD, x, y));
        assertArrayEquals(d(2, -3, -3, 2, 2), binary(BinaryFn.FLOOR_DIV, x, y));
        Tensor a = Tensor.of(new long[] {7, -7, 7, -7}, 4);
        Tensor b = Tensor.of(new long[] {3, 3, -3, -3}, 4);
        assertArrayEquals(
                new long[] {1, 2, -2, -1},
                run(new Primitive.Binary(BinaryFn.MOD), a, b).toLongs());
        assertArrayEquals(
                new long[] {2, -3, -3, 2},
                run(new Primitive.Binary(BinaryFn.FLOOR_DIV), a, b).toLongs());
    }

    @Test
    void quotientAndRemainderBelongTogetherWhereTheQuotientRoundsUp() {
        // 1 / 0.1 rounds to 10, but 0.1 in binary is larger than a tenth, so that it fits only nine times.
        assertArrayEquals(d(9), binary(BinaryFn.FLOOR_DIV, d(1), d(0.1)));
        assertEquals(0.1, binary(BinaryFn.MOD, d(1), d(0.1))[0], 1e-15);
    }

    @Test
    void floatingBinaryFunctionsHaveTheirTextbookValues() {
        assertArrayEquals(
                d(5, -1, 6, 2.0 / 3, 8),
                d(
                        binary(BinaryFn.ADD, d(2), d(3))[0],
                        binary(BinaryFn.SUB, d(2), d(3))[0],
                        binary(BinaryFn.MUL, d(2), d(3))[0],
                        binary(BinaryFn.DIV, d(2), d(3))[0],
                        binary(BinaryFn.POW, d(2), d(3))[0]));
        assertArrayEquals(d(1, 1, 1), binary(BinaryFn.POW, d(1, NAN, -1), d(NAN, 0, INF)));
        assertEquals(3 * Math.PI / 4, binary(BinaryFn.ATAN2, d(1), d(-1))[0], 1e-15);
        assertArrayEquals(
                d(Math.log(2), -INF, 3, INF),
                binary(BinaryFn.LOGADDEXP, d(0, -INF, -INF, INF), d(0, -INF, 3, INF)),
                1e-15);
    }

    @Test
    void comparisonsGiveTruthValuesAndNanEqualsNothing() {
        Tensor x = Tensor.of(d(1, 2, 3, NAN), 4);
        Tensor y = Tensor.of(d(2, 2, 2, NAN), 4);
        boolean[][] expected = {
            {false, true, false, false},
            {true, false, true, true},
            {true, false, false, false},
            {true, true, false, false},
            {false, false, true, false},
            {false, true, true, false}
        };
        BinaryFn[] fns = {BinaryFn.EQ, BinaryFn.NE, BinaryFn.LT, BinaryFn.LE, BinaryFn.GT, BinaryFn.GE};
        for (int i = 0; i < fns.length; i++) {
            Tensor out = run(new Primitive.Binary(fns[i]), x, y);
            assertEquals(DType.BOOL, out.dtype());
            assertArrayEquals(expected[i], out.toBooleans(), fns[i].name());
        }
    }

    @Test
    void logicFollowsItsTruthTable() {
        Tensor x = Tensor.of(new boolean[] {false, false, true, true}, 4);
        Tensor y = Tensor.of(new boolean[] {false, true, false, true}, 4);
        assertArrayEquals(
                new boolean[] {false, false, false, true},
                run(new Primitive.Binary(BinaryFn.AND), x, y).toBooleans());
        assertArrayEquals(
                new boolean[] {false, true, true, true},
                run(new Primitive.Binary(BinaryFn.OR), x, y).toBooleans());
        assertArrayEquals(
                new boolean[] {false, true, true, false},
                run(new Primitive.Binary(BinaryFn.XOR), x, y).toBooleans());
        assertArrayEquals(
                new boolean[] {true, true, false, false},
                run(new Primitive.Unary(UnaryFn.NOT), x).toBooleans());
    }

    @Test
    void isFiniteKnowsInfinitiesAndNan() {
        Tensor out = run(new Primitive.Unary(UnaryFn.ISFINITE), Tensor.of(d(0, INF, -INF, NAN), 4));
        assertArrayEquals(new boolean[] {true, false, false, false}, out.toBooleans());
    }

    @Test
    void integersKeepAllTheirBits() {
        long big = (1L << 60) + 1;
        Tensor x = Tensor.of(new long[] {big}, 1);
        assertArrayEquals(
                new long[] {big + 1},
                run(new Primitive.Binary(BinaryFn.ADD), x, Tensor.of(new long[] {1}, 1))
                        .toLongs());
        assertArrayEquals(
                new long[] {-big}, run(new Primitive.Unary(UnaryFn.NEG), x).toLongs());
        Tensor w = run(new Primitive.Where(), Tensor.of(new boolean[] {true}, 1), x, x);
        assertArrayEquals(new long[] {big}, w.toLongs());
        Tensor i = Tensor.of(new int[] {Integer.MAX_VALUE}, 1);
        assertArrayEquals(
                new int[] {Integer.MIN_VALUE},
                run(new Primitive.Binary(BinaryFn.ADD), i, Tensor.of(new int[] {1}, 1))
                        .toInts());
    }

    @Test
    void broadcastIsRightAligned() {
        Tensor x = Tensor.of(d(1, 2, 3), 3, 1);
        Tensor y = Tensor.of(d(10, 20), 2);
        Tensor out = run(new Primitive.Binary(BinaryFn.ADD), x, y);
        assertEquals(Shape.of(3, 2), out.shape());
        assertArrayEquals(d(11, 21, 12, 22, 13, 23), out.toDoubles());
        Tensor c = Tensor.of(new boolean[] {true, false}, 2);
        assertArrayEquals(
                d(1, 10, 2, 10, 3, 10),
                run(new Primitive.Where(), c, x, Tensor.of(d(10), 1)).toDoubles());
    }

    @Test
    void castTruncatesToIntegersAndRoundsHalfToEvenToShortFloats() {
        Tensor x = Tensor.of(d(-1.9, 1.9, NAN, 1e30, 0), 5);
        assertArrayEquals(
                new int[] {-1, 1, 0, Integer.MAX_VALUE, 0},
                run(new Primitive.Cast(DType.I32), x).toInts());
        assertArrayEquals(
                new boolean[] {true, true, true, true, false},
                run(new Primitive.Cast(DType.BOOL), x).toBooleans());
        // 1 + 2^-8 lies halfway between two BF16 numbers, 1 + 2^-11 between two F16 numbers.
        Tensor half = Tensor.of(d(1 + 0x1p-8, 1 + 0x3p-8), 2);
        assertArrayEquals(
                d(1, 1 + 0x1p-6), run(new Primitive.Cast(DType.BF16), half).toDoubles());
        Tensor half16 = Tensor.of(d(1 + 0x1p-11, 1 + 0x3p-11), 2);
        assertArrayEquals(
                d(1, 1 + 0x1p-9), run(new Primitive.Cast(DType.F16), half16).toDoubles());
        Tensor wide = Tensor.of(new long[] {(1L << 32) + 5}, 1);
        assertArrayEquals(
                new int[] {5}, run(new Primitive.Cast(DType.I32), wide).toInts());
    }

    @Test
    void errorsNameTheOpTheArgumentAndBothSides() {
        Tensor f = Tensor.zeros(DType.F32, 2, 3);
        Tensor i = Tensor.zeros(DType.I64, 4);
        Tensor b = Tensor.zeros(DType.BOOL, 3);
        assertMessage(
                "add: shapes (2, 3) and (4) do not broadcast (3 against 4 at axis -1)",
                BinaryFn.ADD,
                f,
                Tensor.zeros(DType.F32, 4));
        assertMessage(
                "add: both inputs of one dtype expected, given F32(2, 3) and I64(4) (cast one)", BinaryFn.ADD, f, i);
        assertMessage("mul: x of a floating or integer dtype expected, given BOOL(3)", BinaryFn.MUL, b, b);
        assertMessage("div: x of a floating dtype expected, given I64(4)", BinaryFn.DIV, i, i);
        assertMessage("mod: integer division by zero: nonzero y expected", BinaryFn.MOD, i, i);
        assertMessage(new Primitive.Unary(UnaryFn.EXP), "exp: x of a floating dtype expected, given I64(4)", i);
        assertMessage(new Primitive.Unary(UnaryFn.NOT), "not: x of BOOL expected, given F32(2, 3)", f);
        assertMessage(new Primitive.Where(), "where: condition of BOOL expected, given F32(2, 3)", f, f, f);
        assertMessage(new Primitive.Unary(UnaryFn.EXP), "exp: 1 inputs expected, given 2", f, f);
        assertMessage(
                new Primitive.Parametric(ParametricFn.CLAMP, 2, 1),
                "clamp: bounds lo <= hi expected, given [2.0, 1.0]",
                f);
        assertMessage(
                new Primitive.Parametric(ParametricFn.CLAMP, 0.5, 1),
                "clamp: whole bounds expected for I64, given [0.5, 1.0]",
                i);
        assertMessage(
                new Primitive.Parametric(ParametricFn.SOFTSHRINK, -1, 0),
                "softshrink: lambda >= 0 expected, given -1.0",
                f);
    }

    private static void assertMessage(String message, BinaryFn fn, Tensor x, Tensor y) {
        assertMessage(new Primitive.Binary(fn), message, x, y);
    }

    private static void assertMessage(Op op, String message, Tensor... in) {
        assertEquals(
                message, assertThrows(ZooException.class, () -> run(op, in)).getMessage());
    }

    @Test
    void everyCaseRunsAndItsResultHasTheInferredType() {
        for (var c : ElementwiseCases.all()) {
            List<Tensor> in = c.draw(3);
            Tensor out = run(c.op(), in.toArray(Tensor[]::new));
            assertEquals(c.op().infer(in.stream().map(Tensor::spec).toList()).getFirst(), out.spec(), c.name());
            assertTrue(Arrays.stream(out.toDoubles()).allMatch(Double::isFinite), c.name());
        }
    }
}
