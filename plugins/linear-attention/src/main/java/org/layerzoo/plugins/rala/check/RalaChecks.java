package org.layerzoo.plugins.rala.check;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Padding;
import org.layerzoo.core.op.Spatial;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.rala.RalaConfig;
import org.layerzoo.plugins.rala.RalaConfig.Form;
import org.layerzoo.plugins.rala.RalaProvider;
import org.layerzoo.plugins.rala.RankAugmented;

/** The Checks of the RALA sheet. */
public final class RalaChecks {
    private static final int SEEDS = 20;

    private RalaChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: alpha = 1, o = 1, no rotation is elu + 1 attention", RalaChecks::plain),
                new Check("check-2: alpha sums to N, equal logits give 1", RalaChecks::alpha),
                new Check("check-3: V = 1 gives y = 1", RalaChecks::ones),
                new Check("check-4: permutation with rotation and convolution off", RalaChecks::permuted),
                new Check("check-5: effective rank of the output", RalaChecks::outputRank),
                new Check("check-6: effective rank of the buffer", RalaChecks::bufferRank),
                new Check("check-7: explicit weights agree with the linear order", RalaChecks::explicit),
                new Check("check-8: the gate is linear in its projection", RalaChecks::gate));
    }

    private static Tensor kappa(Tensor u) {
        return Ops.elu(u, 1).add(1);
    }

    /** Heads as the layer makes them; alpha = 1 unless augmented, rotated on a map of 4 rows where asked. */
    static RankAugmented core(List<Tensor> x, boolean augmented, boolean rotated) {
        Tensor q = kappa(x.get(0));
        Tensor k = kappa(x.get(1));
        int n = q.dim(2);
        Tensor alpha = augmented ? RankAugmented.alpha(q, k) : Ops.onesLike(k.slice(3, 0, 1));
        return new RankAugmented(
                q,
                k,
                x.get(2),
                alpha,
                rotated ? Optional.of(RankAugmented.Rotation.of(4, n / 4, q.dim(3), q.dtype())) : Optional.empty());
    }

    private static void plain(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 20, 4, 4);
        Tensor s = kappa(x.get(0)).matmulT(kappa(x.get(1)));
        Tensor expected = s.matmul(x.get(2)).div(s.sumKeep(3));
        c.close("y", core(x, false, false).read(), expected, 1e-5);
    }

    private static void alpha(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 20, 4, 4);
        Tensor a = core(x, true, false).alpha();
        c.close("sum", a.sum(2, 3), Tensor.full(DType.F64, 20, 2, 2), 1e-12);
        Tensor same = x.get(1).slice(2, 0, 1).expand(2, 2, 20, 4);
        c.close("equal logits", RankAugmented.alpha(x.get(0), same), Tensor.ones(DType.F64, 2, 2, 20, 1), 1e-12);
    }

    private static void ones(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 20, 4, 4);
        Tensor one = Ops.onesLike(x.get(2));
        c.close("y", core(List.of(x.get(0), x.get(1), one), true, false).read(), one, 1e-5);
    }

    private static void permuted(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 20, 4, 4);
        Tensor order = c.draws().permutation("order", 20);
        List<Tensor> moved = x.stream().map(t -> Ops.indexSelect(t, 2, order)).toList();
        Tensor y = Ops.indexSelect(core(x, true, false).read(), 2, order);
        c.close("y", core(moved, true, false).read(), y, 1e-12);
        double e = Errors.relative(
                core(moved, true, true).read(),
                Ops.indexSelect(core(x, true, true).read(), 2, order));
        c.isTrue("rotation knows places", e > 1e-3);
    }

    /** Exponential of the entropy of the singular values of m [n, d]. */
    static double effectiveRank(Tensor m) {
        double[] s = singular(m);
        double total = Arrays.stream(s).sum();
        return Math.exp(-Arrays.stream(s)
                .filter(x -> x > 0)
                .map(x -> x / total * Math.log(x / total))
                .sum());
    }

    /** Singular values of m [n, d] above a thousandth of the largest. */
    static double rank(Tensor m) {
        double[] s = singular(m);
        double most = Arrays.stream(s).max().orElseThrow();
        return Arrays.stream(s).filter(x -> x > 1e-3 * most).count();
    }

    /** The roots of the eigenvalues of m^T m. */
    private static double[] singular(Tensor m) {
        double[] e = eigenvalues(m.tMatmul(m).toDoubles(), m.dim(1));
        return Arrays.stream(e).map(x -> Math.sqrt(Math.max(0, x))).toArray();
    }

    /** Jacobi's rotations of a symmetric matrix. */
    private static double[] eigenvalues(double[] a, int n) {
        for (int sweep = 0; sweep < 12; sweep++) {
            for (int p = 0; p < n; p++) {
                for (int q = p + 1; q < n; q++) {
                    rotate(a, n, p, q);
                }
            }
        }
        double[] e = new double[n];
        for (int i = 0; i < n; i++) {
            e[i] = a[i * n + i];
        }
        return e;
    }

    private static void rotate(double[] a, int n, int p, int q) {
        if (Math.abs(a[p * n + q]) < 1e-300) {
            return;
        }
        double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        double cos = 1 / Math.sqrt(t * t + 1);
        double sin = t * cos;
        for (int i = 0; i < n; i++) {
            double x = a[i * n + p];
            double y = a[i * n + q];
            a[i * n + p] = cos * x - sin * y;
            a[i * n + q] = sin * x + cos * y;
        }
        for (int i = 0; i < n; i++) {
            double x = a[p * n + i];
            double y = a[q * n + i];
            a[p * n + i] = cos * x - sin * y;
            a[q * n + i] = sin * x + cos * y;
        }
    }

    /** Blurred noise of 16 x 16 tokens with 32 channels, [1, 256, 32]. */
    static Tensor smooth(CheckContext c, int seed) {
        Tensor noise = c.normal64("noise" + seed, 1, 32, 20, 20);
        Tensor blurred = Spatial.avgPool(noise, new int[] {5, 5}, new int[] {1, 1}, Padding.valid(), false);
        return blurred.mul(5).reshape(1, 32, 256).permute(0, 2, 1);
    }

    private static void outputRank(CheckContext c) {
        double[] mean = new double[3];
        for (int seed = 0; seed < SEEDS; seed++) {
            Tensor x = smooth(c, seed);
            Tensor w = c.normal64("w" + seed, 32, 128).div(Math.sqrt(32));
            List<Tensor> t = Ops.split(x.matmul(w), -1, 32, 32, 32, 32);
            List<Tensor> heads =
                    t.subList(0, 3).stream().map(h -> Heads.split(h, 4)).toList();
            var rope = Optional.of(RankAugmented.Rotation.of(16, 16, 8, DType.F64));
            RankAugmented on = core(heads, true, false);
            Tensor y = Heads.merge(new RankAugmented(on.q(), on.k(), on.v(), on.alpha(), rope).read());
            mean[0] += effectiveRank(y.mul(t.get(3)).squeeze(0)) / SEEDS;
            mean[1] += effectiveRank(y.squeeze(0)) / SEEDS;
            mean[2] +=
                    effectiveRank(Heads.merge(core(heads, false, false).read()).squeeze(0)) / SEEDS;
        }
        String given = "RALA " + mean[0] + ", with o = 1 " + mean[1] + ", plain " + mean[2];
        c.isTrue(given, mean[0] > mean[1] && mean[1] > mean[2]);
    }

    private static void bufferRank(CheckContext c) {
        double augmented = 0;
        double plain = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Tensor loud =
                    c.draws().uniform("loud" + seed, DType.F64, 1, 1, 256, 1).lt(0.1);
            // As the layer starts. With weights of unit gain alpha settles on the loud tokens, and the rank falls
            // instead.
            Tensor w = c.normal64("w" + seed, 32, 96).mul(0.02);
            List<Tensor> t = Ops.split(smooth(c, seed).matmul(w), -1, 32, 32, 32).stream()
                    .map(h -> Heads.split(h, 4))
                    .toList();
            Tensor keys = Ops.where(loud, t.get(1).mul(5), t.get(1));
            List<Tensor> heads = List.of(t.get(0), keys, t.get(2));
            for (int h = 0; h < 4; h++) {
                augmented += effectiveRank(
                        core(heads, true, false).buffer().select(1, h).squeeze(0));
                plain += effectiveRank(
                        core(heads, false, false).buffer().select(1, h).squeeze(0));
            }
        }
        c.isTrue("with alpha " + augmented / SEEDS / 4 + ", with alpha = 1 " + plain / SEEDS / 4, augmented > plain);
    }

    private static void explicit(CheckContext c) {
        for (int n : new int[] {4, 40}) {
            List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, n, 4, 4);
            RankAugmented a = core(x, true, true);
            c.close("N = " + n, a.read(), a.weights().matmul(x.get(2)), 1e-11);
        }
    }

    private static void gate(CheckContext c) {
        RalaConfig config = new RalaConfig(16, 2, 3, 4, new Form.Attention());
        Model m = Models.build(
                "",
                new RalaProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        for (Param p : m.params().trainable()) {
            p.set(c.normal64(p.path(), p.spec().shape().dims()));
        }
        Tensors x = Tensors.of("x", c.normal64("x", 2, 12, 16));
        Tensor bias = m.params().param("proj.bias").value();
        Tensor y = m.forward(x, Call.eval()).get("y").sub(bias);
        // Rows 48 to 63 make o.
        Tensor by = Ops.concat(0, Tensor.ones(DType.F64, 48), Tensor.full(DType.F64, 3, 16));
        for (String name : List.of("qkvo.weight", "qkvo.bias")) {
            Param p = m.params().param(name);
            p.set(p.value().mul(name.endsWith("bias") ? by : by.unsqueeze(1)));
        }
        c.close("3 o", m.forward(x, Call.eval()).get("y").sub(bias), y.mul(3), 1e-11);
    }
}
