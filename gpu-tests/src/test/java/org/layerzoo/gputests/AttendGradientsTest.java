package org.layerzoo.gputests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.op.attend.Attend;
import org.layerzoo.core.op.attend.Dropout;
import org.layerzoo.core.op.attend.HeadMap;
import org.layerzoo.core.op.attend.Normaliser;
import org.layerzoo.core.op.attend.Section;
import org.layerzoo.core.op.attend.Section.Bias;
import org.layerzoo.core.op.attend.Section.Coordinates;
import org.layerzoo.core.op.attend.Section.Layout;
import org.layerzoo.core.op.attend.Section.Multiplier;
import org.layerzoo.core.op.attend.Section.Visible;
import org.layerzoo.core.op.attend.Wants;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

/** Gradients of attention where the case tables have one small case or none: what meets what, and sizes beyond a tile and a slab of heads. */
class AttendGradientsTest {
    private static final Normaliser SOFTMAX = new Normaliser.Softmax();
    private static final HeadMap GROUPED = new HeadMap.Grouped();
    private static final Dropout NONE = new Dropout.None();
    private static final Wants NOTHING = Wants.nothing();
    private static final List<Visible> CAUSAL = List.of(Visible.Window.causal());

    private final GradientCheck check = new GradientCheck();

    private Tensor x(int... dims) {
        return check.x(dims);
    }

    private static Section section(List<Visible> v, List<Bias> b, List<Multiplier> m) {
        return new Section(new Layout.Dense(), Coordinates.BOTTOM_RIGHT, v, b, m);
    }

    private static Attend op(HeadMap heads, Normaliser n, Dropout d, Wants w, Section... s) {
        return new Attend(List.of(s), heads, 0.5, 0, n, d, w);
    }

    private static Attend biased(Bias... b) {
        return op(GROUPED, SOFTMAX, NONE, NOTHING, section(CAUSAL, List.of(b), List.of()));
    }

    private static Tensor longs(long... v) {
        return Tensor.of(v, v.length);
    }

    private static Tensor coins(int... dims) {
        int n = IntStream.of(dims).reduce(1, (a, b) -> a * b);
        double[] v = new java.util.SplittableRandom(9)
                .doubles(n)
                .map(d -> d < 0.7 ? 1 : 0)
                .toArray();
        return Tensor.of(DType.BOOL, v, dims);
    }

    private List<Tensor> qkv(int heads, int keyHeads, int queries, int keys, int d) {
        return List.of(x(2, heads, queries, d), x(2, keyHeads, keys, d), x(2, keyHeads, keys, d));
    }

