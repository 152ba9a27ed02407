package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Backend;
import org.layerzoo.core.exec.Dispatcher;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.Op;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.op.loss.CrossEntropy;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/** Sizes of products, transforms and attention from which on other kernels run than those that the case tables reach. */
class EnginesTest {
    private static final Backend BACKEND = Dispatcher.backend("oneapi:opencl");
    private static final long SEED = 5;

    private static OpCase.Input x(int... dims) {
        return new OpCase.Input(TensorSpec.of(DType.F32, dims), -1, 1);
    }

    private static void agrees(Op op, double bound, OpCase.Input... in) {
        OpCase c = new OpCase(op.name(), op, List.of(in), bound, false, "sums in F32");
        Outcome o = BackendCases.check(BACKEND, new BackendCases.Line(c, DType.F32, false), SEED);
        assertEquals(Optional.empty(), o.refusal());
        assertTrue(o.passed(), o.toString());
    }

    @Test
    void aLongSumIsSharedByBlocksAndJoined() {
        agrees(new Primitive.MatMul(false, true), 2e-6, x(9, 1500), x(11, 1500));
    }

    @Test
    void aLargeProductRunsInTilesOf128() {
        agrees(new Primitive.MatMul(false, false), 2e-6, x(1450, 9), x(9, 1450));
    }

    @ParameterizedTest
    @ValueSource(ints = {8192, 5000})
    void aTransformBeyondSharedMemoryRunsInSteps(int n) {
        agrees(new Primitive.Fft(1, true), 2e-6, x(2, n, 2));
    }

    @ParameterizedTest
    @CsvSource({"3, 600, 70, 130", "70, 90, 100, 100"})
    void rowsOfManyNumbersAttendAndFewRowsSplitTheirKeys(int tq, int tk, int d, int dv) {
        Attend op = new Attend(
                List.of(Section.all()),
                new HeadMap.Grouped(),
                0.2,
                0,
                new Normaliser.Softmax(),
                new Dropout.None(),
                Wants.nothing());
        agrees(op, 1e-5, x(1, 2, tq, d), x(1, 1, tk, d), x(1, 1, tk, dv));
    }

    @Test
    void explicitTilesOfKeysAreTheOnlyOnesSeen() {
        Section tiles = new Section(
                new Section.Layout.Dense(),
                Section.Coordinates.BOTTOM_RIGHT,
                List.of(new Section.Visible.Tiles(4, Section.Scope.SHARED)),
                List.of(),
                List.of());
        Attend op = new Attend(
                List.of(tiles),
                new HeadMap.Grouped(),
                0.5,
                0,
                new Normaliser.Softmax(),
                new Dropout.None(),
                Wants.nothing());
        Tensor q = Tensor.of(DType.F32, new double[9 * 2], 1, 1, 9, 2);
        Tensor k = Tensor.of(DType.F32, new double[200 * 2], 1, 1, 200, 2);
        double[] values = new double[200];
        for (int j = 0; j < 200; j++) {
            values[j] = j;
        }
        Tensor v = Tensor.of(DType.F32, values, 1, 1, 200, 1);
        List<Tensor> in = List.of(
                q,
                k,
                v,
                Tensor.of(new long[] {0, 1, 1, 3}, 4),
                Tensor.of(new long[] {10, 12, 130, 131, 133, 134}, 3, 2));
        double[] o = Exec.with(Reference.INSTANCE, () -> BACKEND.execute(op, in))
                .getFirst()
                .toDoubles();
        assertEquals(10.5, o[0], 1e-5, "the mean of keys 10 and 11");
        assertEquals(0, o[4], "a tile that sees nothing");
        assertEquals(131.5, o[8], 1e-4, "the mean of keys 130 and 133");
    }

    @Test
    void aTargetThatIsNoClassIsAnErrorWithItsRow() {
        CrossEntropy op = new CrossEntropy(CrossEntropy.Targets.IDS, -100, 0, CrossEntropy.Reduction.MEAN);
        List<Tensor> in = List.of(Tensor.of(DType.F32, new double[12], 3, 4), Tensor.of(new long[] {0, 7, -100}, 3));
        ZooException e =
                assertThrows(ZooException.class, () -> Exec.with(Reference.INSTANCE, () -> BACKEND.execute(op, in)));
        assertTrue(e.getMessage().contains("given 7 in row 1"), e.getMessage());
    }
}
