package org.layerzoo.core.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.equal;
import static org.layerzoo.core.op.Expect.error;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradientHolds;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.ids;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.secondOrderHolds;
import static org.layerzoo.core.op.Expect.shape;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.ShapesOnly;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

class IndicesTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    @Test
    void inversePermutationUndoesEachRow() {
        Tensor p = Tensor.of(new long[] {2, 0, 1, 1, 0, 2}, 2, 3);
        equal(onReference(() -> Indices.inversePermutation(p, -1)), shape(2, 3), 1, 2, 0, 1, 0, 2);
    }

    @Test
    void kthValueCountsFromTheSmallestAndGivesItsPlaceTheGradient() {
        Tensor x = f64(shape(2, 3), 5, 1, 3, 2, 2, 7);
        near(onReference(() -> Indices.kthValue(x, 2, 1)), shape(2), 3, 2);
        Tensor dx = gradients(in -> Indices.kthValue(in.getFirst(), 2, 1).mul(row(1, 10)), x)
                .getFirst();
        // of the tie in the second row the later element is the second smallest
        near(dx, shape(2, 3), 0, 0, 1, 0, 10, 0);
        assertEquals("kth_value: k of 1..3 expected, given 4", error(() -> Indices.kthValue(x, 4, 1)));
    }

    @Test
    void quantileIsLinearBetweenNeighbours() {
        Tensor x = row(40, 10, 30, 20);
        near(onReference(() -> Indices.quantile(x, 0.5, 0)), shape(), 25);
        near(onReference(() -> Indices.quantile(x, 0.9, 0)), shape(), 37);
        near(onReference(() -> Indices.quantile(x, 0, 0)), shape(), 10);
        near(onReference(() -> Indices.quantile(x, 1, 0)), shape(), 40);
        near(onReference(() -> Indices.quantile(f64(shape(2, 2), 1, 8, 3, 4), 0.25, 0)), shape(2), 1.5, 5);
        gradientHolds(in -> List.of(Indices.quantile(in.getFirst(), 0.3, 1)), random(5, 3, 7));
        assertEquals(
                "quantile: q in [0, 1] and at least one value expected, given q = 1.5 of 4 values",
                error(() -> Indices.quantile(x, 1.5, 0)));
    }

    @Test
    void shortestPrefixStopsWhereItsSumReachesTheTarget() {
        Tensor x = f64(shape(2, 4), 4, 3, 2, 1, 1, 1, 1, 1);
        equal(onReference(() -> Indices.shortestPrefix(x, 1, 0.7)), shape(2), 2, 3);
        equal(onReference(() -> Indices.shortestPrefix(x, 1, 1.0)), shape(2), 4, 4);
        equal(onReference(() -> Indices.shortestPrefix(x, 1, 0.0)), shape(2), 0, 0);
        Tensor target = f64(shape(2, 1), 4.5, 99);
        equal(onReference(() -> Indices.shortestPrefix(x, 1, target)), shape(2), 2, 4);
        equal(onReference(() -> Indices.shortestPrefix(row(0.1, 0.2, 0.3, 0), 0, 1.0)), shape(), 3);
    }

    @Test
    void largestWithShareMarksTheFewestLargest() {
        Tensor x = row(1, 4, 1, 2, 2);
        Tensor mark = onReference(() -> Indices.largestWithShare(x, 0, 0.8));
        assertArrayEquals(new boolean[] {false, true, false, true, true}, mark.toBooleans());
        // 6 of 10 need one of the two twos: the first
        assertArrayEquals(
                new boolean[] {false, true, false, true, false},
                onReference(() -> Indices.largestWithShare(x, 0, 0.6)).toBooleans());
    }

    @Test
    void segmentSoftmaxAddsUpToOneInEachSegment() {
        double e = Math.E;
        Tensor x = row(1, 0, 5, 0, -INF);
        Tensor y = onReference(() -> Indices.segmentSoftmax(x, ids(0, 2, 1, 0, 3), 5));
        near(y, shape(5), e / (e + 1), 1, 1, 1 / (e + 1), 0);
    }

    @Test
    void segmentSoftmaxDoesNotOverflow() {
        Tensor y = onReference(() -> Indices.segmentSoftmax(row(1000, 1000, -1000), ids(0, 0, 0), 1));
        near(y, shape(3), 0.5, 0.5, 0);
    }

    @Test
    void segmentSoftmaxHasGradientsToSecondOrder() {
        Tensor id = ids(0, 2, 0, 2, 2);
        gradientHolds(in -> List.of(Indices.segmentSoftmax(in.getFirst(), id, 4)), random(1, 5, 3));
        secondOrderHolds(in -> List.of(Indices.segmentSoftmax(in.getFirst(), id, 4)), random(1, 5, 2));
    }

    @Test
    void segmentArgmaxTakesTheFirstRowOfATieAndMarksEmptySegments() {
        Tensor x = f64(shape(4, 2), 1, 9, 3, 2, 3, 9, 7, 0);
        Tensor y = onReference(() -> Indices.segmentArgmax(x, ids(2, 0, 0, 2), 3));
        equal(y, shape(3, 2), 1, 2, -1, -1, 3, 0);
    }

    @Test
    void scatterMeanDividesByWhatLanded() {
        Tensor src = row(1, 2, 6);
        Indices.Mean m = onReference(() -> Indices.scatterMean(4, 0, ids(3, 1, 3), src));
        near(m.mean(), shape(4), 0, 2, 0, 3.5);
        near(m.count(), shape(4), 0, 1, 0, 2);
        gradientHolds(
                in -> List.of(
                        Indices.scatterMean(4, 0, ids(3, 1, 3), in.getFirst()).mean()),
                src);
    }

    @Test
    void subsetsAreTheSmallestUniformsInAscendingOrder() {
        Tensor u = f64(shape(2, 4), 0.9, 0.1, 0.5, 0.2, 0.3, 0.3, 0.3, 0.3);
        equal(onReference(() -> Indices.subset(u, 2)), shape(2, 2), 1, 3, 0, 1);
    }

    @Test
    void permutationsSortTheirUniforms() {
        equal(onReference(() -> Indices.permutation(row(0.9, 0.1, 0.5))), shape(3), 1, 2, 0);
    }

    @Test
    void randintCoversItsRangeWithoutTheUpperEnd() {
        Tensor u = Tensor.of(new float[] {0, 0.49f, 0.5f, 1 - 0x1p-24f}, 4);
        equal(onReference(() -> Indices.randint(u, 5, 7)), shape(4), 5, 5, 6, 6);
        // in F32 the product of the last one with 16777215 rounds up to the range's end
        equal(
                onReference(() -> Indices.randint(Tensor.of(new float[] {1 - 0x1p-24f}, 1), 0, 16777215)),
                shape(1),
                16777214);
        assertEquals("randint: lo < hi expected, given 7 and 7", error(() -> Indices.randint(u, 7, 7)));
    }

    @Test
    void gumbelIsFiniteForEveryUniform() {
        near(onReference(() -> Indices.gumbel(row(Math.exp(-1), Math.exp(-Math.E)))), shape(2), 0, -1);
        Tensor ends = Tensor.of(new float[] {0, 1 - 0x1p-24f}, 2);
        Tensor g = onReference(() -> Indices.gumbel(ends));
        assertEquals(DType.F32, g.dtype());
        assertEquals(-Math.log(25 * Math.log(2)), g.get(0), 1e-6);
        assertEquals(24 * Math.log(2), g.get(1), 1e-5);
    }

    @Test
    void bernoulliIsTrueBelowItsProbability() {
        assertArrayEquals(
                new boolean[] {true, false, false},
                onReference(() -> Indices.bernoulli(row(0.29, 0.3, 0.9), 0.3)).toBooleans());
        Tensor p = row(1, 0, 0.95);
        assertArrayEquals(
                new boolean[] {true, false, true},
                onReference(() -> Indices.bernoulli(row(0.99, 0, 0.9), p)).toBooleans());
    }

    @Test
    void shapesAreKnownWithoutNumbers() {
        Function<Tensor, List<Tensor>> f = x -> List.of(
                Indices.quantile(x, 0.3, 1),
                Indices.largestWithShare(x, 1, 0.5),
                Indices.segmentArgmax(x, ids(0, 1, 1, 4), 5),
                Indices.segmentSoftmax(x, ids(0, 1, 1, 4), 5),
                Indices.subset(x, 2),
                Indices.inversePermutation(Indices.permutation(x), 1),
                Indices.randint(x, -2, 3),
                Indices.gumbel(x));
        Tensor x = random(1, 4, 5);
        List<TensorSpec> with =
                onReference(() -> f.apply(x)).stream().map(Tensor::spec).toList();
        Tensor none = Tensor.abstractOf(x.spec());
        assertEquals(
                with,
                Exec.with(ShapesOnly.INSTANCE, () -> f.apply(none)).stream()
                        .map(Tensor::spec)
                        .toList());
    }
}
