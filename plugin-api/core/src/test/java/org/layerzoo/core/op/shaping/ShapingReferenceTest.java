package org.layerzoo.core.op.shaping;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.Primitive.PadMode;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;

class ShapingReferenceTest {
    private static Tensor run(Op op, Tensor... in) {
        return Reference.INSTANCE.apply(op, List.of(in)).getFirst();
    }

    /** 0, 1, 2, ... in a shape. */
    private static Tensor count(int... dims) {
        int n = (int) Shape.of(dims).size();
        return Tensor.of(IntStream.range(0, n).asDoubleStream().toArray(), dims);
    }

    private static void assertTensor(Tensor t, int[] dims, double... values) {
        assertEquals(Shape.of(dims), t.shape());
        assertArrayEquals(values, t.toDoubles());
    }

    private static int[] i(int... v) {
        return v;
    }

    @Test
    void permuteMovesAxisOrderIToI() {
        assertTensor(run(new Primitive.Permute(i(1, 0)), count(2, 3)), i(3, 2), 0, 3, 1, 4, 2, 5);
        Tensor x = count(2, 3, 4);
        Tensor y = run(new Primitive.Permute(i(2, 0, 1)), x);
        assertEquals(Shape.of(4, 2, 3), y.shape());
        assertEquals(x.get(1, 2, 3), y.get(3, 1, 2));
    }

    @Test
    void reshapeKeepsTheRowMajorOrder() {
        assertTensor(run(new Primitive.Reshape(Shape.of(3, 2)), count(2, 3)), i(3, 2), 0, 1, 2, 3, 4, 5);
    }

    @Test
    void expandRepeatsAxesOfSizeOneAndNewOnes() {
        assertTensor(
                run(new Primitive.Expand(Shape.of(2, 2, 3)), count(2, 1)),
                i(2, 2, 3),
                0,
                0,
                0,
                1,
                1,
                1,
                0,
                0,
                0,
                1,
                1,
                1);
    }

    @Test
    void sliceTakesStepsBelowItsStop() {
        assertTensor(run(new Primitive.Slice(i(1), i(7), i(3)), count(9)), i(2), 1, 4);
        assertTensor(run(new Primitive.Slice(i(1), i(8), i(3)), count(9)), i(3), 1, 4, 7);
        assertTensor(run(new Primitive.Slice(i(0, 1), i(2, 3), i(1, 2)), count(2, 3)), i(2, 1), 1, 4);
        assertTensor(run(new Primitive.Slice(i(2), i(2), i(1)), count(3)), i(0));
    }

    @Test
    void concatJoinsAlongItsAxisAndKeepsEveryDtype() {
        assertTensor(run(new Primitive.Concat(1), count(2, 2), count(2, 1)), i(2, 3), 0, 1, 0, 2, 3, 1);
        assertTensor(run(new Primitive.Concat(0), count(1, 2), count(2, 2)), i(3, 2), 0, 1, 0, 1, 2, 3);
        long big = Long.MAX_VALUE;
        Tensor l = Tensor.of(new long[] {big}, 1);
        assertArrayEquals(
                new long[] {big, big}, run(new Primitive.Concat(0), l, l).toLongs());
        assertArrayEquals(new long[] {big}, run(new Primitive.Flip(i(0)), l).toLongs());
    }

    @Test
    void flipReversesItsAxesOnly() {
        assertTensor(run(new Primitive.Flip(i(1)), count(2, 3)), i(2, 3), 2, 1, 0, 5, 4, 3);
        assertTensor(run(new Primitive.Flip(i(0, 1)), count(2, 3)), i(2, 3), 5, 4, 3, 2, 1, 0);
    }

    @Test
    void rollMovesElementIToIPlusShift() {
        assertTensor(run(new Primitive.Roll(1, 0), count(4)), i(4), 3, 0, 1, 2);
        assertTensor(run(new Primitive.Roll(-5, 0), count(4)), i(4), 1, 2, 3, 0);
        assertTensor(run(new Primitive.Roll(1, 1), count(2, 3)), i(2, 3), 2, 0, 1, 5, 3, 4);
    }

