package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Section.Coordinates;
import org.layerzoo.core.op.attend.Section.Layout;
import org.layerzoo.core.op.attend.Section.Visible;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Memory;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.TensorScope;
import org.layerzoo.core.tensor.TensorSpec;
import org.layerzoo.testkit.backend.BackendCases;
import org.layerzoo.testkit.backend.BackendCases.Line;
import org.layerzoo.testkit.backend.BackendCases.Outcome;

/** Attention by the kernels for tensor cores, on the emulation of their instructions, against the reference in F64. */
class TensorCoreAttentionTest {
    private static final EmulatedTensorCores CORES = EmulatedTensorCores.BACKEND;
    private static final HeadMap GROUPED = new HeadMap.Grouped();

    @BeforeEach
    void poison() {
        Memory.poison(true);
    }

    @AfterEach
    void clean() {
        Memory.poison(false);
    }

    private static Tensor random(DType t, int seed, double bound, int... dims) {
        int n = (int) TensorSpec.of(t, dims).shape().size();
        return Tensor.of(t, new SplittableRandom(seed).doubles(n, -bound, bound).toArray(), dims);
    }

    private static Tensor ids(int... values) {
        double[] x = Arrays.stream(values).asDoubleStream().toArray();
        return Tensor.of(DType.I64, x, x.length);
    }

    private static Attend op(HeadMap heads, double softcap, Section... sections) {
        return new Attend(
                List.of(sections), heads, 0.25, softcap, new Normaliser.Softmax(), new Dropout.None(), Wants.nothing());
    }

    private static Section section(Layout layout, Visible... rules) {
        return new Section(layout, Coordinates.BOTTOM_RIGHT, List.of(rules), List.of(), List.of());
    }

    private static Section dense(Visible... rules) {
        return section(new Layout.Dense(), rules);
    }

    /** Results, whose weights are rounded once before they meet the values, and log-sums, which are F32. */
    private static void agrees(Attend op, Tensor... in) {
        List<Tensor> inputs = List.of(in);
        assertEquals("mma", CORES.kernel(op, inputs.stream().map(Tensor::spec).toList()));
        List<Tensor> given = Exec.with(Reference.INSTANCE, () -> CORES.execute(op, inputs));
        List<Tensor> wide = new ArrayList<>();
        for (Tensor t : in) {
            wide.add(
                    t.dtype().isFloating()
                            ? Tensor.of(DType.F64, t.toDoubles(), t.shape().dims())
                            : t);
        }
        List<Tensor> expected = Exec.with(Reference.INSTANCE, () -> Reference.INSTANCE.apply(op, wide));
        double step = in[0].dtype() == DType.BF16 ? 0x1p-8 : 0x1p-11;
        close(given.get(0), expected.get(0), 2 * step, "result");
        close(given.get(1), expected.get(1), 1e-5, "log-sum");
    }

    private static void close(Tensor given, Tensor expected, double step, String what) {
        assertEquals(expected.shape(), given.shape());
        double[] g = given.toDoubles();
        double[] e = expected.toDoubles();
        for (int i = 0; i < e.length; i++) {
            assertTrue(
                    g[i] == e[i] || Math.abs(g[i] - e[i]) <= step * (1 + Math.abs(e[i])),
                    what + " " + i + ": " + g[i] + ", expected " + e[i]);
        }
    }

    /** Rows and keys below a tile, beyond one, and whole; heads of 64 and 128 numbers and of sizes between that are no multiple of 8. */
    @ParameterizedTest
    @CsvSource({
        "9, 70, 64, 64, BF16, false",
        "130, 130, 64, 64, F16, true",
        "129, 65, 33, 17, BF16, true",
        "128, 192, 128, 128, F16, true",
        "20, 257, 80, 120, BF16, false",
        "40, 40, 99, 128, F16, true"
    })
    void rowsMeetTheKeysThatTheySee(int queries, int keys, int d, int dv, DType t, boolean causal) {
        Attend op = op(GROUPED, 0, causal ? dense(Visible.Window.causal()) : dense());
        TensorScope.run(() -> agrees(
                op,
                random(t, 1, 3, 1, 2, queries, d),
                random(t, 2, 3, 1, 1, keys, d),
                random(t, 3, 1, 1, 1, keys, dv)));
    }

