package org.layerzoo.plugins.nprfrpeattention.check;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Shape;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.nn.linear.PositiveFeatures;
import org.layerzoo.plugins.nprfrpeattention.NprfConfig;
import org.layerzoo.plugins.nprfrpeattention.NprfConfig.Offsets;
import org.layerzoo.plugins.nprfrpeattention.NprfProvider;
import org.layerzoo.plugins.nprfrpeattention.ToeplitzAttention;

/** The Checks of the NPRF sheet. */
public final class NprfChecks {
    private static final int M = 6;

    private NprfChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: b = 0 is linear attention", NprfChecks::flat),
                new Check("check-2: transforms equal the direct sum", NprfChecks::transforms),
                new Check("check-3: exact products give softmax with bias", NprfChecks::softmax),
                new Check("check-4: features are unbiased", NprfChecks::unbiased),
                new Check("check-5: a constant in b changes nothing, V = 1 gives 1", NprfChecks::constant),
                new Check("check-6: causal", NprfChecks::causal),
                new Check("check-7: one offset alone picks a value", NprfChecks::picked),
                new Check("check-8: scaling queries", NprfChecks::scaled),
                new Check("buckets: offsets of a bucket share a weight", NprfChecks::buckets));
    }

    private static Tensor phi(CheckContext c, String name, DType dtype, int t) {
        Tensor w = c.draws().normal("W", dtype, M, 4);
        return Ops.exp(
                PositiveFeatures.logs(c.draws().normal(name, dtype, 2, 2, t, 4).mul(0.5), w, false));
    }

    private static ToeplitzAttention attention(CheckContext c, DType dtype, int t, boolean causal) {
        return new ToeplitzAttention(
                phi(c, "q", dtype, t),
                phi(c, "k", dtype, t),
                c.draws().normal("v", dtype, 2, 2, t, 5),
                ToeplitzAttention.weights(c.draws().normal("b", dtype, 2, 2 * t - 1), t, causal));
    }

    private static void flat(CheckContext c) {
        ToeplitzAttention a = attention(c, DType.F64, 40, false);
        ToeplitzAttention flat = new ToeplitzAttention(a.q(), a.k(), a.v(), Ops.onesLike(a.c()));
        Tensor expected =
                LinearAttention.divided(LinearAttention.bothWays(a.q(), a.k(), LinearAttention.counted(a.v())), 1e-6);
        c.close("direct", flat.direct(), expected, 1e-10);
        c.close("by transforms", flat.fast(), expected, 1e-10);
    }

    private static void transforms(CheckContext c) {
        for (int t : new int[] {1, 2, 17, 64, 100}) {
            for (boolean causal : new boolean[] {false, true}) {
                String what = t + " tokens" + (causal ? ", causal" : "");
                ToeplitzAttention a = attention(c, DType.F64, t, causal);
                c.close(what, a.fast(), a.direct(), 1e-10);
                ToeplitzAttention narrow = attention(c, DType.F32, t, causal);
                c.close(what + ", float32", narrow.fast(), narrow.direct(), 1e-4);
            }
        }
        ToeplitzAttention a = attention(c, DType.F64, 17, true);
        List<Tensor> at = List.of(a.q(), a.k(), a.v(), a.c());
        Tensor cot = c.normal64("cot", 2, 2, 17, 5);
        List<Tensor> slow = Forms.gradients(at, cot, x -> List.of(of(x).direct()));
        List<Tensor> fast = Forms.gradients(at, cot, x -> List.of(of(x).fast()));
        for (int i = 0; i < 4; i++) {
            c.close("gradient " + i, fast.get(i), slow.get(i), 1e-9);
        }
    }

    private static ToeplitzAttention of(List<Tensor> x) {
        return new ToeplitzAttention(x.get(0), x.get(1), x.get(2), x.get(3));
    }

    private static void softmax(CheckContext c) {
        int t = 23;
        Tensor q = c.normal64("q", 2, 2, t, 4).mul(0.5);
        Tensor k = c.normal64("k", 2, 2, t, 4).mul(0.5);
        Tensor v = c.normal64("v", 2, 2, t, 5);
        // Small enough that the denominator's 1e-6 doesn't show in the first rows.
        Tensor b = c.normal64("b", 2, 2 * t - 1).mul(0.3);
        for (boolean causal : new boolean[] {false, true}) {
            ToeplitzAttention a = new ToeplitzAttention(q, k, v, ToeplitzAttention.weights(b, t, causal));
            var attend = Fused.attend(q).keys(k, v).offsets(b, t - 1).scale(1);
            Tensor expected = (causal ? attend.causal() : attend).o();
            c.close(causal ? "causal" : "both ways", a.weighted(Ops.exp(q.matmulT(k))), expected, 1e-5);
        }
    }

    private static void unbiased(CheckContext c) {
        // Draws of phi with 32 features each: one feature's relative deviation is up to 7, of the mean of all at most 1
        // %.
        int draws = 20000 * 32;
        Tensor q = unit(c.normal64("q", 8));
        Tensor k = unit(c.normal64("k", 8));
        Tensor w = c.normal64("W", draws, 8);
        Tensor products = Ops.exp(PositiveFeatures.logs(q, w, false).add(PositiveFeatures.logs(k, w, false)));
        double truth = Math.exp(q.mul(k).sum().item());
        c.close("mean of " + draws + " over exp(q.k)", products.sum().item() / truth, 1, 0.02);
        Tensor blocks = PositiveFeatures.rows(true).values("blocks", Shape.of(30, 8), DType.F64, c.draws());
        c.close(
                "lengths stay",
                Ops.square(blocks).sum(1),
                Ops.square(c.normal64("blocks", 30, 8)).sum(1),
                1e-9);
        Tensor first = blocks.slice(0, 0, 8);
        Tensor gram = first.matmulT(first);
        c.isTrue("a block is orthogonal", Errors.norm(gram.sub(diagonal(gram))) < 1e-9);
    }

    private static Tensor diagonal(Tensor x) {
        return x.mul(Ops.oneHot(Ops.iota(DType.I64, 8), 8, DType.F64));
    }

    private static Tensor unit(Tensor x) {
        return x.div(Errors.norm(x)).reshape(1, 8);
    }

    private static void constant(CheckContext c) {
        int t = 30;
        Tensor b = c.normal64("b", 2, 2 * t - 1);
        ToeplitzAttention a = attention(c, DType.F64, t, false);
        Tensor moved = new ToeplitzAttention(a.q(), a.k(), a.v(), ToeplitzAttention.weights(b.add(3), t, false)).read();
        c.close("b + 3", moved, a.read(), 1e-5);
        Tensor one = Ops.onesLike(a.v());
        c.close("V = 1", new ToeplitzAttention(a.q(), a.k(), one, a.c()).fast(), one, 1e-5);
    }

    private static Model model(CheckContext c, boolean causal, boolean normalised) {
        return model(c, causal, normalised, new Offsets.Each());
    }

    private static Model model(CheckContext c, boolean causal, boolean normalised, Offsets offsets) {
        NprfConfig config = new NprfConfig(8, 2, 40, M, causal, normalised, offsets, false);
        return Models.build(
                "",
                new NprfProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void causal(CheckContext c) {
        Model m = model(c, true, true);
        m.params().param("relative_bias").set(c.normal64("b", 2, 79));
        Tensors x = Tensors.of("x", c.normal64("x", 2, 37, 8));
        Forms.causal(c, m, x, 19);
        Tensor fast = Forms.run(m, x, new Call.Algorithm.Parallel());
        c.close("both forms of the layer", fast, Forms.run(m, x, new Call.Algorithm.Dense()), 1e-9);
        Tensor changed = Ops.concat(1, x.get("x").slice(1, 0, 19), c.normal64("new", 2, 18, 8));
        Tensor after = Forms.run(m, Tensors.of("x", changed), new Call.Algorithm.Parallel());
        c.close("by transforms", after.slice(1, 0, 19), fast.slice(1, 0, 19), 1e-5);
    }

    private static void picked(CheckContext c) {
        int t = 12;
        ToeplitzAttention a = attention(c, DType.F64, t, false);
        for (int offset : new int[] {0, -1}) {
            Tensor at = Ops.iota(DType.I64, 2 * t - 1).eq(Tensor.of(new long[] {t - 1 + offset}, 1));
            Tensor b = Ops.where(at, Tensor.scalar(DType.F64, 10), Tensor.scalar(DType.F64, -1e9))
                    .unsqueeze(0)
                    .expand(2, 2 * t - 1);
            Tensor o = new ToeplitzAttention(a.q(), a.k(), a.v(), ToeplitzAttention.weights(b, t, false)).fast();
            c.close("offset " + offset, o.slice(2, -offset, t), a.v().slice(2, 0, t + offset), 1e-5);
        }
    }

    /** T5's code with 32 buckets and 128 for some offsets, and a layer of few buckets against one whose offsets hold the same numbers. */
    private static void buckets(CheckContext c) {
        int[] offsets = {
            -500, -128, -127, -91, -64, -45, -33, -32, -31, -23, -16, -12, -11, -8, -7, -1, 0, 1, 7, 8, 11, 12, 16, 31,
            32, 64, 91, 127, 128, 500
        };
        int[] both = {
            15, 15, 15, 15, 14, 12, 12, 12, 11, 11, 10, 9, 8, 8, 7, 1, 0, 17, 23, 24, 24, 25, 26, 27, 28, 30, 31, 31,
            31, 31
        };
        int[] past = {
            31, 31, 31, 29, 26, 23, 21, 21, 21, 18, 16, 12, 11, 8, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
        };
        Offsets.Buckets t5 = new Offsets.Buckets(32, 128);
        for (int i = 0; i < offsets.length; i++) {
            c.equal("bucket of " + offsets[i], t5.of(offsets[i], false), both[i]);
            c.equal("causal bucket of " + offsets[i], t5.of(offsets[i], true), past[i]);
        }
        Offsets.Buckets few = new Offsets.Buckets(8, 20);
        for (boolean causal : new boolean[] {false, true}) {
            Model shared = model(c, causal, true, few);
            Model each = model(c, causal, true, new Offsets.Each());
            each.params().params().keySet().stream()
                    .filter(n -> !n.equals("relative_bias"))
                    .forEach(n ->
                            each.params().param(n).set(shared.params().values().get(n)));
            Tensor table = c.normal64("table", 2, 8);
            shared.params().param("relative_bias").set(table);
            double[] b = new double[2 * 79];
            for (int i = 0; i < b.length; i++) {
                b[i] = table.get(i / 79, few.of(i % 79 - 39, causal));
            }
            each.params().param("relative_bias").set(Tensor.of(b, 2, 79));
            Tensors x = Tensors.of("x", c.normal64("x", 2, 33, 8));
            for (Call.Algorithm a : List.of(new Call.Algorithm.Dense(), new Call.Algorithm.Parallel())) {
                c.close("y, " + a + (causal ? ", causal" : ""), Forms.run(shared, x, a), Forms.run(each, x, a), 1e-10);
            }
        }
    }

    private static void scaled(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 20, 8));
        for (boolean normalised : new boolean[] {true, false}) {
            Model m = model(c, false, normalised);
            Tensor before = Forms.run(m, x, new Call.Algorithm.Auto());
            for (String name : List.of("q_proj.weight", "q_proj.bias")) {
                Param p = m.params().param(name);
                p.set(p.value().mul(10));
            }
            double moved = Errors.relative(Forms.run(m, x, new Call.Algorithm.Auto()), before);
            c.isTrue((normalised ? "NPRF" : "PRF") + " moves by " + moved, normalised ? moved < 1e-10 : moved > 1e-2);
        }
    }
}