    @Test
    void padModesFillAsTheirNamesSay() {
        Tensor x = count(4);
        assertTensor(run(new Primitive.Pad(i(2), i(1), PadMode.CONSTANT, 9), x), i(7), 9, 9, 0, 1, 2, 3, 9);
        assertTensor(run(new Primitive.Pad(i(3), i(2), PadMode.REFLECT, 9), x), i(9), 3, 2, 1, 0, 1, 2, 3, 2, 1);
        assertTensor(run(new Primitive.Pad(i(2), i(1), PadMode.EDGE, 9), x), i(7), 0, 0, 0, 1, 2, 3, 3);
        assertTensor(run(new Primitive.Pad(i(4), i(2), PadMode.CIRCULAR, 9), x), i(10), 0, 1, 2, 3, 0, 1, 2, 3, 0, 1);
        assertTensor(
                run(new Primitive.Pad(i(1, 0), i(0, 1), PadMode.CONSTANT, 0), count(2, 2)),
                i(3, 3),
                0,
                0,
                0,
                0,
                1,
                0,
                2,
                3,
                0);
    }

    @Test
    void unfoldGivesItsWindowsAsTheLastAxis() {
        assertTensor(run(new Primitive.Unfold(0, 3, 2, 1), count(6)), i(2, 3), 0, 1, 2, 2, 3, 4);
        assertTensor(run(new Primitive.Unfold(0, 2, 1, 3), count(5)), i(2, 2), 0, 3, 1, 4);
        assertTensor(run(new Primitive.Unfold(0, 2, 1, 1), count(3, 2)), i(2, 2, 2), 0, 2, 1, 3, 2, 4, 3, 5);
    }

    @Test
    void foldSumsWhatItsWindowsShare() {
        Tensor windows = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertTensor(run(new Primitive.Fold(0, 6, 2, 1), windows), i(6), 1, 2, 3 + 4, 5, 6, 0);
    }

    @Test
    void errorsNameTheOpAndBothShapes() {
        Tensor x = count(2, 3);
        assertMessage("reshape: x(2, 3) of 6 elements does not fit into (4)", new Primitive.Reshape(Shape.of(4)), x);
        assertMessage(
                "permute: an order of the 2 axes of x(2, 3) expected, given [0, 0]", new Primitive.Permute(i(0, 0)), x);
        assertMessage("expand: x(2, 3) does not broadcast to (3, 3)", new Primitive.Expand(Shape.of(3, 3)), x);
        assertMessage(
                "slice: 0 <= start <= stop <= 3 expected at axis 1 of x(2, 3), given 1 to 4",
                new Primitive.Slice(i(0, 1), i(2, 4), i(1, 1)),
                x);
        assertMessage("slice: step > 0 at axis 0 expected, given 0", new Primitive.Slice(i(0, 0), i(2, 3), i(0, 1)), x);
        assertMessage(
                "concat: shapes (2, 3) and (2, 2) differ outside axis 0", new Primitive.Concat(0), x, count(2, 2));
        assertMessage("concat: at least one input expected, given none", new Primitive.Concat(0));
        assertMessage("flip: an axis of x(2, 3) expected, given 2", new Primitive.Flip(i(2)), x);
        assertMessage("flip: distinct axes expected, given [1, 1]", new Primitive.Flip(i(1, 1)), x);
        assertMessage("roll: an axis of x(2, 3) expected, given -1", new Primitive.Roll(1, -1), x);
        assertMessage(
                "pad: REFLECT sizes of at most 1 expected at axis 0 of x(2, 3), given 2 and 0",
                new Primitive.Pad(i(2, 0), i(0, 0), PadMode.REFLECT, 0),
                x);
        assertMessage(
                "pad: sizes >= 0 at axis 1 expected, given -1 and 0",
                new Primitive.Pad(i(0, -1), i(0, 0), PadMode.EDGE, 0),
                x);
        assertMessage(
                "pad: a whole value for I64 expected, given 0.5",
                new Primitive.Pad(i(1), i(0), PadMode.CONSTANT, 0.5),
                Tensor.zeros(DType.I64, 2));
        assertMessage(
                "unfold: axis 1 of x(2, 3) of at least 5 elements expected (size 3, dilation 2), given 3",
                new Primitive.Unfold(1, 3, 1, 2),
                x);
        assertMessage(
                "fold: 3 windows at axis 0 expected for length 5 and size 3, given x(2, 3)",
                new Primitive.Fold(0, 5, 1, 1),
                x);
    }

    private static void assertMessage(String message, Op op, Tensor... in) {
        assertEquals(
                message, assertThrows(ZooException.class, () -> run(op, in)).getMessage());
    }

    @Test
    void everyCaseRunsAndItsResultHasTheInferredType() {
        for (var c : ShapingCases.all()) {
            List<Tensor> in = c.draw(3);
            Tensor out = run(c.op(), in.toArray(Tensor[]::new));
            assertEquals(c.op().infer(in.stream().map(Tensor::spec).toList()).getFirst(), out.spec(), c.name());
            assertTrue(Arrays.stream(out.toDoubles()).allMatch(Double::isFinite), c.name());
        }
    }
}
