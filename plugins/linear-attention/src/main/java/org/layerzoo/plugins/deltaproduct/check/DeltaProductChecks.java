package org.layerzoo.plugins.deltaproduct.check;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.deltaproduct.DeltaProductProvider;
import org.layerzoo.plugins.deltaproduct.Steps;

/** The Checks of the DeltaProduct sheet. */
public final class DeltaProductChecks {
    private DeltaProductChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: one step is DeltaNet, gated or not", DeltaProductChecks::oneStep),
                new Check("check-2: recurrent = expanded delta rule = chunk", DeltaProductChecks::forms),
                new Check("check-3: the transition does not expand", DeltaProductChecks::contraction),
                new Check("check-4: two reflections make a rotation", DeltaProductChecks::rotation),
                new Check("check-5: beta = 0 at the second step", DeltaProductChecks::silentStep),
                new Check("check-6: a 3-cycle by two swaps", DeltaProductChecks::cycle),
                new Check("check-7: the same key several times", DeltaProductChecks::repeated),
                new Check("check-8: causality, streaming state", DeltaProductChecks::stream));
    }

    /** q, k, v, beta, log decay of t tokens with n steps. */
    private static List<Tensor> draw(CheckContext c, int t, int n) {
        return List.of(
                c.normal64("q", 2, 2, t, 4),
                unit(c.normal64("k", 2, 2, n * t, 4)),
                c.normal64("v", 2, 2, n * t, 5),
                c.draws().uniform("beta", DType.F64, 2, 2, n * t).mul(2),
                c.draws().uniform("g", DType.F64, 2, 2, t).neg());
    }

    private static Tensor unit(Tensor k) {
        return Fused.l2Norm(k, -1, 0, Root.MAX);
    }

    private static Tensor read(List<Tensor> x, int n, boolean gated, Algorithm a) {
        Steps s = new Steps(n);
        Optional<Tensor> decay = gated ? Optional.of(x.get(4)) : Optional.empty();
        return s.last(s.rule(x.get(0), x.get(1), x.get(2), x.get(3), decay)
                .algorithm(a)
                .run()
                .o());
    }

    /** The formulas of the sheet, step by step. */
    private static Tensor naive(List<Tensor> x, int n, boolean gated) {
        int t = x.get(0).dim(2);
        Tensor s = Tensor.zeros(DType.F64, 2, 2, 4, 5);
        Tensor[] o = new Tensor[t];
        for (int i = 0; i < t; i++) {
            s = gated ? s.mul(Ops.exp(x.get(4).slice(2, i, i + 1)).unsqueeze(3)) : s;
            for (int j = n * i; j < n * i + n; j++) {
                Tensor k = x.get(1).slice(2, j, j + 1);
                Tensor u = x.get(2).slice(2, j, j + 1).sub(k.matmul(s));
                s = s.add(k.tMatmul(u.mul(x.get(3).slice(2, j, j + 1).unsqueeze(3))));
            }
            o[i] = x.get(0).slice(2, i, i + 1).matmul(s);
        }
        return Ops.concat(2, o);
    }

    private static void oneStep(CheckContext c) {
        List<Tensor> x = draw(c, 19, 1);
        var plain = Fused.recur(x.get(0), x.get(1), x.get(2));
        c.close(
                "DeltaNet",
                read(x, 1, false, new Algorithm.Chunked(8)),
                plain.delta(x.get(3)).run().o(),
                1e-12);
        var gated = Fused.recur(x.get(0), x.get(1), x.get(2)).delta(x.get(3), x.get(4));
        c.close(
                "Gated DeltaNet",
                read(x, 1, true, new Algorithm.Chunked(8)),
                gated.run().o(),
                1e-12);
    }

    private static void forms(CheckContext c) {
        Tensor cot = c.normal64("cot", 2, 2, 13, 5);
        for (int n : new int[] {2, 3}) {
            for (boolean gated : n == 2 ? new boolean[] {false, true} : new boolean[] {true}) {
                List<Tensor> x = draw(c, 13, n).subList(0, gated ? 5 : 4);
                Tensor expected = naive(x, n, gated);
                List<Tensor> slopes = Forms.gradients(x, cot, y -> List.of(naive(y, n, gated)));
                for (Algorithm a : Forms.of(1, 16, 64)) {
                    String what = "n = " + n + ", gated " + gated + ", " + a;
                    c.close(what, read(x, n, gated, a), expected, 1e-11);
                    List<Tensor> g = Forms.gradients(x, cot, y -> List.of(read(y, n, gated, a)));
                    for (int i = 0; i < x.size(); i++) {
                        c.close("gradient " + i + ", " + what, g.get(i), slopes.get(i), 1e-10);
                    }
                }
            }
        }
    }

    /** The transition of one token: what it makes of the identity with v = 0. @param keys [n, d] */
    private static Tensor transition(Tensor keys, double... beta) {
        int n = keys.dim(0);
        int d = keys.dim(1);
        Tensor none = Tensor.zeros(DType.F64, 1, 1, n, d);
        double[] eye = new double[d * d];
        for (int i = 0; i < d; i++) {
            eye[i * d + i] = 1;
        }
        return new Steps(n)
                .rule(
                        Tensor.zeros(DType.F64, 1, 1, 1, d),
                        keys.reshape(1, 1, n, d),
                        none,
                        Tensor.of(beta, 1, 1, n),
                        Optional.empty())
                .from(Tensor.of(eye, 1, 1, d, d))
                .run()
                .state()
                .reshape(d, d);
    }

    private static void contraction(CheckContext c) {
        for (double beta : new double[] {0, 0.3, 1, 1.7, 2}) {
            Tensor a = transition(unit(c.normal64("k" + beta, 3, 5)), beta, 2 - beta, 0.9);
            Tensor x = c.normal64("x" + beta, 5, 40);
            for (int i = 0; i < 30; i++) {
                Tensor y = a.matmul(x);
                double most =
                        Ops.sqrt(y.mul(y).sum(0).div(x.mul(x).sum(0))).max().item();
                c.isTrue("stretch at beta = " + beta + ": " + most, most <= 1 + 1e-12);
                // Towards the directions that shrink least, A^T A.
                x = a.tMatmul(y);
                x = x.div(Ops.sqrt(x.mul(x).sumKeep(0)).add(1e-300));
            }
        }
    }

    private static void rotation(CheckContext c) {
        double th = Math.PI / 6;
        Tensor keys = Tensor.of(new double[] {1, 0, Math.cos(th), Math.sin(th)}, 2, 2);
        Tensor expected = Tensor.of(new double[] {0.5, -Math.sqrt(0.75), Math.sqrt(0.75), 0.5}, 2, 2);
        c.close("H2 H1", transition(keys, 2, 2), expected, 1e-12);
        Tensor one = transition(unit(c.normal64("k", 1, 5)), 1.8);
        c.close("one step is symmetric, so its spectrum is real", one, one.transpose(0, 1), 1e-15);
    }

    private static void silentStep(CheckContext c) {
        List<Tensor> x = draw(c, 11, 2);
        Tensor on = Tensor.of(new double[] {1, 0}, 2).expand(11, 2).reshape(22);
        List<Tensor> silent = List.of(x.get(0), x.get(1), x.get(2), x.get(3).mul(on), x.get(4));
        List<Tensor> first = List.of(
                x.get(0),
                x.get(1).slice(2, 0, 22, 2),
                x.get(2).slice(2, 0, 22, 2),
                x.get(3).slice(2, 0, 22, 2),
                x.get(4));
        Algorithm a = new Algorithm.Chunked(8);
        c.close("as one step", read(silent, 2, true, a), read(first, 1, true, a), 1e-12);
    }

    /** Keys (e_i - e_j) / sqrt(2) with beta = 2 swap i and j. */
    private static void cycle(CheckContext c) {
        double h = Math.sqrt(0.5);
        Tensor a = transition(Tensor.of(new double[] {h, -h, 0, 0, h, -h}, 2, 3), 2, 2);
        // Swap 0 and 1, then 1 and 2: e0 -> e1 -> e2, e1 -> e0, e2 -> e1.
        c.close("3-cycle", a, Tensor.of(new double[] {0, 1, 0, 0, 0, 1, 1, 0, 0}, 3, 3), 1e-12);
        c.close("cubed", a.matmul(a).matmul(a), Tensor.of(new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3), 1e-12);
        double[] keys = {h, -h, 0, 0, 0, h, -h, 0, 0, 0, h, -h};
        Tensor four = transition(Tensor.of(keys, 3, 4), 2, 2, 2);
        Tensor cyclic = Tensor.of(new double[] {0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0}, 4, 4);
        c.close("a 4-cycle by three swaps", four, cyclic, 1e-12);
    }

    private static void repeated(CheckContext c) {
        int n = 3;
        double beta = 0.4;
        List<Tensor> x = draw(c, 9, 1);
        Tensor twin = Ops.concat(3, x.get(1), x.get(1), x.get(1)).reshape(2, 2, 27, 4);
        Tensor values = Ops.concat(3, x.get(2), x.get(2), x.get(2)).reshape(2, 2, 27, 5);
        Algorithm a = new Algorithm.Chunked(8);
        Tensor many =
                read(List.of(x.get(0), twin, values, Tensor.full(DType.F64, beta, 2, 2, 27), x.get(4)), n, true, a);
        Tensor joint = Tensor.full(DType.F64, 1 - Math.pow(1 - beta, n), 2, 2, 9);
        Tensor one = read(List.of(x.get(0), x.get(1), x.get(2), joint, x.get(4)), 1, true, a);
        c.close("one step of 1 - (1 - beta)^n", many, one, 1e-12);
    }

    private static void stream(CheckContext c) {
        DeltaProductProvider p = new DeltaProductProvider();
        Model m = Models.build(
                "",
                p,
                p.defaults(Size.TINY),
                Models.Options.of(c.draws().seed()).with(DType.F64));
        Tensors x = Tensors.of("x", c.normal64("x", 2, 17, 8));
        Forms.agree(c, m, x, 1e-10, 1, 16);
        Forms.causal(c, m, x, 9);
    }
}
