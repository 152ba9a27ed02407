package org.layerzoo.core.op.attend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class AttendVariantsTest {
    private static final Tensor Q = random(1, 1, 2, 5, 3);
    private static final Tensor K = random(2, 1, 2, 7, 3);
    private static final Tensor V = random(3, 1, 2, 7, 2);

    /** One row, one head, keys 1 with scores 1, -1, 2; values 1, 10, 100. */
    private static Attention scores() {
        return Attention.of(f64(shape(1, 1, 1, 1), 1))
                .scale(1)
                .keys(f64(shape(1, 1, 3, 1), 1, -1, 2), f64(shape(1, 1, 3, 1), 1, 10, 100));
    }

    @Test
    void normalisersByHand() {
        Tensor two = Tensor.of(new boolean[] {true, true, false}, 1, 3);
        near(onReference(() -> scores().norm(new Normaliser.None()).keyMask(two).o()), shape(1, 1, 1, 1), 1 - 10);
        near(onReference(() -> scores().norm(new Normaliser.Relu2()).o()), shape(1, 1, 1, 1), 1 + 400);
        double s = 1 / (1 + Math.exp(-0.5));
        double t = 1 / (1 + Math.exp(1.5));
        near(
                onReference(() ->
                        scores().norm(new Normaliser.Sigmoid(-0.5)).keyMask(two).o()),
                shape(1, 1, 1, 1),
                s + 10 * t);
        // Scores 1 and -1: mean 0, std 1.
        near(
                onReference(
                        () -> scores().meanStd(1, row(4), row(0.5)).keyMask(two).o()),
                shape(1, 1, 1, 1),
                2.5 - 15);
        // Softmax of 1 and -1 is .8808, .1192; 1.5 p - .25 is 1.07 (clipped) and -.07 (clipped).
        near(
                onReference(() -> scores().norm(new Normaliser.Clip(1.25, -0.25))
                        .keyMask(two)
                        .o()),
                shape(1, 1, 1, 1),
                1);
        // Two standard deviations below and none above the mean.
        near(
                onReference(() ->
                        scores().norm(new Normaliser.Laplace(1, 1)).keyMask(two).o()),
                shape(1, 1, 1, 1),
                0.5 + 10 * 0.022750131948179195);
    }

    @Test
    void toeplitzFactorsMultiplyAfterTheSoftmax() {
        // Sheet example: c_{-1} = 2, c_0 = 1, c_1 = 3 by i - j, so the table by j - i is (3, 1, 2).
        Tensor zero = Tensor.zeros(DType.F64, 1, 1, 2, 1);
        Tensor one = Tensor.ones(DType.F64, 1, 1, 2, 1);
        Tensor c = f64(shape(1, 3), 3, 1, 2);
        near(onReference(() -> Attention.of(zero).keys(zero, one).toeplitz(c, 1).o()), shape(1, 1, 2, 1), 1.5, 2);
        List<Tensor> g = gradients(
                in -> Attention.of(zero)
                        .keys(zero, one)
                        .causal()
                        .toeplitz(in.getFirst(), 1)
                        .o(),
                c);
        // Causal: row 0 gives c_0 1, row 1 gives c_1 / 2 and c_0 / 2; the offset in the future is never used.
        near(g.getFirst(), shape(1, 3), 0.5, 1.5, 0);
    }

    @Test
    void wantsAreSumsOfTheWeights() {
        Attended a = onReference(() -> Attention.of(Q)
                .keys(K, V)
                .causal()
                .wants(new Wants(true, 2, true, 3))
                .run());
        Tensor p = a.weights().orElseThrow();
        Tensor[] sums = onReference(() -> new Tensor[] {
            p.slice(2, 3, 5).sum(2), p.sum(3), p.slice(2, 2, 5).mean(1)
        });
        assertArrayEquals(sums[0].toDoubles(), a.columnMass().orElseThrow().toDoubles(), 1e-12);
        assertArrayEquals(sums[1].toDoubles(), a.rowMass().orElseThrow().toDoubles(), 1e-12);
        assertArrayEquals(sums[2].toDoubles(), a.headMean().orElseThrow().toDoubles(), 1e-12);
        assertArrayEquals(onReference(() -> p.matmul(V)).toDoubles(), a.o().toDoubles(), 1e-12);
        Attended all = onReference(() -> Attention.of(Q)
                .keys(K, V)
                .causal()
                .wants(new Wants(false, Wants.ALL, false, 0))
                .run());
        assertEquals(10, onReference(() -> all.columnMass().orElseThrow().sum()).item(), 1e-12);
    }

    @Test
    void dropoutIsAFunctionOfTheElementAndScalesTheKept() {
        Tensor ones = Tensor.ones(DType.F64, 1, 2, 7, 1);
        Tensor kept = onReference(() -> Attention.of(Q)
                .keys(K, ones)
                .dropout(0.4, 7, 1)
                .wants(new Wants(true, 0, false, 0))
                .o());
        Tensor again = onReference(
                () -> Attention.of(Q).keys(K, ones).dropout(0.4, 7, 1).o());
        assertArrayEquals(kept.toDoubles(), again.toDoubles());
        double mean = 0;
        for (int seed = 0; seed < 200; seed++) {
            int s = seed;
            mean += onReference(() -> Attention.of(Q)
                                    .keys(K, ones)
                                    .dropout(0.4, s, 1)
                                    .o()
                                    .mean())
                            .item()
                    / 200;
        }
        // Standard error about 0.02 for 200 draws of ten rows.
        assertEquals(1, mean, 0.08);
        Tensor mask = Tensor.of(new boolean[] {true, false, true}, 1, 1, 1, 3);
        Tensor o = onReference(
                () -> scores().norm(new Normaliser.None()).dropout(0.5, mask).o());
        near(o, shape(1, 1, 1, 1), 2 + 400);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void mergingSplitsGivesTheWhole(int splits) {
        Attended whole = onReference(() -> Attention.of(Q).keys(K, V).run());
        Fused.Part merged = onReference(() -> Fused.mergeLse(parts(Q, K, V, splits)));
        assertArrayEquals(whole.o().toDoubles(), merged.o().toDoubles(), 1e-12);
        assertArrayEquals(whole.lse().orElseThrow().toDoubles(), merged.lse().toDoubles(), 1e-12);
        Expect.gradientHolds(
                in -> List.of(Fused.mergeLse(parts(in.get(0), in.get(1), in.get(2), splits))
                        .o()),
                Q,
                K,
                V);
    }

    private static List<Fused.Part> parts(Tensor q, Tensor k, Tensor v, int splits) {
        List<Fused.Part> parts = new ArrayList<>();
        for (int s = 0; s < splits; s++) {
            int from = s * 7 / splits;
            int to = (s + 1) * 7 / splits;
            Attended a = Attention.of(q)
                    .keys(k.slice(2, from, to), v.slice(2, from, to))
                    .run();
            parts.add(new Fused.Part(a.o(), a.lse().orElseThrow()));
        }
        return parts;
    }

    @Test
    void mergingNothingGivesNothingWithoutNaN() {
        Tensor empty = row(Double.NEGATIVE_INFINITY, 0);
        Tensor none = row(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY);
        Tensor o = f64(shape(2, 1), 3, 5);
        Fused.Part m = onReference(() -> Fused.mergeLse(List.of(new Fused.Part(o, empty), new Fused.Part(o, none))));
        near(m.o(), shape(2, 1), 0, 5);
        assertEquals(Double.NEGATIVE_INFINITY, m.lse().get(0));
        List<Tensor> g = gradients(
                in -> Fused.mergeLse(List.of(new Fused.Part(in.get(0), in.get(1)), new Fused.Part(o, none)))
                        .o(),
                o,
                empty);
        near(g.get(0), shape(2, 1), 0, 1);
        near(g.get(1), shape(2), 0, 0);
        Tensor log = row(Math.log(2), Math.log(3));
        Tensor even = row(0, 0);
        Fused.Part w = onReference(() ->
                Fused.mergeLse(List.of(new Fused.Part(o, even), new Fused.Part(o.mul(2), even)), List.of(log, even)));
        near(w.o(), shape(2, 1), 3 * 2 / 3.0 + 6 / 3.0, 5 * 3 / 4.0 + 10 / 4.0);
    }

    @Test
    void secondDerivativesHold() {
        Tensor q = random(4, 1, 1, 2, 2);
        Tensor k = random(5, 1, 1, 3, 2);
        Expect.secondOrderHolds(
                in -> List.of(Attention.of(in.get(0))
                        .keys(in.get(1), in.get(1))
                        .causal()
                        .o()),
                q,
                k);
    }

    @Test
    void bf16ComputesInF32AndKeepsTheLogSumExpThere() {
        Tensor[] b = onReference(() -> new Tensor[] {Q.cast(DType.BF16), K.cast(DType.BF16), V.cast(DType.BF16)});
        Attended a = onReference(() -> Attention.of(b[0]).keys(b[1], b[2]).run());
        assertEquals(DType.BF16, a.o().dtype());
        assertEquals(DType.F32, a.lse().orElseThrow().dtype());
        double[] exact = onReference(() -> Attention.of(b[0].cast(DType.F64))
                        .keys(b[1].cast(DType.F64), b[2].cast(DType.F64))
                        .o())
                .toDoubles();
        double[] ours = a.o().toDoubles();
        for (int i = 0; i < exact.length; i++) {
            assertTrue(Math.abs(ours[i] - exact[i]) <= Math.abs(exact[i]) / 250 + 1e-6);
        }
    }

    @Test
    void causalAttentionCountsHalfTheWork() {
        Attend full = Attention.of(Q).keys(Q, Q).op();
        Attend causal = Attention.of(Q).keys(Q, Q).causal().op();
        var in = Arrays.asList(Q.spec(), Q.spec(), Q.spec());
        // 5 x 5 pairs against 15, two heads, 4 d + 5 operations a pair.
        assertEquals(2 * 25 * 17, full.flops(in));
        assertEquals(2 * 15 * 17, causal.flops(in));
    }
}
