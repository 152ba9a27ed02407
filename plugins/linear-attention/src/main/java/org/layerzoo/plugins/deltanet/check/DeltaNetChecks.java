package org.layerzoo.plugins.deltanet.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.deltanet.DeltaNetProvider;

/** The Checks of the DeltaNet sheet. */
public final class DeltaNetChecks {
    private DeltaNetChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: recurrent equals chunkwise", DeltaNetChecks::forms),
                new Check("check-2: worked example with dk = 2", DeltaNetChecks::worked),
                new Check("check-3: reading with the key just written returns v", DeltaNetChecks::overwrite),
                new Check("check-4: beta = 0 and orthogonal keys", DeltaNetChecks::limits),
                new Check("check-5: writing the same pair twice is idempotent", DeltaNetChecks::idempotent),
                new Check("check-6: the transition does not expand", DeltaNetChecks::contraction),
                new Check("check-7: state carry, causality, packing", DeltaNetChecks::carry));
    }

    /** q, k [B, H, T, K] with unit keys, v [B, H, T, V], beta [B, H, T] in (0, 1). */
    private record Inputs(Tensor q, Tensor k, Tensor v, Tensor beta) {
        static Inputs draw(CheckContext c, String name, DType dtype, int t, int dk, int dv) {
            return new Inputs(
                    c.draws().normal(name + "q", dtype, 2, 2, t, dk),
                    unit(c.draws().normal(name + "k", dtype, 2, 2, t, dk)),
                    c.draws().normal(name + "v", dtype, 2, 2, t, dv),
                    c.draws().uniform(name + "b", dtype, 2, 2, t));
        }

        Recurrence rule() {
            return Fused.recur(q, k, v).delta(beta);
        }

        Inputs tokens(int from, int to) {
            return new Inputs(
                    q.slice(2, from, to), k.slice(2, from, to), v.slice(2, from, to), beta.slice(2, from, to));
        }

        List<Tensor> all() {
            return List.of(q, k, v, beta);
        }
    }

    private static Tensor unit(Tensor k) {
        return Fused.l2Norm(k, -1, 0, Root.MAX);
    }

    /** S = S - b k (S^T k)^T + b k v^T and o = S^T q, in F64 loops. */
    private static Tensor naive(Inputs x) {
        int rows = x.v.dim(0) * x.v.dim(1);
        int t = x.v.dim(2);
        int dk = x.k.dim(3);
        int dv = x.v.dim(3);
        double[] q = x.q.toDoubles();
        double[] k = x.k.toDoubles();
        double[] v = x.v.toDoubles();
        double[] b = x.beta.toDoubles();
        double[] o = new double[rows * t * dv];
        for (int r = 0; r < rows; r++) {
            double[][] s = new double[dk][dv];
            for (int i = r * t; i < (r + 1) * t; i++) {
                for (int j = 0; j < dv; j++) {
                    double old = 0;
                    for (int d = 0; d < dk; d++) {
                        old += k[i * dk + d] * s[d][j];
                    }
                    for (int d = 0; d < dk; d++) {
                        s[d][j] += b[i] * k[i * dk + d] * (v[i * dv + j] - old);
                        o[i * dv + j] += q[i * dk + d] * s[d][j];
                    }
                }
            }
        }
        return Tensor.of(DType.F64, o, x.v.shape().dims());
    }

    private static void forms(CheckContext c) {
        int t = 37;
        Inputs x = Inputs.draw(c, "x", DType.F32, t, 8, 5);
        Inputs wide = Inputs.draw(c, "w", DType.F64, t, 8, 5);
        List<Algorithm> forms = List.of(
                new Algorithm.Recurrent(),
                new Algorithm.Chunked(1),
                new Algorithm.Chunked(2),
                new Algorithm.Chunked(16),
                new Algorithm.Chunked(t));
        List<Tensor> first = gradients(x, forms.getFirst(), c);
        for (Algorithm a : forms) {
            c.close(a.toString(), x.rule().algorithm(a).run().o(), naive(x), 1e-5);
            c.close(a + " in float64", wide.rule().algorithm(a).run().o(), naive(wide), 1e-10);
            List<Tensor> g = gradients(x, a, c);
            for (int i = 0; i < g.size(); i++) {
                c.close("gradient " + i + " of " + a, g.get(i), first.get(i), 1e-4);
            }
        }
    }

    private static List<Tensor> gradients(Inputs x, Algorithm a, CheckContext c) {
        Tape tape = new Tape().watch(x.all());
        Recurrence.Recurred r = tape.record(() -> x.rule().algorithm(a).run());
        List<Tensor> cots = List.of(
                c.normal("co", r.o().shape().dims()),
                c.normal("cs", r.state().shape().dims()));
        return tape.gradient(List.of(r.o(), r.state()), cots, x.all());
    }

    private static void worked(CheckContext c) {
        Tensor k = Tensor.of(new double[] {1, 0, 0.6, 0.8}, 1, 1, 2, 2);
        Tensor v = Tensor.of(new double[] {1, 2, 3, 0}, 1, 1, 2, 2);
        Tensor beta = Tensor.of(new double[] {1, 0.5}, 1, 1, 2);
        Recurrence.Recurred r = Fused.recur(k, k, v).delta(beta).run();
        c.close(
                "S2^T",
                r.state().reshape(2, 2).transpose(0, 1),
                Tensor.of(new double[] {1.72, 0.96, 1.64, -0.48}, 2, 2),
                1e-12);
        c.close("o of q = k2", r.o().reshape(2, 2).slice(0, 1, 2), Tensor.of(new double[] {1.8, 0.6}, 1, 2), 1e-12);
    }

    private static void overwrite(CheckContext c) {
        Inputs x = Inputs.draw(c, "x", DType.F64, 23, 6, 4);
        Tensor one = Ops.onesLike(x.beta);
        c.close(
                "reading the key of the same token",
                Fused.recur(x.k, x.k, x.v).delta(one).run().o(),
                x.v,
                1e-12);
        Tensor keys = orthonormal(c, 6);
        Tensor v = c.normal64("pairs", 1, 1, 6, 4);
        Tensor s = Fused.recur(keys, keys, v)
                .delta(Tensor.ones(DType.F64, 1, 1, 6))
                .run()
                .state();
        c.close("every pair of orthonormal keys", keys.matmul(s), v, 1e-12);
    }

    /** n random orthonormal keys [1, 1, n, n] by Gram-Schmidt. */
    private static Tensor orthonormal(CheckContext c, int n) {
        double[] a = c.normal64("basis", n, n).toDoubles();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double dot = 0;
                for (int d = 0; d < n; d++) {
                    dot += a[i * n + d] * a[j * n + d];
                }
                for (int d = 0; d < n; d++) {
                    a[i * n + d] -= dot * a[j * n + d];
                }
            }
            double norm = 0;
            for (int d = 0; d < n; d++) {
                norm += a[i * n + d] * a[i * n + d];
            }
            for (int d = 0; d < n; d++) {
                a[i * n + d] /= Math.sqrt(norm);
            }
        }
        return Tensor.of(DType.F64, a, 1, 1, n, n);
    }

    private static void limits(CheckContext c) {
        Inputs x = Inputs.draw(c, "x", DType.F32, 19, 6, 4);
        Tensor s0 = c.normal("s0", 2, 2, 6, 4);
        Recurrence.Recurred still =
                Fused.recur(x.q, x.k, x.v).delta(Ops.zerosLike(x.beta)).from(s0).run();
        c.close("state with beta = 0", still.state(), s0, 0);
        c.close("reads with beta = 0", still.o(), x.q.matmul(s0), 1e-5);
        Tensor keys = orthonormal(c, 6);
        Tensor q = c.normal64("q", 1, 1, 6, 6);
        Tensor v = c.normal64("v", 1, 1, 6, 4);
        Tensor b = c.draws().uniform("b", DType.F64, 1, 1, 6);
        Recurrence.Recurred plain = Fused.recur(q, keys, v.mul(b.unsqueeze(-1))).run();
        Recurrence.Recurred delta = Fused.recur(q, keys, v).delta(b).run();
        c.close("orthogonal keys: linear attention of beta v", delta.o(), plain.o(), 1e-12);
        c.close("orthogonal keys: state", delta.state(), plain.state(), 1e-12);
    }

    private static void idempotent(CheckContext c) {
        Inputs x = Inputs.draw(c, "x", DType.F64, 9, 6, 4);
        Tensor s0 = x.rule().run().state();
        Tensor k = unit(c.normal64("k", 2, 2, 1, 6));
        Tensor v = c.normal64("v", 2, 2, 1, 4);
        Tensor one = Tensor.ones(DType.F64, 2, 2, 1);
        Tensor once = Fused.recur(k, k, v).delta(one).from(s0).run().state();
        Tensor twice = Fused.recur(k, k, v).delta(one).from(once).run().state();
        c.close("the second write", twice, once, 1e-12);
        c.isTrue("the first write changes the state", org.layerzoo.core.op.Errors.relative(once, s0) > 1e-3);
    }

    /** The transition of one token is what it makes of the identity with v = 0; its 2-norm by power iteration. */
    private static void contraction(CheckContext c) {
        int n = 5;
        double[] eye = new double[n * n];
        for (int i = 0; i < n; i++) {
            eye[i * n + i] = 1;
        }
        for (double beta : new double[] {0, 0.3, 1, 1.7, 2}) {
            Tensor k = unit(c.normal64("k" + beta, 1, 1, 1, n));
            Tensor s = Fused.recur(k, k, Tensor.zeros(DType.F64, 1, 1, 1, n))
                    .delta(Tensor.full(DType.F64, beta, 1, 1, 1))
                    .from(Tensor.of(DType.F64, eye, 1, 1, n, n))
                    .run()
                    .state();
            double norm = norm(s.toDoubles(), n);
            c.isTrue("|I - " + beta + " k k^T| is " + norm, norm <= 1 + 1e-12 && norm > 1 - 1e-6);
        }
    }

    private static double norm(double[] a, int n) {
        double[] x = new double[n];
        java.util.Arrays.setAll(x, i -> 1 + 0.1 * i);
        double size = 0;
        for (int step = 0; step < 200; step++) {
            double[] y = new double[n];
            for (int i = 0; i < n * n; i++) {
                y[i / n] += a[i] * x[i % n];
            }
            size = Math.sqrt(java.util.Arrays.stream(y).map(v -> v * v).sum()
                    / java.util.Arrays.stream(x).map(v -> v * v).sum());
            x = y;
        }
        return size;
    }

    private static void carry(CheckContext c) {
        Inputs x = Inputs.draw(c, "x", DType.F32, 31, 8, 5);
        Recurrence.Recurred whole = x.rule().run();
        for (int cut : new int[] {1, 13, 30}) {
            Recurrence.Recurred a = x.tokens(0, cut).rule().run();
            Recurrence.Recurred b = x.tokens(cut, 31).rule().from(a.state()).run();
            c.close("cut at " + cut, Ops.concat(2, a.o(), b.o()), whole.o(), 1e-5);
            c.close("state, cut at " + cut, b.state(), whole.state(), 1e-5);
        }
        Inputs other = Inputs.draw(c, "other", DType.F32, 31, 8, 5);
        Inputs changed = new Inputs(x.q, Ops.concat(2, x.k.slice(2, 0, 20), other.k.slice(2, 20, 31)), x.v, x.beta);
        c.close(
                "outputs before a changed key",
                changed.rule().run().o().slice(2, 0, 20),
                whole.o().slice(2, 0, 20),
                1e-6);
        packing(c);
    }

    private static void packing(CheckContext c) {
        DeltaNetProvider p = new DeltaNetProvider();
        Model m = Models.build(
                "deltanet",
                p,
                p.defaults(Size.TINY),
                Models.Options.of(c.draws().seed()));
        List<Tensor> alone = new ArrayList<>();
        List<Tensor> tokens = new ArrayList<>();
        for (int n : new int[] {3, 17, 1, 9}) {
            Tensor x = c.normal("p" + n, 1, n, p.defaults(Size.TINY).dim());
            tokens.add(x);
            alone.add(m.forward(Tensors.of("x", x), Call.eval()).get("y"));
        }
        Call packed = Call.eval().with(Seqs.packed(Tensor.of(new long[] {0, 3, 20, 21, 30}, 5)));
        Tensor y = m.forward(Tensors.of("x", Ops.concat(1, tokens)), packed).get("y");
        c.close("packed and apart", y, Ops.concat(1, alone), 1e-5);
    }
}