    @ParameterizedTest
    @CsvSource({"5, 0, BF16", "70, 0, F16", "3, 2, F16", "0, 40, BF16"})
    void windowsReachToBothSides(int left, int right, DType t) {
        TensorScope.run(() -> agrees(
                op(GROUPED, 0, dense(new Visible.Window(left, right))),
                random(t, 4, 2, 1, 1, 190, 24),
                random(t, 5, 2, 1, 1, 190, 24),
                random(t, 6, 1, 1, 1, 190, 24)));
    }

    @Test
    void rowsThatSeeNothingAreZeroAndTheirLogSumIsMinusInfinity() {
        TensorScope.run(() -> agrees(
                op(GROUPED, 0, dense(Visible.Window.causal())),
                random(DType.BF16, 7, 1, 1, 2, 150, 16),
                random(DType.BF16, 8, 1, 1, 1, 9, 16),
                random(DType.BF16, 9, 1, 1, 1, 9, 16)));
    }

    @Test
    void keysBeyondASamplesLengthAreNotSeenWhateverTheyHold() {
        Tensor v = random(DType.BF16, 12, 1, 2, 1, 100, 16);
        double[] numbers = v.toDoubles();
        Arrays.fill(numbers, 70 * 16, 100 * 16, Double.NaN);
        Tensor spoilt = Tensor.of(DType.BF16, numbers, 2, 1, 100, 16);
        Attend op = op(GROUPED, 0, section(new Layout.Lengths(false, true), Visible.Window.causal()));
        Tensor q = random(DType.BF16, 10, 1, 2, 1, 50, 16);
        Tensor k = random(DType.BF16, 11, 1, 2, 1, 100, 16);
        TensorScope.run(() -> {
            agrees(op, q, k, v, ids(70, 100));
            double[] clean =
                    CORES.execute(op, List.of(q, k, v, ids(70, 100))).getFirst().toDoubles();
            double[] given = CORES.execute(op, List.of(q, k, spoilt, ids(70, 100)))
                    .getFirst()
                    .toDoubles();
            assertEquals(
                    Arrays.stream(clean).boxed().toList(),
                    Arrays.stream(given).boxed().toList());
        });
    }

    @Test
    void packedSamplesSeeTheirOwnKeys() {
        TensorScope.run(() -> agrees(
                op(GROUPED, 0, section(new Layout.Packed(), Visible.Window.causal())),
                random(DType.F16, 13, 1, 1, 2, 140, 40),
                random(DType.F16, 14, 1, 1, 2, 150, 40),
                random(DType.F16, 15, 1, 1, 2, 150, 40),
                ids(0, 31, 31, 128, 140),
                ids(0, 40, 45, 130, 150)));
    }

    @Test
    void scoresAreCappedAndHeadsMapped() {
        TensorScope.run(() -> agrees(
                op(new HeadMap.Explicit(List.of(1, 0, 1)), 1.5, dense(Visible.Window.causal())),
                random(DType.BF16, 16, 3, 1, 3, 33, 8),
                random(DType.BF16, 17, 3, 1, 2, 33, 8),
                random(DType.BF16, 18, 1, 1, 2, 33, 8)));
    }

    @Test
    void sectionsOfKeysShareOneSoftmaxAndManyKeysAreSharedByBlocks() {
        TensorScope.run(() -> agrees(
                op(GROUPED, 0, dense(), dense(Visible.Window.causal())),
                random(DType.BF16, 19, 1, 1, 1, 20, 16),
                random(DType.BF16, 20, 1, 1, 1, 600, 16),
                random(DType.BF16, 21, 1, 1, 1, 600, 7),
                random(DType.BF16, 22, 1, 1, 1, 20, 16),
                random(DType.BF16, 23, 1, 1, 1, 20, 7)));
    }

    private static OpCase.Input x(int... dims) {
        return new OpCase.Input(TensorSpec.of(DType.F32, dims), -1, 1);
    }

