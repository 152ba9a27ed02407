package org.layerzoo.core.op.scan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.ids;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.row;
import static org.layerzoo.core.op.Expect.shape;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.exec.OpInterpreter;
import org.layerzoo.core.exec.Reference;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.FusedOp;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.scan.SelectiveScan.Discretisation;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class ScanTest {
    private static final int T = 11;
    private static final int E = 4;
    private static final int N = 3;
    private static final Tensor U = random(1, 2, T, E);
    private static final Tensor DELTA = random(2, 2, T, E);
    private static final Tensor A = onReference(() -> random(3, E, N).sub(1.5));
    private static final Tensor B = random(4, 2, T, 2, N);
    private static final Tensor C = random(5, 2, T, 2, N);
    private static final Tensor BIAS = random(6, E);
    private static final Tensor D = random(7, E);
    private static final Tensor Z = random(8, 2, T, E);
    private static final Tensor H0 = random(9, 2, E, N);

    private static Selective call() {
        return Fused.selectiveScan(U, DELTA, A, B, C)
                .deltaBias(BIAS)
                .softplus()
                .skip(D)
                .gate(Z)
                .from(H0);
    }

    /** [y, h] of one sample. */
    private static double[][] naive(int sample, boolean zoh) {
        double[] y = new double[T * E];
        double[] h = new double[E * N];
        for (int e = 0; e < E; e++) {
            for (int n = 0; n < N; n++) {
                h[e * N + n] = H0.get(sample, e, n);
            }
        }
        for (int t = 0; t < T; t++) {
            for (int e = 0; e < E; e++) {
                double dt = Math.log1p(Math.exp(DELTA.get(sample, t, e) + BIAS.get(e)));
                double u = U.get(sample, t, e);
                double sum = D.get(e) * u;
                for (int n = 0; n < N; n++) {
                    double a = A.get(e, n);
                    double gain = zoh ? (Math.exp(dt * a) - 1) / a : dt;
                    h[e * N + n] = Math.exp(dt * a) * h[e * N + n] + gain * B.get(sample, t, e / 2, n) * u;
                    sum += C.get(sample, t, e / 2, n) * h[e * N + n];
                }
                double z = Z.get(sample, t, e);
                y[t * E + e] = sum * z / (1 + Math.exp(-z));
            }
        }
        return new double[][] {y, h};
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 11, 64})
    void everyChunkEqualsTheLoop(int chunk) {
        for (boolean zoh : new boolean[] {false, true}) {
            Discretisation d = zoh ? Discretisation.ZOH : Discretisation.EULER;
            Selective.Scanned s =
                    onReference(() -> call().discretisation(d).chunk(chunk).run());
            for (int b = 0; b < 2; b++) {
                int sample = b;
                double[][] naive = naive(b, zoh);
                assertArrayEquals(
                        naive[0], onReference(() -> s.y().select(0, sample)).toDoubles(), 1e-12);
                assertArrayEquals(
                        naive[1], onReference(() -> s.state().select(0, sample)).toDoubles(), 1e-12);
            }
        }
    }

    @Test
    void theSheetsScalarExample() {
        Tensor one = Tensor.ones(DType.F64, 1, 3, 1);
        Tensor step = Tensor.full(DType.F64, Math.log(2), 1, 3, 1);
        Tensor y = onReference(() -> Fused.selectiveScan(one, step, f64(shape(1, 1), -1), one, one)
                .run()
                .y());
        double l = Math.log(2);
        near(y, shape(1, 3, 1), l, 1.5 * l, 1.75 * l);
    }

    @Test
    void reverseIsTheFlippedSequence() {
        Selective.Scanned back = onReference(() -> call().reverse().chunk(4).run());
        Selective.Scanned flipped = onReference(
                () -> Fused.selectiveScan(Ops.flip(U, 1), Ops.flip(DELTA, 1), A, Ops.flip(B, 1), Ops.flip(C, 1))
                        .deltaBias(BIAS)
                        .softplus()
                        .skip(D)
                        .gate(Ops.flip(Z, 1))
                        .from(H0)
                        .run());
        assertArrayEquals(
                onReference(() -> Ops.flip(flipped.y(), 1)).toDoubles(),
                back.y().toDoubles(),
                1e-12);
        assertArrayEquals(flipped.state().toDoubles(), back.state().toDoubles(), 1e-12);
    }

    @Test
    void packedSamplesEqualSeparateOnes() {
        Tensor bounds = ids(0, 5, 11);
        Selective.Scanned packed = onReference(() -> packed(U, bounds).run());
        for (int s = 0; s < 2; s++) {
            int i = s;
            int from = s == 0 ? 0 : 5;
            int to = s == 0 ? 5 : 11;
            Selective.Scanned one = onReference(() -> Fused.selectiveScan(
                            cut(U, from, to), cut(DELTA, from, to), A, cut(B, from, to), cut(C, from, to))
                    .deltaBias(BIAS)
                    .softplus()
                    .from(H0.slice(0, i, i + 1))
                    .run());
            assertArrayEquals(
                    one.y().toDoubles(),
                    onReference(() -> packed.y().slice(1, from, to)).toDoubles(),
                    1e-12);
            assertArrayEquals(
                    one.state().toDoubles(),
                    onReference(() -> packed.state().slice(0, i, i + 1)).toDoubles(),
                    1e-12);
        }
        Expect.gradientHolds(
                in -> {
                    Selective.Scanned s = packed(in.getFirst(), bounds).run();
                    return List.of(s.y(), s.state());
                },
                U.rows(0, 1));
    }

    private static Selective packed(Tensor u, Tensor bounds) {
        return Fused.selectiveScan(u.slice(0, 0, 1), DELTA.rows(0, 1), A, B.rows(0, 1), C.rows(0, 1))
                .deltaBias(BIAS)
                .softplus()
                .from(H0)
                .chunk(3)
                .packed(bounds, 6);
    }

    private static Tensor cut(Tensor x, int from, int to) {
        return x.slice(0, 0, 1).slice(1, from, to);
    }

    @Test
    void theGradientKeepsNoMoreThanOneChunkOfStates() {
        // Every tensor that exists while gradients are taken is smaller than [B, T, E, N] but for one chunk's.
        int t = 64;
        Tensor u = random(1, 1, t, E);
        Tensor bc = random(2, 1, t, 1, N);
        List<Long> recorded = new ArrayList<>();
        OpInterpreter watch = (op, in) -> {
            if (!(op instanceof FusedOp)) {
                in.forEach(x -> recorded.add(x.size()));
            }
            return op instanceof FusedOp f
                    ? Exec.with(Exec.current(), () -> f.decompose(in))
                    : Reference.INSTANCE.apply(op, in);
        };
        Exec.run(watch, () -> {
            Tape tape = new Tape().watch(u);
            Tensor y = tape.record(() -> Fused.selectiveScan(u, u, A, bc, bc)
                    .softplus()
                    .chunk(8)
                    .run()
                    .y());
            assertEquals(t * E, tape.gradient(y, List.of(u)).getFirst().size());
        });
        assertEquals(
                8L * E * N,
                recorded.stream()
                        .mapToLong(Long::longValue)
                        .filter(n -> n > t * E)
                        .max()
                        .orElse(8L * E * N));
        assertTrue(recorded.size() > 100);
    }

    @Test
    void complexScanEqualsTheLoop() {
        Tensor a = random(1, 13, 2, 2);
        Tensor b = random(2, 13, 2, 2);
        Tensor h0 = random(3, 2, 2);
        Tensor h = onReference(() -> Fused.complexScan(a, b, h0, 0, false));
        Tensor back = onReference(() -> Fused.complexScan(a, b, h0, 0, true));
        for (int c = 0; c < 2; c++) {
            check(a, b, h0, h, c, false);
            check(a, b, h0, back, c, true);
        }
    }

    private static void check(Tensor a, Tensor b, Tensor h0, Tensor h, int c, boolean reverse) {
        double re = h0.get(c, 0);
        double im = h0.get(c, 1);
        for (int n = 0; n < 13; n++) {
            int t = reverse ? 12 - n : n;
            double next = a.get(t, c, 0) * re - a.get(t, c, 1) * im + b.get(t, c, 0);
            im = a.get(t, c, 0) * im + a.get(t, c, 1) * re + b.get(t, c, 1);
            re = next;
            assertEquals(re, h.get(t, c, 0), 1e-12);
            assertEquals(im, h.get(t, c, 1), 1e-12);
        }
    }

    @Test
    void runningSoftmaxAveragesAreThoseOfEveryPrefix() {
        Tensor s = f64(shape(4), Double.NEGATIVE_INFINITY, Math.log(2), 1e4, 1e4);
        Tensor v = f64(shape(4, 1), 9, 5, 1, 3);
        Fused.Part p = onReference(() -> Fused.softmaxScan(s, v));
        near(p.o(), shape(4, 1), 0, 5, 1, 2);
        assertEquals(Double.NEGATIVE_INFINITY, p.lse().get(0));
        assertEquals(1e4 + Math.log(2), p.lse().get(3), 1e-9);
        Tensor scores = onReference(() -> random(1, 6).mul(3));
        Tensor values = random(2, 6, 2);
        Fused.Part whole = onReference(() -> Fused.softmaxScan(scores, values));
        Fused.Part half = onReference(() -> Fused.softmaxScan(scores.slice(0, 0, 4), values.slice(0, 0, 4)));
        Fused.Part rest = onReference(() -> Fused.softmaxScan(
                scores.slice(0, 4, 6),
                values.slice(0, 4, 6),
                new Fused.Part(half.o().select(0, 3), half.lse().select(0, 3))));
        assertArrayEquals(
                onReference(() -> whole.o().slice(0, 4, 6)).toDoubles(),
                rest.o().toDoubles(),
                1e-12);
        Tensor last = onReference(() -> Fused.softmax(scores, 0).unsqueeze(0).matmul(values));
        assertArrayEquals(
                last.toDoubles(), onReference(() -> whole.o().select(0, 5)).toDoubles(), 1e-12);
    }

    @Test
    void wrongGroupsAreRefused() {
        assertEquals(
                "selective_scan: groups that divide 4 channels expected, given 3",
                Expect.error(() -> Fused.selectiveScan(U, DELTA, A, random(1, 2, T, 3, N), random(1, 2, T, 3, N))
                        .run()));
        assertEquals(
                "selective_scan: D of shape (E=4) expected, given F64(2)",
                Expect.error(() ->
                        Fused.selectiveScan(U, DELTA, A, B, C).skip(row(1, 2)).run()));
    }
}
