package org.layerzoo.core.op.recur;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.layerzoo.core.op.Expect.f64;
import static org.layerzoo.core.op.Expect.gradients;
import static org.layerzoo.core.op.Expect.ids;
import static org.layerzoo.core.op.Expect.near;
import static org.layerzoo.core.op.Expect.onReference;
import static org.layerzoo.core.op.Expect.random;
import static org.layerzoo.core.op.Expect.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.op.Expect;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.OpCase;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;

class RecurTest {
    static Stream<Gate> gates() {
        return RecurCases.gates().stream();
    }

    private static List<Tensor> inputs(Gate g, int b, int h, int t, int dk, int dv) {
        OpCase c = new OpCase(
                "",
                new Recur(g, Diagonal.INCLUSIVE, false, 1, new Algorithm.Parallel(), true, 0),
                List.of(RecurCases.inputs(g, b, h, t, dk, dv)),
                0,
                true,
                "");
        return c.draw(5, DType.F64);
    }

    private static List<Tensor> run(Gate g, Diagonal d, Algorithm a, List<Tensor> in) {
        return onReference(() -> Exec.apply(new Recur(g, d, false, 0.7, a, true, 0), in));
    }

    /** Token by token over plain arrays, one batch and head. */
    private static double[][] naive(Gate gate, Diagonal diagonal, List<Tensor> in) {
        int t = in.get(2).dim(2);
        int dk = in.get(0).dim(3);
        int dv = in.get(2).dim(3);
        double[] q = in.get(0).toDoubles();
        double[] k = in.get(1).toDoubles();
        double[] v = in.get(2).toDoubles();
        double[] s = in.getLast().toDoubles();
        double[] o = new double[t * dv];
        for (int n = 0; n < t; n++) {
            double[] kept = new double[dk * dv];
            for (int i = 0; i < dk; i++) {
                for (int j = 0; j < dv; j++) {
                    kept[i * dv + j] = s[i * dv + j] * Math.exp(decay(gate, in, n, i, j));
                }
            }
            double[] read = diagonal == Diagonal.BEFORE ? s : kept.clone();
            double[] next = kept.clone();
            for (int j = 0; j < dv; j++) {
                double u = v[n * dv + j];
                if (gate instanceof Gate.Delta) {
                    for (int i = 0; i < dk; i++) {
                        u -= kept[i * dv + j] * k[n * dk + i];
                    }
                    u *= in.get(3).toDoubles()[n];
                }
                for (int i = 0; i < dk; i++) {
                    next[i * dv + j] += k[n * dk + i] * u;
                    read[i * dv + j] += diagonal.share() * k[n * dk + i] * u;
                    o[n * dv + j] += 0.7 * q[n * dk + i] * read[i * dv + j];
                }
            }
            s = next;
        }
        return new double[][] {o, s};
    }

    private static double decay(Gate gate, List<Tensor> in, int n, int i, int j) {
        return switch (gate) {
            case Gate.None g -> 0;
            case Gate.PerHead g -> in.get(3).toDoubles()[0];
            case Gate.Scalar g -> in.get(3).toDoubles()[n];
            case Gate.Key g -> in.get(3).get(0, 0, n, i);
            case Gate.Value g -> in.get(3).get(0, 0, n, j);
            case Gate.Delta g -> g.decays() ? in.get(4).toDoubles()[n] : 0;
        };
    }

