package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Casts, comparisons, choices and running sums, over tails and over numbers that are none. */
class ConversionsTest {
    /** Lengths around vectors and blocks. */
    private static final int[] LENGTHS = {1, 7, 15, 16, 17, 63, 65, 2047, 2049, 70_001};

    private static final double[] EDGES = {
        0,
        -0.0,
        1,
        -1,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.MIN_VALUE,
        Float.MIN_NORMAL,
        65504,
        65519,
        65520,
        0x1p-24,
        0x1p-25,
        1 + 0x1p-8,
        1 + 0x1p-7,
        1 + 3 * 0x1p-8,
        1 + 0x1p-8 + 0x1p-20,
        3e38,
        -3.4e38,
        2.5,
        -7
    };

    private static Tensor numbers(DType t, int n, long seed) {
        SplittableRandom r = new SplittableRandom(seed);
        double[] v = new double[n];
        Arrays.setAll(v, i -> {
            int k = r.nextInt(64);
            return k < EDGES.length ? EDGES[k] : r.nextDouble(-300, 300);
        });
        return t.isFloating() ? Tensor.of(t, v, n) : integers(t, v);
    }

    private static Tensor integers(DType t, double[] v) {
        long[] whole = new long[v.length];
        Arrays.setAll(whole, i -> i % 5 == 0 ? 0 : (long) v[i]);
        Tensor x = Tensor.of(whole, v.length);
        return t == DType.I64
                ? x
                : Reference.INSTANCE.apply(new Primitive.Cast(t), List.of(x)).getFirst();
    }

