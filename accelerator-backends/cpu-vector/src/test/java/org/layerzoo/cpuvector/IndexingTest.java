package org.layerzoo.cpuvector;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.TopKOrder;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;

/** What the case tables are too small or too tidy for: many elements, ties, NaN and signed zeros. */
class IndexingTest {
    private static final SplittableRandom RANDOM = new SplittableRandom(11);

    /** Few different numbers, so that there are many ties, among them NaN, infinities and both zeros. */
    private static Tensor messy(int... dims) {
        double[] some = {Double.NaN, -0.0, 0.0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, -1, 1, 2.5, 3, -7};
        double[] v = new double[(int) Tensor.zeros(DType.F32, dims).size()];
        java.util.Arrays.setAll(v, i -> some[RANDOM.nextInt(some.length)]);
        return Tensor.of(DType.F32, v, dims);
    }

    private static Tensor random(int... dims) {
        double[] v = new double[(int) Tensor.zeros(DType.F32, dims).size()];
        java.util.Arrays.setAll(v, i -> RANDOM.nextDouble(-1, 1));
        return Tensor.of(DType.F32, v, dims);
    }

    private static Tensor index(int below, int... dims) {
        long[] v = new long[(int) Tensor.zeros(DType.I64, dims).size()];
        java.util.Arrays.setAll(v, i -> RANDOM.nextLong(below));
        return Tensor.of(v, dims);
    }

    private static void sameBits(Op op, Tensor... in) {
        List<Tensor> expected = Reference.INSTANCE.apply(op, List.of(in));
        List<Tensor> actual = CaseCheck.run(op, List.of(in));
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).spec(), actual.get(i).spec());
            assertArrayEquals(expected.get(i).toDoubles(), actual.get(i).toDoubles(), op.toString());
        }
    }

    @Test
    void theFirstOfManyAreTheReferencesForTiesNanAndBothZeros() {
        for (boolean largest : new boolean[] {true, false}) {
            for (TopKOrder order : TopKOrder.values()) {
                sameBits(new Primitive.TopK(5, 1, largest, order), messy(9, 801));
                sameBits(new Primitive.TopK(17, 1, largest, order), random(3, 10_007));
                sameBits(new Primitive.TopK(2, 0, largest, order), messy(133, 7));
                sameBits(new Primitive.TopK(60, 1, largest, order), messy(5, 63));
            }
        }
        double[] nan = new double[300];
        java.util.Arrays.fill(nan, Double.NaN);
        nan[290] = 1;
        sameBits(new Primitive.TopK(3, 0, true, TopKOrder.BY_VALUE), Tensor.of(DType.F32, nan, 300));
    }

    @Test
    void sortedPositionsAreTheReferencesForTiesNanAndBothZeros() {
        for (boolean down : new boolean[] {true, false}) {
            sameBits(new Primitive.ArgSort(1, down), messy(7, 997));
            sameBits(new Primitive.ArgSort(0, down), messy(501, 3));
        }
    }

    @Test
    void positionsOfExtremesAreTheReferencesAlongEveryAxis() {
        for (boolean max : new boolean[] {true, false}) {
            for (int axis = 0; axis < 3; axis++) {
                sameBits(new Primitive.ArgReduce(max, axis, true), messy(3, 41, 5));
                sameBits(new Primitive.ArgReduce(max, axis, false), random(2, 33, 301));
            }
            sameBits(new Primitive.ArgReduce(max, 0, false), messy(70_001));
        }
    }

    @Test
    void gathersOfEveryWidthMoveBits() {
        for (DType t : List.of(DType.F32, DType.F64, DType.BF16, DType.BOOL, DType.I64)) {
            Tensor x = random(5, 67, 3).mul(9).cast(t);
            sameBits(new Primitive.Gather(1), x, index(67, 4, 31, 2));
            sameBits(new Primitive.Gather(2), x, index(3, 5, 67, 45));
            sameBits(new Primitive.IndexSelect(1), x, index(67, 91));
            sameBits(
                    new Primitive.ScatterSet(1),
                    x,
                    index(67, 5, 91, 3),
                    random(5, 91, 3).cast(t));
        }
        sameBits(new Primitive.Gather(1), random(17, 1003), index(1003, 17, 997));
    }

    @Test
    void sumsOfDuplicatesAreTheReferencesInEveryLayout() {
        sameBits(new Primitive.ScatterAdd(0), random(31, 300), index(31, 999, 300), random(999, 300));
        sameBits(new Primitive.ScatterAdd(1), random(7, 31), index(31, 6, 5001), random(6, 5001));
        Tensor counts = index(100, 13);
        sameBits(new Primitive.ScatterAdd(0), counts, index(13, 1001), index(50, 1001));
    }

    @Test
    void prefixesAndSegmentsOfManyRowsAreTheReferences() {
        for (Primitive.ScanKind kind : Primitive.ScanKind.values()) {
            sameBits(new Primitive.Scan(kind, 0, true, true), random(2051));
            sameBits(new Primitive.Scan(kind, 1, false, false), random(3, 29, 517));
        }
        for (Primitive.SegmentKind kind : Primitive.SegmentKind.values()) {
            sameBits(new Primitive.Segment(kind, 37), random(4001, 19), index(37, 4001));
        }
    }

    @Test
    void longDrawsAreTheReferencesBits() {
        for (Primitive.Distribution d : Primitive.Distribution.values()) {
            for (DType t : List.of(DType.F32, DType.F64, DType.BF16, DType.F16)) {
                sameBits(new Primitive.Draw(d, 77, 1L << 35, TensorSpec.of(t, 20_011)));
            }
        }
        sameBits(new Primitive.Fill(-2.5, TensorSpec.of(DType.F16, 20_011)));
    }

    @Test
    void poolsOfPaddedOddPlanesAreTheReferences() {
        Primitive.PoolGeometry g =
                new Primitive.PoolGeometry(new int[] {3, 2}, new int[] {2, 3}, new int[] {1, 0}, new int[] {1, 1});
        sameBits(new Primitive.MaxPool(g), messy(3, 5, 37, 23));
        for (boolean padding : new boolean[] {true, false}) {
            Primitive.AvgPool mean = new Primitive.AvgPool(g, padding);
            Tensor x = random(3, 5, 37, 23);
            sameBits(mean, x);
            Tensor y = Reference.INSTANCE.apply(mean, List.of(x)).getFirst();
            sameBits(new Primitive.AvgPoolInput(g, padding, new int[] {37, 23}), y);
        }
    }

    @Test
    void anIndexOutsideIsNamedAsTheReferenceNamesIt() {
        Tensor bad = Tensor.of(new long[] {0, 5}, 2);
        List<Op> ops = List.of(new Primitive.IndexSelect(0), new Primitive.Gather(0));
        for (Op op : ops) {
            List<Tensor> in = List.of(random(5), bad);
            ZooException ours = assertThrows(ZooException.class, () -> CaseCheck.run(op, in));
            ZooException theirs = assertThrows(ZooException.class, () -> Reference.INSTANCE.apply(op, in));
            assertEquals(theirs.getMessage(), ours.getMessage());
        }
    }
}
