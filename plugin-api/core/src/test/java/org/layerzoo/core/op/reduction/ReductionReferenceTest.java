package org.layerzoo.core.op.reduction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.ReduceKind;
import org.layerzoo.core.op.Primitive.ScanKind;
import org.layerzoo.core.op.Primitive.SegmentKind;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

class ReductionReferenceTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double NAN = Double.NaN;

    private static Tensor run(Op op, Tensor... in) {
        return Reference.INSTANCE.apply(op, List.of(in)).getFirst();
    }

    private static Tensor t(double... v) {
        return Tensor.of(v, v.length);
    }

    private static Op reduce(ReduceKind kind, int... axes) {
        return new Primitive.Reduce(kind, axes, false);
    }

    private static double[] scan(ScanKind kind, boolean reverse, boolean exclusive, double... x) {
        return run(new Primitive.Scan(kind, 0, reverse, exclusive), t(x)).toDoubles();
    }

    private static double[] d(double... v) {
        return v;
    }

    @Test
    void reductionsOfALineHaveTheirHandComputedValues() {
        Tensor x = t(1, -2, 4);
        assertEquals(3, run(reduce(ReduceKind.SUM, 0), x).item());
        assertEquals(1, run(reduce(ReduceKind.MEAN, 0), x).item());
        assertEquals(-8, run(reduce(ReduceKind.PROD, 0), x).item());
        assertEquals(4, run(reduce(ReduceKind.MAX, 0), x).item());
        assertEquals(-2, run(reduce(ReduceKind.MIN, 0), x).item());
        assertEquals(
                Math.log(4),
                run(reduce(ReduceKind.LOGSUMEXP, 0), t(0, Math.log(3))).item(),
                1e-15);
        assertEquals(
                1000 + Math.log(2),
                run(reduce(ReduceKind.LOGSUMEXP, 0), t(1000, 1000)).item(),
                1e-12);
        Tensor b = Tensor.of(new boolean[] {true, false}, 2);
        assertArrayEquals(
                new boolean[] {true}, run(reduce(ReduceKind.ANY, 0), b).toBooleans());
        assertArrayEquals(
                new boolean[] {false}, run(reduce(ReduceKind.ALL, 0), b).toBooleans());
    }

    @Test
    void reductionsKeepOrDropTheirAxes() {
        Tensor x = Tensor.of(d(1, 2, 3, 4, 5, 6), 1, 2, 3);
        assertArrayEquals(d(5, 7, 9), run(reduce(ReduceKind.SUM, 1), x).toDoubles());
        assertArrayEquals(d(6, 15), run(reduce(ReduceKind.SUM, 0, 2), x).toDoubles());
        assertEquals(Shape.of(2), run(reduce(ReduceKind.SUM, 0, 2), x).shape());
        Tensor kept = run(new Primitive.Reduce(ReduceKind.SUM, new int[] {0, 2}, true), x);
        assertEquals(Shape.of(1, 2, 1), kept.shape());
        assertArrayEquals(d(6, 15), kept.toDoubles());
        assertArrayEquals(x.toDoubles(), run(reduce(ReduceKind.SUM), x).toDoubles());
    }

    @Test
    void emptySetsGiveTheDocumentedNeutralElements() {
        Tensor none = Tensor.zeros(DType.F64, 0);
        double[] expected = {0, NAN, -INF, INF, 1, -INF};
        ReduceKind[] kinds = {
            ReduceKind.SUM, ReduceKind.MEAN, ReduceKind.MAX, ReduceKind.MIN, ReduceKind.PROD, ReduceKind.LOGSUMEXP
        };
        for (int i = 0; i < kinds.length; i++) {
            assertEquals(expected[i], run(reduce(kinds[i], 0), none).item(), kinds[i].name());
        }
        Tensor nothing = Tensor.zeros(DType.BOOL, 0);
        assertArrayEquals(
                new boolean[] {false}, run(reduce(ReduceKind.ANY, 0), nothing).toBooleans());
        assertArrayEquals(
                new boolean[] {true}, run(reduce(ReduceKind.ALL, 0), nothing).toBooleans());
        Tensor whole = Tensor.zeros(DType.I32, 0);
        assertArrayEquals(
                new int[] {Integer.MIN_VALUE},
                run(reduce(ReduceKind.MAX, 0), whole).toInts());
        assertArrayEquals(
                new int[] {Integer.MAX_VALUE},
                run(reduce(ReduceKind.MIN, 0), whole).toInts());
        assertEquals(-INF, run(reduce(ReduceKind.LOGSUMEXP, 0), t(-INF, -INF)).item());
        assertEquals(INF, run(reduce(ReduceKind.LOGSUMEXP, 0), t(1, INF)).item());
    }

    @Test
    void nanPassesThroughMaximaAndIsTheirIndex() {
        assertEquals(NAN, run(reduce(ReduceKind.MAX, 0), t(1, NAN, 3)).item());
        assertEquals(NAN, run(reduce(ReduceKind.MIN, 0), t(1, NAN, 3)).item());
        assertEquals(NAN, run(reduce(ReduceKind.LOGSUMEXP, 0), t(1, NAN, 3)).item());
        assertEquals(
                1,
                run(new Primitive.ArgReduce(true, 0, false), t(5, NAN, 9, NAN)).item());
        assertEquals(
                1,
                run(new Primitive.ArgReduce(false, 0, false), t(5, NAN, -9, NAN))
                        .item());
    }

    @Test
    void argMaxAndArgMinTakeTheLowestIndexInTies() {
        Tensor x = Tensor.of(d(1, 3, 3, 2, 2, 5), 2, 3);
        assertArrayEquals(
                new long[] {1, 2},
                run(new Primitive.ArgReduce(true, 1, false), x).toLongs());
        assertArrayEquals(
                new long[] {0, 0},
                run(new Primitive.ArgReduce(false, 1, false), x).toLongs());
        Tensor down = run(new Primitive.ArgReduce(true, 0, true), x);
        assertEquals(Shape.of(1, 3), down.shape());
        assertArrayEquals(new long[] {1, 0, 1}, down.toLongs());
        Tensor big = Tensor.of(new long[] {Long.MAX_VALUE - 1, Long.MAX_VALUE}, 2);
        assertEquals(1, run(new Primitive.ArgReduce(true, 0, false), big).toLongs()[0]);
    }

    @Test
    void scansRunForwardsBackwardsAndExclusive() {
        assertArrayEquals(d(1, 3, 6), scan(ScanKind.SUM, false, false, 1, 2, 3));
        assertArrayEquals(d(0, 1, 3), scan(ScanKind.SUM, false, true, 1, 2, 3));
        assertArrayEquals(d(6, 5, 3), scan(ScanKind.SUM, true, false, 1, 2, 3));
        assertArrayEquals(d(5, 3, 0), scan(ScanKind.SUM, true, true, 1, 2, 3));
        assertArrayEquals(d(2, 6, 24), scan(ScanKind.PROD, false, false, 2, 3, 4));
        assertArrayEquals(d(12, 4, 1), scan(ScanKind.PROD, true, true, 2, 3, 4));
        assertArrayEquals(d(1, 3, 3), scan(ScanKind.MAX, false, false, 1, 3, 2));
        assertArrayEquals(d(-INF, 1, 3), scan(ScanKind.MAX, false, true, 1, 3, 2));
        assertArrayEquals(d(0, Math.log(2), Math.log(3)), scan(ScanKind.LOGSUMEXP, false, false, 0, 0, 0), 1e-15);
        assertArrayEquals(d(-INF, 0, Math.log(2)), scan(ScanKind.LOGSUMEXP, false, true, 0, 0, 0), 1e-15);
        Tensor x = Tensor.of(new long[] {1, 2, 3, 4}, 2, 2);
        assertArrayEquals(
                new long[] {1, 2, 4, 6},
                run(new Primitive.Scan(ScanKind.SUM, 0, false, false), x).toLongs());
        assertArrayEquals(
                new long[] {Long.MIN_VALUE, 1, Long.MIN_VALUE, 3},
                run(new Primitive.Scan(ScanKind.MAX, 1, false, true), x).toLongs());
    }

    @Test
    void firstOrderFollowsItsRecurrenceFromEitherEnd() {
        Tensor a = Tensor.of(d(2, 3, 4), 1, 3);
        Tensor b = Tensor.of(d(1, 1, 1), 1, 3);
        Tensor h0 = t(10);
        assertArrayEquals(
                d(21, 64, 257),
                run(new Primitive.FirstOrder(1, false), a, b, h0).toDoubles());
        assertArrayEquals(
                d(249, 124, 41),
                run(new Primitive.FirstOrder(1, true), a, b, h0).toDoubles());
    }

    @Test
    void segmentsTakeAnyOrderOfIdsAndMayBeEmpty() {
        Tensor x = Tensor.of(d(1, 10, 2, 20, 4, 40), 3, 2);
        Tensor ids = Tensor.of(new long[] {2, 0, 2}, 3);
        assertArrayEquals(
                d(2, 20, 0, 0, 5, 50),
                run(new Primitive.Segment(SegmentKind.SUM, 3), x, ids).toDoubles());
        assertArrayEquals(
                d(2, 20, 0, 0, 2.5, 25),
                run(new Primitive.Segment(SegmentKind.MEAN, 3), x, ids).toDoubles());
        assertArrayEquals(
                d(2, 20, -INF, -INF, 4, 40),
                run(new Primitive.Segment(SegmentKind.MAX, 3), x, ids).toDoubles());
        assertArrayEquals(
                d(2, 20, INF, INF, 1, 10),
                run(new Primitive.Segment(SegmentKind.MIN, 3), x, ids).toDoubles());
        Tensor count = run(new Primitive.Segment(SegmentKind.COUNT, 3), x, ids);
        assertEquals(DType.I64, count.dtype());
        assertArrayEquals(new long[] {1, 1, 0, 0, 2, 2}, count.toLongs());
    }

    @Test
    void errorsNameTheOpTheArgumentAndBothShapes() {
        Tensor x = Tensor.zeros(DType.F64, 2, 3);
        Tensor i = Tensor.zeros(DType.I64, 2);
        assertMessage("sum: an axis of x(2, 3) expected, given 2", reduce(ReduceKind.SUM, 2), x);
        assertMessage("sum: distinct axes expected, given [1, 1]", reduce(ReduceKind.SUM, 1, 1), x);
        assertMessage("mean: x of a floating dtype expected, given I64(2)", reduce(ReduceKind.MEAN, 0), i);
        assertMessage("any: x of BOOL expected, given F64(2, 3)", reduce(ReduceKind.ANY, 0), x);
        assertMessage(
                "sum: x of a floating or integer dtype expected, given BOOL(2) (cast it)",
                reduce(ReduceKind.SUM, 0),
                Tensor.zeros(DType.BOOL, 2));
        assertMessage(
                "arg_reduce: at least one element expected at axis 1, given x(2, 0)",
                new Primitive.ArgReduce(true, 1, false),
                Tensor.zeros(DType.F64, 2, 0));
    }

    @Test
    void errorsOfScansAndSegmentsNameTheOpTheArgumentAndBothShapes() {
        Tensor x = Tensor.zeros(DType.F64, 2, 3);
        Tensor i = Tensor.zeros(DType.I64, 2);
        assertMessage(
                "first_order: a and b of one shape expected, given (2) and (2, 3)",
                new Primitive.FirstOrder(1, false),
                Tensor.zeros(DType.F64, 2),
                x,
                x);
        assertMessage(
                "first_order: h0 of shape (2) expected for b(2, 3) at axis 1, given (3)",
                new Primitive.FirstOrder(1, false),
                x,
                x,
                Tensor.zeros(DType.F64, 3));
        assertMessage(
                "segment_sum: one id for each row of x expected, given x(2, 3) and ids(3)",
                new Primitive.Segment(SegmentKind.SUM, 2),
                x,
                Tensor.zeros(DType.I64, 3));
        assertMessage(
                "segment_sum: ids from 0 to 1 expected, given 2 at row 1",
                new Primitive.Segment(SegmentKind.SUM, 2),
                x,
                Tensor.of(new long[] {0, 2}, 2));
        assertMessage(
                "segment_max: segments >= 0 expected, given -1", new Primitive.Segment(SegmentKind.MAX, -1), x, i);
    }

    private static void assertMessage(String message, Op op, Tensor... in) {
        assertEquals(
                message, assertThrows(ZooException.class, () -> run(op, in)).getMessage());
    }

    @Test
    void everyCaseRunsAndItsResultHasTheInferredType() {
        for (var c : ReductionCases.all()) {
            List<Tensor> in = c.draw(3);
            Tensor out = run(c.op(), in.toArray(Tensor[]::new));
            assertEquals(c.op().infer(in.stream().map(Tensor::spec).toList()).getFirst(), out.spec(), c.name());
            boolean mayBeInfinite =
                    c.op() instanceof Primitive.Scan s && s.exclusive() || c.op() instanceof Primitive.Segment;
            assertTrue(mayBeInfinite || Arrays.stream(out.toDoubles()).allMatch(Double::isFinite), c.name());
        }
    }
}
