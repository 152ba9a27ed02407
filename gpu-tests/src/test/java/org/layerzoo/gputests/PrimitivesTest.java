package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.BinaryFn;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.op.Primitive.TopKOrder;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** What the case tables of the primitive ops are too small or too tame to show. */
class PrimitivesTest {
    private static final Backend BACKEND = Dispatcher.backend("oneapi:opencl");
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[] STRANGE = {NAN, INF, -INF, 0.0, -0.0, 1, -1, 1e30, -1e30, 0.5, -2.5, 3.5};

    @BeforeEach
    void poison() {
        Memory.poison(true);
    }

    @AfterEach
    void clean() {
        Memory.poison(false);
    }

    private static List<Tensor> run(Op op, Tensor... in) {
        List<Tensor> inputs = List.of(in);
        assertEquals(
                java.util.Optional.empty(),
                BACKEND.refusal(op, inputs.stream().map(Tensor::spec).toList()));
        return Exec.with(Reference.INSTANCE, () -> BACKEND.execute(op, inputs));
    }

    private static List<Tensor> truth(Op op, Tensor... in) {
        return Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, List.of(in)));
    }

    private static void same(Op op, double tolerance, Tensor... in) {
        List<Tensor> expected = truth(op, in);
        List<Tensor> given = run(op, in);
        for (int i = 0; i < expected.size(); i++) {
            double[] e = expected.get(i).toDoubles();
            double[] g = given.get(i).toDoubles();
            assertEquals(expected.get(i).spec(), given.get(i).spec());
            for (int k = 0; k < e.length; k++) {
                double bound = tolerance * Math.max(1, Math.abs(e[k]));
                boolean equal =
                        e[k] == g[k] || Double.isNaN(e[k]) && Double.isNaN(g[k]) || Math.abs(e[k] - g[k]) <= bound;
                assertTrue(equal, op + " at " + k + ": " + g[k] + ", expected " + e[k]);
            }
        }
    }

    private static Tensor random(DType t, int... dims) {
        SplittableRandom r = new SplittableRandom(3);
        int n = (int) TensorSpec.of(t, dims).shape().size();
        return Tensor.of(t, r.doubles(n, -1, 1).toArray(), dims);
    }

    private static Tensor ids(int below, int... dims) {
        SplittableRandom r = new SplittableRandom(5);
        return Tensor.of(
                r.longs(TensorSpec.of(DType.I64, dims).shape().size(), 0, below).toArray(), dims);
    }

    @ParameterizedTest
    @EnumSource(Primitive.UnaryFn.class)
    void strangeNumbersGoThroughFunctionsOfOneOperandAsInTheReference(Primitive.UnaryFn fn) {
        if (fn != Primitive.UnaryFn.NOT) {
            // The series of gamma's kin lose digits next to their poles, and the circle ones at 1e30.
            boolean periodic = List.of("SIN", "COS", "TAN").contains(fn.name());
            double[] x = periodic ? new double[] {NAN, INF, -INF, 0.0, -0.0, 1, -1, 100} : STRANGE;
            same(new Primitive.Unary(fn), 1e-5, Tensor.of(DType.F32, x, x.length));
            same(new Primitive.Unary(fn), 1e-11, Tensor.of(DType.F64, x, x.length));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = BinaryFn.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"AND", "OR", "XOR"})
    void strangeNumbersGoThroughFunctionsOfTwoOperandsAsInTheReference(BinaryFn fn) {
        int n = STRANGE.length;
        Tensor x = Tensor.of(DType.F64, STRANGE, n, 1);
        Tensor y = Tensor.of(DType.F64, STRANGE, n);
        same(new Primitive.Binary(fn), 1e-12, x, y);
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void castsSaturateAndWrapAsInTheReference(DType to) {
        double[] floats = {NAN, INF, -INF, 1e10, -1e10, 1e19, -1e19, 2147483647.5, -0.9, 65519, 65520, 1e-8, -3.5};
        for (DType from : new DType[] {DType.F32, DType.F64, DType.BF16, DType.F16}) {
            same(new Primitive.Cast(to), 0, Tensor.of(from, floats, floats.length));
        }
        long[] longs = {Long.MIN_VALUE, Long.MAX_VALUE, (1L << 53) + 1, -(1L << 60) - 129, 1L << 31, -1, 0, 16777217};
        same(new Primitive.Cast(to), 0, Tensor.of(longs, longs.length));
        same(new Primitive.Cast(to), 0, Tensor.of(new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE, 16777217, 0}, 4));
    }

    @ParameterizedTest
    @EnumSource(
            value = ReduceKind.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"ANY", "ALL"})
    void longReductionsInPartsAgreeWithTheReference(ReduceKind kind) {
        double scale = kind == ReduceKind.PROD ? 1e-4 : 1;
        // Products of numbers next to 1 lose their second order in F32.
        Tensor x = Tensor.of(
                kind == ReduceKind.PROD ? DType.F64 : DType.F32,
                DoubleStream.of(random(DType.F32, 300_000).toDoubles())
                        .map(v -> 1 + scale * v)
                        .toArray(),
                3,
                100_000);
        same(new Primitive.Reduce(kind, new int[] {0, 1}, false), 2e-5, x);
        same(new Primitive.Reduce(kind, new int[] {1}, true), 2e-5, x);
        same(
                new Primitive.Reduce(kind, new int[] {0}, false),
                1e-5,
                x.view(x.shape().with(0, 100_000).with(1, 3)));
    }

    @Test
    void oneNumberThatIsNoneMakesExtremesAndSumsNone() {
        double[] x = random(DType.F32, 70_000).toDoubles();
        x[41_234] = NAN;
        for (ReduceKind kind :
                new ReduceKind[] {ReduceKind.SUM, ReduceKind.MAX, ReduceKind.MIN, ReduceKind.LOGSUMEXP}) {
            Op op = new Primitive.Reduce(kind, new int[] {0}, false);
            assertTrue(
                    Double.isNaN(run(op, Tensor.of(DType.F32, x, x.length))
                            .getFirst()
                            .item()),
                    op.toString());
        }
        Op argmax = new Primitive.ArgReduce(true, 0, false);
        assertEquals(
                41_234,
                run(argmax, Tensor.of(DType.F32, x, x.length)).getFirst().item());
    }

    @ParameterizedTest
    @CsvSource({
        "SUM, false, true",
        "SUM, true, false",
        "PROD, false, false",
        "MAX, true, true",
        "LOGSUMEXP, false, true"
    })
    void longScansInPartsAgreeWithTheReference(ScanKind kind, boolean reverse, boolean exclusive) {
        Tensor x = random(DType.F64, 2, 20_001);
        same(new Primitive.Scan(kind, 1, reverse, exclusive), 1e-10, x);
        same(
                new Primitive.Scan(kind, 0, reverse, exclusive),
                1e-10,
                x.view(x.shape().with(0, 20_001).with(1, 2)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void longRecurrencesInPartsAgreeWithTheReference(boolean reverse) {
        Tensor a = random(DType.F32, 9_001);
        Tensor b = random(DType.F32, 9_001);
        same(new Primitive.FirstOrder(0, reverse), 1e-5, a, b, Tensor.of(DType.F32, new double[] {0.7}));
        Tensor wide = random(DType.F32, 3_000, 3);
        same(new Primitive.FirstOrder(0, reverse), 1e-5, wide, wide, random(DType.F32, 3));
    }

    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "0, true"})
    void longLinesAreSortedStablyWithNanLast(int axis, boolean descending) {
        double[] x = IntStream.range(0, 3 * 5_000)
                .mapToDouble(i -> i % 997 == 0 ? NAN : i % 31 == 0 ? -0.0 : (i * 7919L) % 64 - 32)
                .toArray();
        for (DType t : new DType[] {DType.F32, DType.BF16, DType.F64}) {
            same(
                    new Primitive.ArgSort(axis, descending),
                    0,
                    Tensor.of(t, x, axis == 1 ? new int[] {3, 5_000} : new int[] {5_000, 3}));
        }
        long[] whole = {5, Long.MIN_VALUE, Long.MAX_VALUE, -1, 0, 5, Long.MAX_VALUE};
        same(new Primitive.ArgSort(0, descending), 0, Tensor.of(whole, whole.length));
    }

    @ParameterizedTest
    @CsvSource({"8, BY_VALUE, true", "8, BY_INDEX, false", "600, BY_VALUE, false", "1500, BY_INDEX, true"})
    void theFewOfALongLineAreFound(int k, TopKOrder order, boolean largest) {
        double[] x = random(DType.F32, 12_000).toDoubles();
        IntStream.range(0, 2000).forEach(i -> x[i * 6] = i % 3 == 0 ? NAN : 0.25);
        same(new Primitive.TopK(k, 1, largest, order), 0, Tensor.of(DType.F32, x, 2, 6_000));
        same(new Primitive.TopK(k, 0, largest, order), 0, Tensor.of(DType.F32, x, 6_000, 2));
    }

    @ParameterizedTest
    @EnumSource(SegmentKind.class)
    void manyRowsOfFewSegmentsAgreeWithTheReference(SegmentKind kind) {
        same(new Primitive.Segment(kind, 5), 1e-4, random(DType.F32, 4_000, 3), ids(5, 4_000));
        same(new Primitive.Segment(kind, 3_000), 1e-5, random(DType.F32, 4_000), ids(3_000, 4_000));
    }

    @Test
    void ofElementsThatGoToOnePlaceAllAreAddedAndTheLastIsWritten() {
        Tensor base = random(DType.F32, 4, 50);
        Tensor index = ids(50, 3, 2_000);
        same(new Primitive.ScatterAdd(1), 1e-5, base, index, random(DType.F32, 3, 2_000));
        same(new Primitive.ScatterSet(1), 0, base, index, random(DType.F32, 3, 2_000));
        same(
                new Primitive.Bincount(50),
                0,
                index.view(index.shape().with(0, 1).without(0).with(0, 6_000)));
    }

    @ParameterizedTest
    @CsvSource({"F32", "BF16", "F64", "BOOL"})
    void axesChangePlacesThroughTilesForSizesThatDoNotFillThem(DType t) {
        Tensor x = drawn(t, 3, 70, 5, 41);
        same(new Primitive.Permute(new int[] {0, 3, 2, 1}), 0, x);
        same(new Primitive.Permute(new int[] {3, 1, 2, 0}), 0, x);
        same(new Primitive.Permute(new int[] {3, 2, 1, 0}), 0, x);
    }

    @ParameterizedTest
    @CsvSource({"F32, 24, 8", "BF16, 24, 8", "BF16, 24, 6", "F16, 26, 2", "F64, 12, 3", "F32, 27, 9"})
    void rowsMoveInPiecesOfAsManyBytesAsTheirSizesAllow(DType t, int width, int part) {
        Tensor x = random(t, 3, 5, width);
        int[] step = {1, 1, 1};
        same(new Primitive.Slice(new int[] {0, 1, part}, new int[] {3, 5, 2 * part}, step), 0, x);
        same(new Primitive.Concat(2), 0, x, x, random(t, 3, 5, part));
        same(new Primitive.Roll(part, 2), 0, x);
        same(new Primitive.Flip(new int[] {0, 1}), 0, x);
        same(new Primitive.Expand(x.shape().insert(0, 4)), 0, x);
        same(new Primitive.IndexSelect(1), 0, x, ids(5, 9));
        same(new Primitive.IndexSelect(0), 0, x.rows(1, 3), ids(2, 7));
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void rowsAndColumnsAreSpreadOverATensorInPacks(DType t) {
        Tensor x = drawn(t, 3, 5, 32);
        for (BinaryFn fn : t == DType.BOOL
                ? new BinaryFn[] {BinaryFn.XOR, BinaryFn.EQ}
                : new BinaryFn[] {BinaryFn.SUB, BinaryFn.LT, BinaryFn.NE}) {
            Op op = new Primitive.Binary(fn);
            same(op, 0, x, drawn(t, 32));
            same(op, 0, drawn(t, 3, 5, 1), x);
            same(op, 0, drawn(t, 3, 1, 32), drawn(t, 5, 1));
            same(op, 0, x.rows(1, 3), drawn(t, 2, 1, 32));
            same(op, 0, drawn(t, 3, 5, 33), drawn(t, 33));
        }
    }

    private static Tensor drawn(DType t, int... dims) {
        return t.isFloating()
                ? random(t, dims)
                : truth(new Primitive.Cast(t), ids(2, dims)).getFirst();
    }

    @Test
    void viewsThatBeginAtAnyElementAreReadAsTheyAre() {
        Tensor x = random(DType.BF16, 9, 33).rows(2, 9);
        same(new Primitive.Unary(Primitive.UnaryFn.NEG), 0, x);
        same(new Primitive.Binary(BinaryFn.ADD), 0, x, x);
        same(new Primitive.Slice(new int[] {1, 0}, new int[] {7, 33}, new int[] {1, 1}), 0, x);
    }

    @Test
    void anIndexOutsideIsTheErrorOfTheReference() {
        Tensor x = random(DType.F32, 5, 3);
        Tensor outside = Tensor.of(new long[] {0, 4, 7, -1}, 4);
        fails(new Primitive.IndexSelect(0), x, outside);
        fails(new Primitive.Gather(0), x, Tensor.of(new long[] {0, 5, 1}, 1, 3));
        fails(new Primitive.ScatterAdd(0), x, Tensor.of(new long[] {0, -5, 1}, 1, 3), random(DType.F32, 1, 3));
        fails(new Primitive.ScatterSet(1), x, Tensor.of(new long[] {3}, 1, 1), random(DType.F32, 1, 1));
        fails(new Primitive.OneHot(7, DType.F32), outside);
        fails(new Primitive.Bincount(7), outside);
        fails(new Primitive.Segment(SegmentKind.SUM, 4), random(DType.F32, 4), outside);
        fails(new Primitive.Binary(BinaryFn.MOD), outside, outside);
        fails(new Primitive.Binary(BinaryFn.FLOOR_DIV), outside, Tensor.of(new long[] {0}));
    }

    @Test
    void anIndexThatTheDeviceHasComputedIsCheckedToo() {
        Tensor ids = run(new Primitive.Iota(DType.I64, 100_000, -3, 1)).getFirst();
        ZooException e =
                assertThrows(ZooException.class, () -> run(new Primitive.IndexSelect(0), random(DType.F32, 5), ids));
        assertEquals("index_select: an index of 0..4 expected, given -3", e.getMessage());
        Tensor order =
                run(new Primitive.ArgSort(0, false), random(DType.F32, 100)).getFirst();
        assertThrows(ZooException.class, () -> run(new Primitive.IndexSelect(0), random(DType.F32, 5), order));
        same(new Primitive.Binary(BinaryFn.FLOOR_DIV), 0, order, Tensor.of(new long[] {7}));
    }

    private static void fails(Op op, Tensor... in) {
        ZooException expected = assertThrows(ZooException.class, () -> truth(op, in));
        ZooException given = assertThrows(ZooException.class, () -> run(op, in));
        assertEquals(expected.getMessage(), given.getMessage());
        assertEquals(expected.code(), given.code());
    }

    @Test
    void theSameDrawIsMadeWhereverItBegins() {
        TensorSpec spec = TensorSpec.of(DType.F32, 100_003);
        Op op = new Primitive.Draw(Primitive.Distribution.UNIFORM, 42, 7, spec);
        assertArrayEquals(truth(op).getFirst().toDoubles(), run(op).getFirst().toDoubles());
    }
}