    /** Gradients to q, k and v from cotangents of the results and of the log-sums. */
    private static void gradientsAgree(Attend op, DType t, OpCase.Input... in) {
        OpCase c = new OpCase(op.name(), op, List.of(in), 1e-5, false, "weights and slopes are rounded once");
        Line line = new Line(c, t, true);
        assertEquals("mma", CORES.kernel(line.op(), line.specs()));
        Outcome o = BackendCases.check(CORES, line, 29);
        assertTrue(o.passed(), o.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "9, 70, 64, 64, BF16, false",
        "130, 130, 60, 33, BF16, true",
        "140, 37, 24, 24, BF16, true",
        "128, 192, 128, 128, F16, true",
        "20, 141, 80, 121, F16, false"
    })
    void gradientsAreThoseOfTheKeysThatRowsSee(int queries, int keys, int d, int dv, DType t, boolean causal) {
        Attend op = op(GROUPED, 0, causal ? dense(Visible.Window.causal()) : dense());
        gradientsAgree(op, t, x(1, 4, queries, d), x(1, 2, keys, d), x(1, 2, keys, dv));
    }

    @Test
    void gradientsKnowWindowsCapsLengthsAndSamples() {
        Attend window = op(GROUPED, 0.7, dense(new Visible.Window(40, 3)));
        gradientsAgree(window, DType.F16, x(1, 1, 170, 16), x(1, 1, 170, 16), x(1, 1, 170, 16));
        Attend lengths = op(GROUPED, 0, section(new Layout.Lengths(false, true), Visible.Window.causal()));
        OpCase.Input counts = new OpCase.Input(TensorSpec.of(DType.I64, 2), 30, 100);
        gradientsAgree(lengths, DType.BF16, x(2, 1, 50, 16), x(2, 1, 100, 16), x(2, 1, 100, 16), counts);
    }

    @Test
    void keysThatNoRowSeesHaveNoGradient() {
        gradientsAgree(
                op(GROUPED, 0, dense(new Visible.Window(0, 0))),
                DType.BF16,
                x(1, 1, 9, 16),
                x(1, 1, 300, 16),
                x(1, 1, 300, 16));
    }

    /** Those to keys and values by tensor cores, that to rows by the kernels that join sections. */
    @Test
    void gradientsReachTheKeysOfEverySection() {
        Attend op = op(GROUPED, 0, dense(), dense(Visible.Window.causal()));
        List<OpCase.Input> in =
                List.of(x(1, 2, 40, 16), x(1, 1, 70, 16), x(1, 1, 70, 9), x(1, 1, 40, 16), x(1, 1, 40, 9));
        OpCase c = new OpCase(op.name(), op, in, 1e-5, false, "weights and slopes are rounded once");
        Outcome o = BackendCases.check(CORES, new Line(c, DType.BF16, true), 31);
        assertTrue(o.passed(), o.toString());
    }

    /** Their kernels know no map of heads: gradients take the common ones. */
    @Test
    void gradientsOfMappedHeadsAreThoseOfTheHeadsThatReadAKey() {
        Attend op = op(new HeadMap.Explicit(List.of(1, 0, 1)), 0, dense(Visible.Window.causal()));
        List<OpCase.Input> in = List.of(x(1, 3, 33, 16), x(1, 2, 33, 16), x(1, 2, 33, 16));
        OpCase c = new OpCase(op.name(), op, in, 1e-5, false, "weights and slopes are rounded once");
        Outcome o = BackendCases.check(CORES, new Line(c, DType.BF16, true), 37);
        assertTrue(o.passed(), o.toString());
    }

    static Stream<Line> lines() {
        return BackendCases.fused().stream()
                .filter(l -> l.opCase().op() instanceof Attend)
                .filter(l -> CORES.refusal(l.op(), l.specs()).isEmpty())
                .filter(l -> CORES.kernel(l.op(), l.specs()).equals("mma"));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void casesThatTensorCoresTakeStayWithinTheirBounds(Line line) {
        Outcome o = BackendCases.check(CORES, line, 23);
        assertTrue(o.passed(), o.toString());
    }
}