    private static void sameBits(Op op, Tensor... in) {
        List<Tensor> expected = Reference.INSTANCE.apply(op, List.of(in));
        List<Tensor> actual = CaseCheck.run(op, List.of(in));
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).spec(), actual.get(i).spec());
            assertArrayEquals(
                    expected.get(i).segment().toArray(ValueLayout.JAVA_BYTE),
                    actual.get(i).segment().toArray(ValueLayout.JAVA_BYTE),
                    op + " of " + in[0].spec());
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void castsToEveryTypeAreTheReferencesBits(DType from) {
        for (DType to : DType.values()) {
            for (int n : LENGTHS) {
                sameBits(new Primitive.Cast(to), numbers(from, n, n));
            }
        }
    }

    @Test
    void everyHalfBecomesItsFloatAndComesBack() {
        Tensor bits = Tensor.allocate(org.layerzoo.core.tensor.TensorSpec.of(DType.BF16, 1 << 16));
        for (int i = 0; i < 1 << 16; i++) {
            // signalling NaN become quiet ones: only quiet ones come back
            boolean nan = (i & 0x7FFF) > 0x7F80;
            bits.segment().setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (nan ? i | 0x40 : i));
        }
        Tensor wide =
                CaseCheck.run(new Primitive.Cast(DType.F32), List.of(bits)).getFirst();
        for (int i = 0; i < 1 << 16; i++) {
            int expected = bits.segment().getAtIndex(ValueLayout.JAVA_SHORT, i) << 16;
            assertEquals(expected, wide.segment().getAtIndex(ValueLayout.JAVA_INT, i));
        }
        Tensor back =
                CaseCheck.run(new Primitive.Cast(DType.BF16), List.of(wide)).getFirst();
        assertArrayEquals(
                bits.segment().toArray(ValueLayout.JAVA_SHORT), back.segment().toArray(ValueLayout.JAVA_SHORT));
    }

    @Test
    void comparisonsOfTailsNanAndBothZerosAreTheReferences() {
        for (BinaryFn fn : List.of(BinaryFn.EQ, BinaryFn.NE, BinaryFn.LT, BinaryFn.LE, BinaryFn.GT, BinaryFn.GE)) {
            for (DType t : List.of(DType.F32, DType.BF16, DType.F16, DType.F64, DType.I64)) {
                for (int n : LENGTHS) {
                    Tensor x = numbers(t, n, 1);
                    sameBits(new Primitive.Binary(fn), x, numbers(t, n, 2));
                    sameBits(new Primitive.Binary(fn), x, x);
                }
            }
        }
    }

    @Test
    void choicesTakeEachElementWhole() {
        for (DType t : List.of(DType.F32, DType.BF16, DType.F16, DType.F64, DType.I64)) {
            for (int n : LENGTHS) {
                Tensor c = numbers(DType.BOOL, n, 3);
                sameBits(new Primitive.Where(), c, numbers(t, n, 4), numbers(t, n, 5));
                sameBits(new Primitive.Where(), c, numbers(t, 1, 4), numbers(t, n, 5));
            }
        }
    }

    @Test
    void aChainOfHalvesRoundsAfterEveryOpAndHasTheBitsOfOneOpAtATime() {
        CpuVectorBackend backend = new CpuVectorBackend();
        for (DType t : List.of(DType.BF16, DType.F16)) {
            Tensor a = numbers(t, 9001, 6);
            Tensor b = numbers(t, 9001, 7);
            Op mul = new Primitive.Binary(BinaryFn.MUL);
            Op add = new Primitive.Binary(BinaryFn.ADD);
            Tensor waiting = backend.execute(mul, List.of(a, b)).getFirst();
            Tensor both = backend.execute(add, List.of(waiting, b)).getFirst();
            Tensor product = Reference.INSTANCE.apply(mul, List.of(a, b)).getFirst();
            Tensor expected = Reference.INSTANCE.apply(add, List.of(product, b)).getFirst();
            assertArrayEquals(expected.toDoubles(), both.toDoubles());
        }
    }

    @ParameterizedTest
    @EnumSource(Primitive.ScanKind.class)
    void runningSumsOfOddLinesAreTheReferencesBothWays(Primitive.ScanKind kind) {
        int[][] shapes = {{1, 1500, 1}, {8, 513, 1}, {19, 700, 1}, {3, 70, 5}, {2, 9, 1030}, {5, 1, 1}};
        for (int[] dims : shapes) {
            for (int way = 0; way < 4; way++) {
                Tensor x = numbers(DType.F32, dims[0] * dims[1] * dims[2], way)
                        .view(org.layerzoo.core.tensor.Shape.of(dims));
                Op op = new Primitive.Scan(kind, 1, way > 1, way % 2 == 1);
                assertArrayEquals(
                        Reference.INSTANCE.apply(op, List.of(x)).getFirst().toDoubles(),
                        CaseCheck.run(op, List.of(x)).getFirst().toDoubles(),
                        op + " of " + x.spec());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Primitive.ReduceKind.class)
    void reductionsInDoubleAreTheReferencesAlongAnyAxes(Primitive.ReduceKind kind) {
        if (kind == Primitive.ReduceKind.ANY || kind == Primitive.ReduceKind.ALL) {
            return;
        }
        int[][] axes = {{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}};
        for (int[] dims : new int[][] {{3, 41, 5}, {2, 7, 1030}, {1, 2, 4099}, {5, 1, 1}}) {
            for (long seed = 0; seed < 3; seed++) {
                double[] v =
                        numbers(DType.F64, dims[0] * dims[1] * dims[2], seed).toDoubles();
                for (int i = 0; i < v.length && seed > 0; i++) {
                    v[i] = Double.isFinite(v[i]) && Math.abs(v[i]) < 1e3 ? v[i] : 1;
                }
                Tensor x = Tensor.of(DType.F64, v, dims);
                for (int[] a : axes) {
                    Op op = new Primitive.Reduce(kind, a, seed == 1);
                    assertArrayEquals(
                            Reference.INSTANCE.apply(op, List.of(x)).getFirst().toDoubles(),
                            CaseCheck.run(op, List.of(x)).getFirst().toDoubles(),
                            op + " of " + x.spec());
                }
            }
        }
    }

    @Test
    void arithmeticInDoubleIsTheReferencesBits() {
        for (BinaryFn fn :
                List.of(BinaryFn.ADD, BinaryFn.SUB, BinaryFn.MUL, BinaryFn.DIV, BinaryFn.MAX, BinaryFn.MIN)) {
            for (int n : LENGTHS) {
                Op op = new Primitive.Binary(fn);
                List<Tensor> in = List.of(numbers(DType.F64, n, 8), numbers(DType.F64, n, 9));
                assertArrayEquals(
                        Reference.INSTANCE.apply(op, in).getFirst().toDoubles(),
                        CaseCheck.run(op, in).getFirst().toDoubles());
            }
        }
    }
}
