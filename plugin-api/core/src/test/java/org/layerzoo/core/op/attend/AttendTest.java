package org.layerzoo.core.op.attend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.ids;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.shape;
import static org.layerzoo.core.op.attend.NaiveAttention.hideIf;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class AttendTest {
    private static final Tensor Q = random(1, 2, 4, 5, 3);
    private static final Tensor K = random(2, 2, 2, 7, 3);
    private static final Tensor V = random(3, 2, 2, 7, 2);

    private static void equal(NaiveAttention expected, Attended actual) {
        assertArrayEquals(expected.o, actual.o().toDoubles(), 1e-12);
        assertArrayEquals(expected.lse, actual.lse().orElseThrow().toDoubles(), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"1,1,2,-1,0", "5,7,2,-1,0", "7,5,1,-1,0", "9,9,4,2,0", "9,13,4,3,1", "13,9,2,0,2", "64,65,1,-1,-1"})
    void windowsMeetTheLastKeyWithTheLastRow(int tq, int tk, int kv, int left, int right) {
        Tensor q = random(4, 1, 4, tq, 3);
        Tensor k = random(5, 1, kv, tk, 3);
        Tensor v = random(6, 1, kv, tk, 2);
        NaiveAttention naive = new NaiveAttention(q, k, v, 0.7, 0, (b, h, i, j) -> {
            int place = i + tk - tq;
            return hideIf(left >= 0 && j < place - left || right >= 0 && j > place + right);
        });
        equal(naive, onReference(() -> Attention.of(q)
                .keys(k, v)
                .scale(0.7)
                .window(left, right)
                .run()));
    }

    @Test
    void softcapComesBeforeTheBiases() {
        double[] slopes = {0.5, 0.25, 0.125, 1};
        Tensor dense = random(7, 4, 5, 7);
        double[] d = dense.toDoubles();
        NaiveAttention naive = new NaiveAttention(
                Q, K, V, 2, 1.5, (b, h, i, j) -> -slopes[h] * Math.abs(i + 2 - j) + d[(h * 5 + i) * 7 + j]);
        Tensor s = Tensor.of(slopes, 4);
        equal(naive, onReference(() -> Attention.of(Q)
                .keys(K, V)
                .scale(2)
                .softcap(1.5)
                .alibi(s, Section.AlibiForm.DISTANCE)
                .bias(dense)
                .run()));
    }

    @Test
    void alibiFromTheLastKeyShiftsTheLogSumExpOnly() {
        Tensor s = Tensor.of(new double[] {0.5, 0.25, 0.125, 1}, 4);
        Attended distance = onReference(() -> Attention.of(Q)
                .keys(K, V)
                .causal()
                .alibi(s, Section.AlibiForm.DISTANCE)
                .run());
        Attended last = onReference(() -> Attention.of(Q)
                .keys(K, V)
                .causal()
                .alibi(s, Section.AlibiForm.FROM_LAST_KEY)
                .run());
        assertArrayEquals(distance.o().toDoubles(), last.o().toDoubles(), 1e-12);
        // Row i stands 4 - i before the last key.
        double shift = distance.lse().orElseThrow().get(0, 3, 1)
                - last.lse().orElseThrow().get(0, 3, 1);
        assertEquals(3, shift, 1e-12);
    }

    @Test
    void tablesKeyBiasesAndPositionsEqualTheirDenseBias() {
        Tensor offsets = random(8, 4, 9);
        Tensor perKey = random(9, 2, 7);
        Tensor posQ = ids(4, 9, 2, 6, 30);
        Tensor posK = ids(0, 1, 2, 3, 8, 5, 6);
        double[] t = offsets.toDoubles();
        double[] p = perKey.toDoubles();
        NaiveAttention naive = new NaiveAttention(Q, K, V, 1, 0, (b, h, i, j) -> {
            int offset = (int) (posK.toLongs()[j] - posQ.toLongs()[i]);
            return t[h * 9 + Math.clamp(offset + 4, 0, 8)] + p[b * 7 + j] + hideIf(offset > 0);
        });
        equal(naive, onReference(() -> Attention.of(Q)
                .keys(K, V)
                .scale(1)
                .positions(posQ, posK)
                .causal()
                .offsets(offsets, 4)
                .keyBias(perKey)
                .run()));
    }

    @Test
    void gridOffsetsLookUpBothAxes() {
        Tensor table = random(10, 4, 3, 5);
        double[] t = table.toDoubles();
        Tensor q = random(11, 1, 4, 6, 3);
        NaiveAttention naive = new NaiveAttention(q, q, q, 1, 0, (b, h, i, j) -> {
            int y = Math.clamp(j / 3 - i / 3 + 1, 0, 2);
            int x = Math.clamp(j % 3 - i % 3 + 2, 0, 4);
            return t[(h * 3 + y) * 5 + x];
        });
        equal(naive, onReference(() -> Attention.of(q)
                .keys(q, q)
                .scale(1)
                .gridOffsets(table, 3, 3, 1, 2)
                .run()));
    }

    @Test
    void lengthsCutKeysRowsAndAlignWindowsToTheSample() {
        int[] sq = {5, 3};
        int[] sk = {4, 7};
        NaiveAttention naive = new NaiveAttention(
                Q, K, V, 1, 0, (b, h, i, j) -> hideIf(i >= sq[b] || j >= sk[b] || j > i + sk[b] - sq[b]));
        equal(naive, onReference(() -> Attention.of(Q)
                .keys(K, V)
                .scale(1)
                .lengths(ids(5, 3), ids(4, 7))
                .causal()
                .run()));
    }

    @Test
    void packedSamplesEqualSeparateOnes() {
        Tensor q = random(12, 1, 2, 9, 3);
        Tensor k = random(13, 1, 2, 8, 3);
        Tensor v = random(14, 1, 2, 8, 2);
        Tensor slopes = Tensor.of(new double[] {0.3, 0.6}, 2);
        Attended packed = onReference(() -> Attention.of(q)
                .keys(k, v)
                .packed(ids(0, 4, 4, 9), ids(0, 5, 6, 8))
                .causal()
                .alibi(slopes, Section.AlibiForm.DISTANCE)
                .run());
        for (int[] s : new int[][] {{0, 4, 0, 5}, {4, 9, 6, 8}}) {
            Attended one = onReference(() -> Attention.of(q.slice(2, s[0], s[1]))
                    .keys(k.slice(2, s[2], s[3]), v.slice(2, s[2], s[3]))
                    .causal()
                    .alibi(slopes, Section.AlibiForm.DISTANCE)
                    .run());
            assertArrayEquals(
                    one.o().toDoubles(),
                    onReference(() -> packed.o().slice(2, s[0], s[1])).toDoubles(),
                    1e-12);
        }
    }

    @Test
    void tileListsSegmentsAndMasksHideTheSamePairs() {
        // Tiles of two rows: {0..2, 5..6}, {}, {3..7 twice}.
        Tensor bounds = ids(0, 2, 2, 4);
        Tensor ranges = Tensor.of(new long[] {0, 2, 5, 6, 3, 7, 4, 6}, 4, 2);
        NaiveAttention naive =
                new NaiveAttention(Q, K, V, 1, 0, (b, h, i, j) -> hideIf(i < 2 ? !(j < 2 || j == 5) : i < 4 || j < 3));
        equal(naive, onReference(() -> Attention.of(Q)
                .keys(K, V)
                .scale(1)
                .tiles(2, Section.Scope.SHARED, bounds, ranges)
                .run()));
        Tensor sq = Tensor.of(new long[] {0, 0, 1, 2, 2, 0, 1, 1, 1, 2}, 2, 5);
        Tensor sk = Tensor.of(new long[] {0, 0, 0, 1, 1, 2, 2, 0, 1, 1, 1, 1, 1, 3}, 2, 7);
        NaiveAttention segments = new NaiveAttention(
                Q, K, V, 1, 0, (b, h, i, j) -> hideIf(sq.toLongs()[b * 5 + i] != sk.toLongs()[b * 7 + j]));
        equal(
                segments,
                onReference(() ->
                        Attention.of(Q).keys(K, V).scale(1).segments(sq, sk).run()));
        Tensor mask = onReference(() -> sq.reshape(2, 1, 5, 1).eq(sk.reshape(2, 1, 1, 7)));
        equal(
                segments,
                onReference(() -> Attention.of(Q).keys(K, V).scale(1).mask(mask).run()));
    }

    @Test
    void sectionsShareOneSoftmax() {
        Tensor joined =
                onReference(() -> Attention.of(Q).keys(K, V).window(-1, 0).o());
        Tensor split = onReference(() -> Attention.of(Q)
                .keys(K.slice(2, 0, 2), V.slice(2, 0, 2))
                .keys(K.slice(2, 2, 7), V.slice(2, 2, 7))
                .causal()
                .o());
        assertArrayEquals(joined.toDoubles(), split.toDoubles(), 1e-12);
    }

    @Test
    void anExplicitHeadMapReadsTheNamedHeads() {
        Tensor mapped =
                onReference(() -> Attention.of(Q).keys(K, V).headMap(1, 0, 1, 0).o());
        Tensor k4 = onReference(
                () -> Ops.concat(1, K.slice(1, 1, 2), K.slice(1, 0, 1), K.slice(1, 1, 2), K.slice(1, 0, 1)));
        Tensor v4 = onReference(
                () -> Ops.concat(1, V.slice(1, 1, 2), V.slice(1, 0, 1), V.slice(1, 1, 2), V.slice(1, 0, 1)));
        assertArrayEquals(onReference(() -> Attention.of(Q).keys(k4, v4).o()).toDoubles(), mapped.toDoubles(), 1e-12);
    }

    @Test
    void rowsThatSeeNothingGiveZeroMinusInfinityAndNoGradient() {
        Tensor q = random(15, 1, 1, 5, 3);
        Tensor k = random(16, 1, 1, 2, 3);
        Attended a = onReference(() -> Attention.of(q)
                .keys(k, k)
                .causal()
                .wants(new Wants(true, 0, false, 0))
                .run());
        near(onReference(() -> a.o().slice(2, 0, 3)), shape(1, 1, 3, 3), new double[9]);
        assertEquals(Double.NEGATIVE_INFINITY, a.lse().orElseThrow().get(0, 0, 2));
        near(onReference(() -> a.weights().orElseThrow().slice(2, 0, 3)), shape(1, 1, 3, 2), new double[6]);
        List<Tensor> g = gradients(
                in -> Attention.of(in.get(0))
                        .keys(in.get(1), in.get(1))
                        .causal()
                        .run()
                        .o(),
                q,
                k);
        near(onReference(() -> g.getFirst().slice(2, 0, 3)), shape(1, 1, 3, 3), new double[9]);
        Expect.gradientHolds(
                in -> List.of(Attention.of(in.get(0))
                        .keys(in.get(1), in.get(1))
                        .causal()
                        .o()),
                q,
                k);
    }

    @Test
    void logitsOfTenThousandStayFinite() {
        Tensor q = f64(shape(1, 1, 1, 1), 1e4);
        Tensor k = f64(shape(1, 1, 3, 1), 1, -1, 1);
        Tensor v = f64(shape(1, 1, 3, 1), 2, 7, 4);
        Attended a = onReference(() -> Attention.of(q).keys(k, v).scale(1).run());
        near(a.o(), shape(1, 1, 1, 1), 3);
        near(a.lse().orElseThrow(), shape(1, 1, 1), 1e4 + Math.log(2));
        for (Tensor g : gradients(
                in -> Attention.of(in.get(0))
                        .keys(in.get(1), in.get(2))
                        .scale(1)
                        .o(),
                q,
                k,
                v)) {
            for (double x : g.toDoubles()) {
                assertEquals(true, Double.isFinite(x));
            }
        }
    }

    @Test
    void aMissingValueIsNamed() {
        assertEquals(
                "attend: k of shape (B=2, Hkv, Tk, d=3) expected, given F64(2, 2, 7, 2)",
                Expect.error(() -> Attention.of(Q).keys(V, V).o()));
        assertEquals("attend: key heads that divide 4 query heads expected, given 3", Expect.error(() -> Attention.of(Q)
                .keys(random(1, 2, 3, 7, 3), random(1, 2, 3, 7, 2))
                .o()));
        Tensor bf = onReference(() -> Q.cast(DType.BF16));
        assertEquals(
                "attend: k of BF16 expected, given F64(2, 2, 7, 3)",
                Expect.error(() -> Attention.of(bf).keys(K, V).o()));
    }
}