    private static List<Tensor> with(List<Tensor> in, Tensor... more) {
        List<Tensor> all = new ArrayList<>(in);
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void biasesThatBroadcastInEveryWayGetTheSumsOfTheirPairs() {
        Attend op = biased(new Bias.Dense(), new Bias.Dense(), new Bias.Dense(), new Bias.Dense());
        check.agrees(op, with(qkv(4, 2, 70, 90, 5), x(4, 70, 90), x(2, 1, 1, 90), x(2, 1, 70, 1), x(1)), 0, 1);
    }

    @Test
    void moreHeadsThanASlabHoldsAddUpToOneGradient() {
        Section shared = section(List.of(), List.of(new Bias.Dense(), new Bias.Offsets(40)), List.of());
        List<Tensor> in = List.of(x(1, 9, 500, 3), x(1, 9, 520, 3), x(1, 9, 520, 3), x(500, 520), x(1, 70));
        check.agrees(op(GROUPED, SOFTMAX, NONE, NOTHING, shared), in, 0);
    }

    @Test
    void keysBeyondTheEndsOfATableOfOneHeadShareItsLastEntries() {
        check.agrees(biased(new Bias.Offsets(3)), with(qkv(2, 1, 67, 300, 4), x(2, 8)), 0);
    }

    @Test
    void offsetsOfPlacesGivenByTensorsMeetInOneEntry() {
        Section placed = new Section(
                new Layout.Dense(),
                Coordinates.POSITIONS,
                List.of(),
                List.of(new Bias.Offsets(2), new Bias.Alibi(Section.AlibiForm.DISTANCE, false)),
                List.of(new Multiplier.Toeplitz(4)));
        List<Tensor> in =
                with(qkv(2, 2, 5, 7, 4), longs(0, 0, 3, 3, 9), longs(1, 1, 1, 2, 5, 8, 8), x(1, 6), x(2), x(2, 9));
        check.agrees(op(GROUPED, SOFTMAX, NONE, NOTHING, placed), in, 0);
    }

    @Test
    void packedSamplesShareTheirBiases() {
        Section packed = new Section(
                new Layout.Packed(),
                Coordinates.BOTTOM_RIGHT,
                CAUSAL,
                List.of(new Bias.Offsets(9), new Bias.Alibi(Section.AlibiForm.FROM_LAST_KEY, false)),
                List.of());
        List<Tensor> in = List.of(
                x(1, 2, 80, 4),
                x(1, 2, 90, 4),
                x(1, 2, 90, 4),
                longs(0, 5, 70, 80),
                longs(0, 9, 75, 90),
                x(2, 12),
                x(2));
        check.agrees(op(GROUPED, SOFTMAX, NONE, NOTHING, packed), in, 0, 1);
    }

    @Test
    void factorsAndKeptWeightsOfTwoSectionsMultiply() {
        Section one = section(CAUSAL, List.of(), List.of(new Multiplier.Dense(), new Multiplier.Toeplitz(3)));
        Section two = section(List.of(), List.of(new Bias.PerKey(false)), List.of(new Multiplier.Dense()));
        Attend op = op(GROUPED, SOFTMAX, new Dropout.Keep(0.3), NOTHING, one, two);
        List<Tensor> in = with(
                qkv(4, 2, 5, 7, 4),
                x(1, 4, 5, 7),
                x(4, 9),
                x(2, 2, 6, 4),
                x(2, 2, 6, 4),
                x(2, 6),
                x(2, 1, 1, 6),
                coins(2, 4, 5, 13));
        check.agrees(op, in, 0, 1);
    }

    @Test
    void keysAreReadByTheHeadsThatAMapNames() {
        HeadMap map = new HeadMap.Explicit(List.of(2, 0, 2, 2));
        check.agrees(
                op(map, SOFTMAX, NONE, NOTHING, section(CAUSAL, List.of(), List.of())), qkv(4, 3, 70, 70, 4), 0, 1);
    }

    @Test
    void theLogSumExpAloneGivesGradients() {
        check.agrees(biased(new Bias.PerKey(true)), with(qkv(2, 1, 9, 11, 4), x(2, 2, 11)), 1);
    }

    @Test
    void keysOfMoreNumbersThanATileOfColumnsHaveGradients() {
        check.agrees(biased(new Bias.Dense()), with(qkv(1, 1, 20, 30, 150), x(20, 30)), 0);
    }

    @Test
    void weightsThatAreClippedAwayHaveNoGradientAndRowsSeveralSections() {
        Section all = section(List.of(), List.of(new Bias.Dense()), List.of());
        Attend op =
                op(GROUPED, new Normaliser.Clip(1.2, -0.1), new Dropout.Philox(0.2, 3, 4), NOTHING, all, Section.all());
        List<Tensor> in = with(qkv(2, 1, 7, 9, 4), x(7, 9), x(2, 1, 5, 4), x(2, 1, 5, 4));
        check.agrees(op, in, 0, 1);
    }

    @Test
    void momentsAreThoseOfTheKeysOfAllSectionsThatARowSees() {
        Section causal = section(CAUSAL, List.of(new Bias.PerKey(false)), List.of());
        Attend op = op(GROUPED, new Normaliser.MeanStd(1e-2), new Dropout.Keep(0.25), NOTHING, causal, Section.all());
        List<Tensor> in =
                with(qkv(2, 1, 6, 9, 4), x(2, 9), x(2, 1, 5, 4), x(2, 1, 5, 4), x(2), x(2), coins(2, 2, 6, 14));
        check.agrees(op, in, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 4, 5})
    void everyResultGivesGradientsByItself(int result) {
        Wants wants = new Wants(true, 3, true, 2);
        Section toeplitz = section(CAUSAL, List.of(), List.of(new Multiplier.Toeplitz(6)));
        Attend op = op(GROUPED, SOFTMAX, new Dropout.Philox(0.2, 3, 4), wants, toeplitz, Section.all());
        List<Tensor> in = with(qkv(4, 2, 5, 7, 4), x(4, 13), x(2, 2, 1, 4), x(2, 2, 1, 4));
        check.agrees(op, in, result);
    }

    @Test
    void anIndexOutsideItsTableIsTheErrorOfALookUp() {
        Attend op = op(GROUPED, SOFTMAX, NONE, NOTHING, section(List.of(), List.of(new Bias.Indexed()), List.of()));
        Tensor index = Tensor.of(new long[] {0, 1, 2, 3, 4, 5}, 2, 3);
        List<Tensor> in = java.util.stream.Stream.of(x(1, 1, 2, 4), x(1, 1, 3, 4), x(1, 1, 3, 4), index, x(1, 5))
                .map(t -> t.dtype() == DType.F64
                        ? Tensor.of(DType.F32, t.toDoubles(), t.shape().dims())
                        : t)
                .toList();
        ZooException e = assertThrows(ZooException.class, () -> GradientCheck.GPU.execute(op, in));
        assertTrue(e.getMessage().contains("an index of 0..4 expected, given 5"), e.getMessage());
        assertEquals(org.layerzoo.core.ErrorCode.BAD_ARGUMENT, e.code());
    }
}
