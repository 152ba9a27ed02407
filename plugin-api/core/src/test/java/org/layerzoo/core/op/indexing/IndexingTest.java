package org.layerzoo.core.op.indexing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.equal;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.ids;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.TopKOrder;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class IndexingTest {
    private static final double NAN = Double.NaN;
    private static final Tensor X = f64(shape(2, 3), 1, 2, 3, 4, 5, 6);

    private static Stream<OpCase> all() {
        return IndexingCases.all().stream();
    }

    private static Stream<OpCase> differentiable() {
        return all().filter(OpCase::differentiable);
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyCaseHasTheInferredTypes(OpCase c) {
        Expect.inferredTypes(c);
    }

    @ParameterizedTest
    @MethodSource("differentiable")
    void gradientsEqualFiniteDifferences(OpCase c) {
        Expect.gradientHolds(c);
    }

    @Test
    void indexSelectRepeatsAndReordersRowsOfAnyAxis() {
        near(onReference(() -> Ops.indexSelect(X, 0, ids(1, 1, 0))), shape(3, 3), 4, 5, 6, 4, 5, 6, 1, 2, 3);
        near(onReference(() -> Ops.indexSelect(X, -1, ids(2, 0))), shape(2, 2), 3, 1, 6, 4);
    }

    @Test
    void indexSelectsGradientSumsOverRepeats() {
        Tensor weight = f64(shape(3, 3), 1, 2, 3, 10, 20, 30, 100, 200, 300);
        Tensor dx = gradients(
                        in -> Ops.indexSelect(in.getFirst(), 0, ids(1, 1, 0)).mul(weight), X)
                .getFirst();
        near(dx, shape(2, 3), 100, 200, 300, 11, 22, 33);
    }

    @Test
    void gatherTakesWhereIndexPointsAndMayBeShorter() {
        Tensor index = Tensor.of(new long[] {2, 0}, 1, 2);
        near(onReference(() -> Ops.gather(X, 1, index)), shape(1, 2), 3, 1);
        Tensor down = Tensor.of(new long[] {1, 0, 1}, 1, 3);
        near(onReference(() -> Ops.gather(X, 0, down)), shape(1, 3), 4, 2, 6);
    }

    @Test
    void gatherKeepsAll64BitsOfIntegers() {
        long large = (1L << 60) + 1;
        Tensor x = Tensor.of(new long[] {7, large}, 2);
        equal(onReference(() -> Ops.gather(x, 0, ids(1, 0))), shape(2), large, 7);
    }

    @Test
    void scatterAddSumsDuplicates() {
        Tensor y = onReference(() -> Ops.scatterAdd(row(1, 1, 1), 0, ids(2, 0, 2), row(10, 20, 30)));
        near(y, shape(3), 21, 1, 41);
    }

    @Test
    void scatterSetLetsTheLastDuplicateWinAndOnlyItHasAGradient() {
        Tensor base = row(1, 1, 1);
        Tensor src = row(10, 20, 30);
        near(onReference(() -> Ops.scatterSet(base, 0, ids(2, 0, 2), src)), shape(3), 20, 1, 30);
        List<Tensor> g = gradients(
                in -> Ops.scatterSet(in.get(0), 0, ids(2, 0, 2), in.get(1)).mul(row(5, 6, 7)), base, src);
        near(g.get(0), shape(3), 0, 6, 0);
        near(g.get(1), shape(3), 0, 5, 7);
    }

    @Test
    void oneHotPutsItsAxisLast() {
        Tensor y = onReference(() -> Ops.oneHot(ids(2, 0), 3, DType.F32));
        assertEquals(DType.F32, y.dtype());
        near(y, shape(2, 3), 0, 0, 1, 1, 0, 0);
    }

    @Test
    void topKTakesTheLowerIndexOfATie() {
        Tensor x = row(3, 5, 5, 1, 3);
        List<Tensor> byValue = onReference(() -> Ops.topK(x, 3, 0, TopKOrder.BY_VALUE));
        near(byValue.get(0), shape(3), 5, 5, 3);
        equal(byValue.get(1), shape(3), 1, 2, 0);
        List<Tensor> byIndex = onReference(() -> Ops.topK(x, 3, 0, TopKOrder.BY_INDEX));
        near(byIndex.get(0), shape(3), 3, 5, 5);
        equal(byIndex.get(1), shape(3), 0, 1, 2);
    }

    @Test
    void topKCountsNanAsWorstEitherWay() {
        Tensor x = row(NAN, 2, 1);
        equal(onReference(() -> Ops.topK(x, 2, 0, TopKOrder.BY_VALUE)).get(1), shape(2), 1, 2);
        Primitive.TopK smallest = new Primitive.TopK(3, 0, false, TopKOrder.BY_VALUE);
        equal(onReference(() -> Ops.all(smallest, x)).get(1), shape(3), 2, 1, 0);
    }

    @Test
    void topKTreatsBothZerosAsOneValue() {
        equal(
                onReference(() -> Ops.topK(row(-0.0, 0.0), 1, 0, TopKOrder.BY_VALUE))
                        .get(1),
                shape(1),
                0);
    }

    @Test
    void topKWorksAlongAnInnerAxis() {
        Tensor x = f64(shape(3, 2), 1, 6, 5, 2, 3, 4);
        List<Tensor> y = onReference(() -> Ops.topK(x, 2, 0, TopKOrder.BY_VALUE));
        near(y.get(0), shape(2, 2), 5, 6, 3, 4);
        equal(y.get(1), shape(2, 2), 1, 0, 2, 2);
    }

    @Test
    void topKsGradientGoesToTheChosen() {
        Tensor dx = gradients(
                        in -> Ops.topK(in.getFirst(), 2, 0, TopKOrder.BY_VALUE)
                                .getFirst()
                                .mul(row(10, 20)),
                        row(1, 7, 3, 9))
                .getFirst();
        near(dx, shape(4), 0, 20, 0, 10);
    }

    @Test
    void argSortIsStableAndPutsNanLastBothWays() {
        Tensor x = row(2, NAN, 1, 2, 3);
        equal(onReference(() -> Ops.argSort(x, 0, false)), shape(5), 2, 0, 3, 4, 1);
        equal(onReference(() -> Ops.argSort(x, 0, true)), shape(5), 4, 0, 3, 2, 1);
    }

    @Test
    void argSortComparesIntegersBeyondDoubles() {
        Tensor x = Tensor.of(new long[] {(1L << 60) + 1, 1L << 60}, 2);
        equal(onReference(() -> Ops.argSort(x, 0, false)), shape(2), 1, 0);
    }

    @Test
    void searchSortedCountsBelowOrUpTo() {
        Tensor sorted = row(1, 2, 2, 5);
        Tensor x = row(0, 2, 3, 5, 9);
        equal(onReference(() -> Ops.searchSorted(sorted, x, false)), shape(5), 0, 1, 3, 3, 4);
        equal(onReference(() -> Ops.searchSorted(sorted, x, true)), shape(5), 0, 3, 3, 4, 4);
    }

    @Test
    void bincountCountsEachIdAndKeepsEmptyBins() {
        equal(onReference(() -> Ops.bincount(ids(3, 1, 3, 3), 5)), shape(5), 0, 1, 0, 3, 0);
    }

    @Test
    void errorsNameTheOpAndWhatWasGiven() {
        assertEquals("index_select: an index of 0..1 expected, given 2", error(() -> Ops.indexSelect(X, 0, ids(0, 2))));
        assertEquals("one_hot: an index of 0..2 expected, given -1", error(() -> Ops.oneHot(ids(-1), 3, DType.F32)));
        assertEquals("bincount: an index of 0..1 expected, given 4", error(() -> Ops.bincount(ids(4), 2)));
        assertEquals("gather: index of rank 2 expected, given I64(1)", error(() -> Ops.gather(X, 1, ids(0))));
        assertEquals(
                "gather: index (3, 1) is longer than x (2, 3) on axis 0",
                error(() -> Ops.gather(X, 1, Tensor.of(new long[3], 3, 1))));
        assertEquals(
                "scatter_add: src of the index's shape (2) expected, given (1)",
                error(() -> Ops.scatterAdd(row(1, 2), 0, ids(0, 1), row(1))));
        assertEquals(
                "top_k: k of 0..3 (size of axis 1 of F64(2, 3)) expected, given 4",
                error(() -> Ops.topK(X, 4, 1, TopKOrder.BY_VALUE)));
        assertEquals(
                "search_sorted: both inputs of one dtype expected, given F64(1) and I64(1) (cast one)",
                error(() -> Ops.searchSorted(row(1), ids(1), false)));
    }
}
