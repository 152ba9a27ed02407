package org.layerzoo.plugins.scatterbrain.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.nn.linear.PositiveFeatures;
import org.layerzoo.plugins.scatterbrain.Round;
import org.layerzoo.plugins.scatterbrain.ScatterbrainConfig;
import org.layerzoo.plugins.scatterbrain.ScatterbrainConfig.Support;
import org.layerzoo.plugins.scatterbrain.ScatterbrainProvider;
import org.layerzoo.plugins.scatterbrain.SparsePlusLowRank;

/** The Checks of the Scatterbrain sheet. */
public final class ScatterbrainChecks {
    private static final int T = 27;
    private static final int N = 28;
    private static final int DIM = 8;
    private static final int M = 16;
    private static final double ROOT = Math.pow(DIM, -0.25);

    private ScatterbrainChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: all pairs are softmax attention", ScatterbrainChecks::full),
                new Check("check-2: no pairs are Performer attention", ScatterbrainChecks::empty),
                new Check("check-3: unbiased off the support, exact on it", ScatterbrainChecks::unbiased),
                new Check("check-4: V = 1 gives 1", ScatterbrainChecks::ones),
                new Check("check-5: the same round twice counts once", ScatterbrainChecks::twice),
                new Check("check-6: keys may be permuted", ScatterbrainChecks::permuted),
                new Check("check-7: features of 0 are sparse attention", ScatterbrainChecks::sparse),
                new Check("check-8: causal", ScatterbrainChecks::causal),
                new Check("buckets: pairs of a bucket in neighbouring runs are exact", ScatterbrainChecks::buckets));
    }

    private static List<Tensor> draw(CheckContext c) {
        return Forms.draw(c, DType.F64, 2, 2, T, DIM, 5);
    }

    private static Tensor logs(CheckContext c, Tensor x, String name) {
        return PositiveFeatures.logs(x.mul(ROOT), c.normal64(name, M / 2, DIM), true);
    }

    private static List<Round> hashed(CheckContext c, List<Tensor> x, int rounds) {
        Tensor beta = c.draws().uniform("beta", DType.F64, 1, rounds);
        return Round.hashed(x.get(0), x.get(1), c.normal64("alpha", DIM + 2, rounds), beta, 4, N);
    }

    private static SparsePlusLowRank attention(CheckContext c, List<Tensor> x, List<Round> rounds, boolean causal) {
        return new SparsePlusLowRank(
                x.get(0), x.get(1), x.get(2), logs(c, x.get(0), "W"), logs(c, x.get(1), "W"), rounds, causal);
    }

    private static Tensor softmax(List<Tensor> x, boolean causal) {
        var a = Fused.attend(x.get(0)).keys(x.get(1), x.get(2));
        return (causal ? a.causal() : a).o();
    }

    private static void full(CheckContext c) {
        List<Tensor> x = draw(c);
        List<Round> all = List.of(Round.local(2, 2, T, T));
        c.close("both ways", attention(c, x, all, false).read(), softmax(x, false), 1e-4);
        c.close("causal", attention(c, x, all, true).read(), softmax(x, true), 1e-4);
        c.close(
                "one cluster of hashes",
                attention(
                                c,
                                x,
                                Round.hashed(
                                        x.get(0),
                                        x.get(1),
                                        c.normal64("alpha", DIM + 2, 1),
                                        Tensor.zeros(DType.F64, 1, 1),
                                        T,
                                        T),
                                false)
                        .read(),
                softmax(x, false),
                1e-4);
    }

    private static void empty(CheckContext c) {
        List<Tensor> x = draw(c);
        Tensor q = Ops.exp(logs(c, x.get(0), "W"));
        Tensor k = Ops.exp(logs(c, x.get(1), "W"));
        Tensor v = LinearAttention.counted(x.get(2));
        Tensor both = LinearAttention.divided(LinearAttention.bothWays(q, k, v), 0);
        c.close("both ways", attention(c, x, List.of(), false).read(), both, 1e-6);
        Tensor past = LinearAttention.divided(Fused.recur(q, k, v).run().o(), 0);
        c.close("causal", attention(c, x, List.of(), true).read(), past, 1e-6);
    }

    /** Estimates over 5000 matrices W at once: the mean of products is that of 5000 M/2 rows. */
    private static void unbiased(CheckContext c) {
        int draws = 5000;
        Tensor q = c.normal64("q", 1, 6, DIM).mul(0.5);
        Tensor k = c.normal64("k", 1, 6, DIM).mul(0.5);
        Tensor w = c.normal64("W", draws, 1, DIM);
        Tensor a = PositiveFeatures.logs(q.mul(ROOT).expand(draws, 6, DIM), w, true);
        Tensor b = PositiveFeatures.logs(k.mul(ROOT).expand(draws, 6, DIM), w, true);
        Tensor estimates = Ops.exp(a).matmulT(Ops.exp(b));
        Tensor truth = Ops.exp(q.matmulT(k).mul(ROOT * ROOT));
        Tensor mean = estimates.meanKeep(0);
        Tensor error = Ops.sqrt(Ops.square(estimates.sub(mean)).meanKeep(0).div(draws));
        double worst = Ops.abs(mean.sub(truth)).div(error).max().item();
        // Of 36 entries one may lie beyond three standard errors by chance.
        Tensor beyond = Ops.abs(mean.sub(truth)).gt(error.mul(3));
        c.isTrue(
                "worst deviation in standard errors " + worst,
                beyond.cast(DType.F64).sum().item() <= 1);
        List<Tensor> x = draw(c);
        List<Round> rounds = hashed(c, x, 1);
        SparsePlusLowRank one = attention(c, x, rounds, false);
        Tensor exact = Ops.exp(x.get(0).matmulT(x.get(1)).mul(ROOT * ROOT));
        Tensor ratio = one.weights().div(exact);
        Tensor on = one.support(T);
        Tensor none = Tensor.scalar(DType.F64, 0);
        Tensor most = Ops.where(on, ratio, none).maxKeep(3);
        c.close(
                "one factor for all exact entries of a row",
                Ops.where(on, ratio, none),
                Ops.where(on, most.expand(2, 2, T, T), none),
                1e-10);
    }

    private static void ones(CheckContext c) {
        List<Tensor> x = draw(c);
        Tensor one = Ops.onesLike(x.get(2));
        for (boolean causal : new boolean[] {false, true}) {
            SparsePlusLowRank a = attention(c, List.of(x.get(0), x.get(1), one), hashed(c, x, 2), causal);
            c.close("o", a.read(), one, 1e-10);
            SparsePlusLowRank b = attention(c, x, hashed(c, x, 2), causal);
            c.close("clusters equal the dense matrix", b.read(), b.weights().matmul(x.get(2)), 1e-9);
        }
        gradients(c, x);
    }

    private static void gradients(CheckContext c, List<Tensor> x) {
        Tensor cot = c.normal64("cot", 2, 2, T, 5);
        List<Round> rounds = hashed(c, x, 2);
        List<Tensor> tiled = Forms.gradients(
                x, cot, y -> List.of(attention(c, y, rounds, true).read()));
        List<Tensor> dense = Forms.gradients(
                x, cot, y -> List.of(attention(c, y, rounds, true).weights().matmul(y.get(2))));
        for (int i = 0; i < 3; i++) {
            c.close("gradient " + i, tiled.get(i), dense.get(i), 1e-8);
        }
    }

    private static void twice(CheckContext c) {
        List<Tensor> x = draw(c);
        List<Round> once = hashed(c, x, 1);
        List<Round> again = new ArrayList<>(once);
        again.addAll(once);
        c.close(
                "o",
                attention(c, x, again, false).read(),
                attention(c, x, once, false).read(),
                1e-12);
    }

    private static void permuted(CheckContext c) {
        List<Tensor> x = draw(c);
        Tensor order = c.draws().permutation("order", T);
        List<Tensor> moved =
                List.of(x.get(0), Ops.indexSelect(x.get(1), 2, order), Ops.indexSelect(x.get(2), 2, order));
        Tensor o = attention(c, x, hashed(c, x, 2), false).read();
        c.close("o", attention(c, moved, hashed(c, moved, 2), false).read(), o, 1e-10);
    }

    private static void sparse(CheckContext c) {
        List<Tensor> x = draw(c);
        List<Round> rounds = hashed(c, x, 1);
        Tensor none = Tensor.full(DType.F64, Double.NEGATIVE_INFINITY, 2, 2, T, M);
        SparsePlusLowRank a = new SparsePlusLowRank(x.get(0), x.get(1), x.get(2), none, none, rounds, false);
        Tensor expected = Fused.attend(x.get(0))
                .keys(x.get(1), x.get(2))
                .mask(a.support(T))
                .o();
        c.close("o", a.read(), expected, 1e-10);
    }

    /** The support by its definition, tiles against the dense matrix, and the layer; with one bucket and one run, softmax attention. */
    private static void buckets(CheckContext c) {
        List<Tensor> x = draw(c);
        Tensor rotations = c.normal64("R", DIM, 2, 3);
        List<Round> rounds = Round.buckets(x.get(0), x.get(1), rotations, 4, N);
        SparsePlusLowRank both = attention(c, x, rounds, false);
        meet(c, x, rotations, both);
        c.isTrue("some pairs", both.support(T).cast(DType.F64).sum().item() > 4 * T);
        dense(c, x, rounds);
        List<Tensor> alike =
                List.of(Tensor.ones(DType.F64, 2, 2, T, DIM), Tensor.ones(DType.F64, 2, 2, T, DIM), x.get(2));
        SparsePlusLowRank one = attention(c, alike, Round.buckets(alike.get(0), alike.get(1), rotations, T, T), false);
        c.close("one bucket in one run", one.read(), softmax(alike, false), 1e-10);
        forward(c, x);
    }

    /** The support is that of loops over buckets and runs. */
    private static void meet(CheckContext c, List<Tensor> x, Tensor rotations, SparsePlusLowRank both) {
        for (int s = 0; s < 4; s++) {
            boolean[] expected = new boolean[T * T];
            for (int r = 0; r < 2; r++) {
                int[] qb = bucket(x.get(0), rotations, s, r);
                int[] kb = bucket(x.get(1), rotations, s, r);
                int[] qr = runs(qb);
                int[] kr = runs(kb);
                for (int i = 0; i < T * T; i++) {
                    int behind = qr[i / T] - kr[i % T];
                    expected[i] |= qb[i / T] == kb[i % T] && (behind == 0 || behind == 1);
                }
            }
            Tensor given = both.support(T).select(0, s / 2).select(0, s % 2).cast(DType.F64);
            c.close("support of sample " + s, given, Tensor.of(expected, T, T).cast(DType.F64), 0);
        }
    }

    private static void dense(CheckContext c, List<Tensor> x, List<Round> rounds) {
        Tensor cot = c.normal64("cot", 2, 2, T, 5);
        for (boolean causal : new boolean[] {false, true}) {
            c.close(
                    "clusters equal the dense matrix",
                    attention(c, x, rounds, causal).read(),
                    attention(c, x, rounds, causal).weights().matmul(x.get(2)),
                    1e-9);
            List<Tensor> tiled = Forms.gradients(
                    x, cot, y -> List.of(attention(c, y, rounds, causal).read()));
            List<Tensor> dense = Forms.gradients(
                    x,
                    cot,
                    y -> List.of(attention(c, y, rounds, causal).weights().matmul(y.get(2))));
            for (int i = 0; i < 3; i++) {
                c.close("gradient " + i, tiled.get(i), dense.get(i), 1e-8);
            }
        }
    }

    private static void forward(CheckContext c, List<Tensor> x) {
        Tensors in = Tensors.of("q", x.get(0), "k", x.get(1), "v", c.normal64("v8", 2, 2, T, DIM));
        ScatterbrainConfig config = new ScatterbrainConfig(2 * DIM, 2, M, true, true, new Support.Buckets(4, 6, 2));
        Model m = Models.build(
                "",
                new ScatterbrainProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        Tensor o = Forms.run(m, in, new Call.Algorithm.Auto());
        Tensor values = Ops.concat(2, in.get("v").slice(2, 0, 9), c.normal64("new8", 2, 2, T - 9, DIM));
        Tensor after = Forms.run(m, in.with("v", values), new Call.Algorithm.Auto());
        c.close("values do not leak back", after.slice(2, 0, 9), o.slice(2, 0, 9), 1e-12);
    }

    private static int[] bucket(Tensor x, Tensor rotations, int sample, int round) {
        int[] out = new int[T];
        for (int i = 0; i < T; i++) {
            double most = Double.NEGATIVE_INFINITY;
            for (int b = 0; b < 6; b++) {
                double y = 0;
                for (int d = 0; d < DIM; d++) {
                    y += x.get(sample / 2, sample % 2, i, d) * rotations.get(d, round, b % 3) * (b < 3 ? 1 : -1);
                }
                if (y > most) {
                    most = y;
                    out[i] = b;
                }
            }
        }
        return out;
    }

    /** Which run of 4 each token is in when all are ordered by bucket, then place. */
    private static int[] runs(int[] buckets) {
        int[] out = new int[T];
        for (int i = 0; i < T; i++) {
            int before = 0;
            for (int j = 0; j < T; j++) {
                before += buckets[j] < buckets[i] || buckets[j] == buckets[i] && j < i ? 1 : 0;
            }
            out[i] = before / 4;
        }
        return out;
    }

    private static void causal(CheckContext c) {
        List<Tensor> x = draw(c);
        List<Round> rounds = hashed(c, x, 1);
        Tensor o = attention(c, x, rounds, true).read();
        Tensor both = attention(c, x, rounds, false).read();
        c.close("the last row sees everything", o.slice(2, T - 1, T), both.slice(2, T - 1, T), 1e-10);
        Tensor other = Ops.concat(2, x.get(2).slice(2, 0, 9), c.normal64("new", 2, 2, T - 9, 5));
        Tensor after =
                attention(c, List.of(x.get(0), x.get(1), other), rounds, true).read();
        c.close("values do not leak back", after.slice(2, 0, 9), o.slice(2, 0, 9), 1e-12);
        ScatterbrainConfig config = new ScatterbrainConfig(2 * DIM, 2, M, true, true, new Support.Local(4));
        Model m = Models.build(
                "",
                new ScatterbrainProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        Tensors in = Tensors.of("q", x.get(0), "k", x.get(1), "v", c.normal64("v8", 2, 2, T, DIM));
        Forms.causal(c, m, in, 9);
    }
}