    @ParameterizedTest
    @MethodSource("gates")
    void everyAlgorithmAndDiagonalEqualsTheLoop(Gate g) {
        List<Tensor> in = inputs(g, 1, 1, 11, 4, 3);
        for (Diagonal d : Diagonal.values()) {
            double[][] naive = naive(g, d, in);
            List<Algorithm> all = List.of(
                    new Algorithm.Recurrent(),
                    new Algorithm.Parallel(),
                    new Algorithm.Chunked(1),
                    new Algorithm.Chunked(2),
                    new Algorithm.Chunked(4),
                    new Algorithm.Chunked(16));
            for (Algorithm a : all) {
                List<Tensor> out = run(g, d, a, in);
                assertArrayEquals(naive[0], out.get(0).toDoubles(), 1e-10, a + " " + d);
                assertArrayEquals(naive[1], out.get(1).toDoubles(), 1e-10, a + " " + d);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("gates")
    void chunkedAndRecurrentHaveTheSameGradients(Gate g) {
        List<Tensor> in = inputs(g, 2, 2, 7, 3, 2);
        Tensor[] all = in.toArray(Tensor[]::new);
        List<Tensor> a = gradients(
                x -> total(new Recur(g, Diagonal.INCLUSIVE, false, 1, new Algorithm.Recurrent(), true, 0), x), all);
        List<Tensor> b = gradients(
                x -> total(new Recur(g, Diagonal.INCLUSIVE, false, 1, new Algorithm.Chunked(3), true, 0), x), all);
        for (int i = 0; i < a.size(); i++) {
            assertArrayEquals(a.get(i).toDoubles(), b.get(i).toDoubles(), 1e-10);
        }
    }

    private static Tensor total(Recur op, List<Tensor> in) {
        List<Tensor> out = Exec.apply(op, in);
        return out.get(0)
                .mul(random(3, out.get(0).shape().dims()))
                .sum()
                .add(out.get(1).mul(random(4, out.get(1).shape().dims())).sum());
    }

    @ParameterizedTest
    @MethodSource("gates")
    void passingTheStateContinuesTheSequence(Gate g) {
        List<Tensor> in = inputs(g, 1, 2, 9, 3, 2);
        List<Tensor> whole = run(g, Diagonal.INCLUSIVE, new Algorithm.Chunked(4), in);
        List<Tensor> first = run(g, Diagonal.INCLUSIVE, new Algorithm.Chunked(4), cut(g, in, 0, 5, in.getLast()));
        List<Tensor> second = run(g, Diagonal.INCLUSIVE, new Algorithm.Recurrent(), cut(g, in, 5, 9, first.get(1)));
        Tensor o = onReference(() -> Ops.concat(2, first.get(0), second.get(0)));
        assertArrayEquals(whole.get(0).toDoubles(), o.toDoubles(), 1e-11);
        assertArrayEquals(whole.get(1).toDoubles(), second.get(1).toDoubles(), 1e-11);
    }

    private static List<Tensor> cut(Gate g, List<Tensor> in, int from, int to, Tensor state) {
        return onReference(() -> {
            List<Tensor> out = new ArrayList<>();
            for (int i = 0; i < in.size() - 1; i++) {
                out.add(
                        i >= 3 && g instanceof Gate.PerHead
                                ? in.get(i)
                                : in.get(i).slice(2, from, to));
            }
            out.add(state);
            return out;
        });
    }

    @ParameterizedTest
    @MethodSource("gates")
    void packedSamplesEqualSeparateOnesAlsoInTheirGradients(Gate g) {
        List<Tensor> in = inputs(g, 1, 2, 9, 3, 2);
        Tensor states = random(6, 3, 2, 3, 2);
        List<Tensor> packed = new ArrayList<>(in.subList(0, in.size() - 1));
        packed.add(states);
        packed.add(ids(0, 4, 4, 9));
        for (boolean reverse : new boolean[] {false, true}) {
            Recur op = new Recur(g, Diagonal.INCLUSIVE, reverse, 1, new Algorithm.Chunked(3), true, 5);
            Recur one = new Recur(g, Diagonal.INCLUSIVE, reverse, 1, new Algorithm.Chunked(3), true, 0);
            List<Tensor> out = onReference(() -> Exec.apply(op, packed));
            for (int[] s : new int[][] {{0, 0, 4}, {2, 4, 9}}) {
                List<Tensor> alone =
                        onReference(() -> Exec.apply(one, cut(g, in, s[1], s[2], states.slice(0, s[0], s[0] + 1))));
                assertArrayEquals(
                        alone.get(0).toDoubles(),
                        onReference(() -> out.get(0).slice(2, s[1], s[2])).toDoubles(),
                        1e-11);
                assertArrayEquals(
                        alone.get(1).toDoubles(),
                        onReference(() -> out.get(1).slice(0, s[0], s[0] + 1)).toDoubles(),
                        1e-11);
            }
            assertArrayEquals(
                    onReference(() -> states.slice(0, 1, 2)).toDoubles(),
                    onReference(() -> out.get(1).slice(0, 1, 2)).toDoubles());
        }
        List<Tensor> small = new ArrayList<>(inputs(g, 1, 1, 5, 2, 1));
        small.set(small.size() - 1, random(7, 3, 1, 2, 1));
        small.add(ids(0, 2, 2, 5));
        Recur op = new Recur(g, Diagonal.INCLUSIVE, false, 1, new Algorithm.Chunked(2), true, 3);
        Expect.gradientHolds(x -> Exec.apply(op, x), small.toArray(Tensor[]::new));
    }

    @Test
    void deltaRuleOverwritesByHand() {
        Tensor k = f64(shape(1, 1, 2, 2), 1, 0, 0.6, 0.8);
        Tensor v = f64(shape(1, 1, 2, 2), 1, 2, 3, 0);
        Tensor beta = f64(shape(1, 1, 2), 1, 0.5);
        Recurrence.Recurred r =
                onReference(() -> Fused.recur(k, k, v).delta(beta).run());
        near(r.state(), shape(1, 1, 2, 2), 1.72, 1.64, 0.96, -0.48);
        near(onReference(() -> r.o().slice(2, 1, 2)), shape(1, 1, 1, 2), 1.8, 0.6);
    }

    @Test
    void valueHeadsShareKeyHeadsInGroups() {
        Tensor q = random(1, 1, 2, 5, 3);
        Tensor v = random(2, 1, 4, 5, 2);
        Tensor shared = onReference(() -> Fused.recur(q, q, v).run().o());
        Tensor copied = onReference(() -> {
            Tensor four = Ops.indexSelect(q, 1, ids(0, 0, 1, 1));
            return Fused.recur(four, four, v).run().o();
        });
        assertArrayEquals(copied.toDoubles(), shared.toDoubles(), 1e-12);
    }

    @Test
    void strongDecaysNeitherOverflowNorLoseTheRecent() {
        Tensor one = Tensor.ones(DType.F32, 1, 1, 200, 1);
        Tensor log = Tensor.full(DType.F32, -20, 1, 1, 200, 1);
        Recurrence.Recurred r = onReference(
                () -> Fused.recur(one, one, one).key(log).chunked(64).run());
        // All but the newest term are below 3e-9.
        for (double x : r.o().toDoubles()) {
            assertEquals(1, x, 1e-6);
        }
    }

    @Test
    void stateStaysInF32BesideBf16Tokens() {
        Tensor x = onReference(() -> random(1, 1, 1, 3, 2).cast(DType.BF16));
        Recurrence.Recurred r = onReference(() -> Fused.recur(x, x, x).run());
        assertEquals(DType.BF16, r.o().dtype());
        assertEquals(DType.F32, r.state().dtype());
    }

    @Test
    void aGateOfAnotherShapeIsRefused() {
        Tensor x = random(1, 1, 2, 3, 2);
        assertEquals(
                "recur_scalar: log decay of shape (B=1, H=2, T=3) expected, given F64(2, 3)",
                Expect.error(() -> Fused.recur(x, x, x).scalar(random(2, 2, 3)).run()));
    }

    @Test
    void secondDerivativesHold() {
        List<Tensor> in = inputs(new Gate.Delta(true), 1, 1, 3, 2, 1);
        Recur op = new Recur(new Gate.Delta(true), Diagonal.INCLUSIVE, false, 1, new Algorithm.Chunked(2), true, 0);
        Expect.secondOrderHolds(x -> Exec.apply(op, x), in.toArray(Tensor[]::new));
    }
}
