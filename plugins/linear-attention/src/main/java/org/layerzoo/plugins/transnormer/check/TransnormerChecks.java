package org.layerzoo.plugins.transnormer.check;

import java.util.List;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.transnormer.TransnormerConfig;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Feature;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Form;
import org.layerzoo.plugins.transnormer.TransnormerConfig.NormKind;
import org.layerzoo.plugins.transnormer.TransnormerConfig.Weights;
import org.layerzoo.plugins.transnormer.TransnormerProvider;

/** The Checks of the TransNormer sheet. */
public final class TransnormerChecks {
    private static final double[] ONES = {0, 0};

    private TransnormerChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: Norm(Q(K^T V)) equals Norm((Q K^T) V), all causal forms", TransnormerChecks::forms),
                new Check("check-2: scale invariance", TransnormerChecks::scale),
                new Check("check-3: DiagAttention with w >= T and w = 1", TransnormerChecks::diagonal),
                new Check("check-4: block independence", TransnormerChecks::blocks),
                new Check("check-5: row rms of the output is 1", TransnormerChecks::rows),
                new Check("check-6: worked example q = 2, k = 3, v = -5", TransnormerChecks::worked),
                new Check("check-7: denominator-free", TransnormerChecks::values),
                new Check("check-8: gradient probe", TransnormerChecks::probe),
                new Check("analysis: bounds of gradients, dilution", TransnormerChecks::analysis),
                new Check("blocks of ReLU weights, norms of single heads", TransnormerChecks::variants));
    }

    private static Tensor norm(Tensor o) {
        return Fused.rmsNorm(Heads.merge(o), 1e-8, Root.OUTSIDE);
    }

    private static Tensor attention(List<Tensor> x) {
        return norm(LinearAttention.bothWays(x.get(0), x.get(1), x.get(2)));
    }

    private static Model model(CheckContext c, boolean causal, Form form) {
        return Models.build(
                "",
                new TransnormerProvider(),
                new TransnormerConfig(8, 8, 2, causal, form),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void forms(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F32, 2, 2, 29, 4, 4);
        Tensor left = norm(x.get(0).matmulT(x.get(1)).matmul(x.get(2)));
        c.close("both orders", norm(x.get(0).matmul(x.get(1).tMatmul(x.get(2)))), left, 1e-5);
        c.close("the cheaper order", attention(x), left, 1e-5);
        Forms.quadratic(c, x, r -> r, Forms.decayMask(ONES, 29).cast(DType.F32), 1e-5, 1, 7);
        Tensors in = Tensors.of("x", c.normal64("x", 2, 21, 8));
        for (Feature f : Feature.values()) {
            Model m = model(c, true, new Form.Linear(f, NormKind.RMSNORM, f != Feature.ELU, f == Feature.ELU));
            Forms.agree(c, m, in, 1e-10, 1, 5, 16);
        }
    }

    private static void scale(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 17, 4, 4);
        Tensor y = attention(x);
        c.close("3 phi(K)", attention(List.of(x.get(0), x.get(1).mul(3), x.get(2))), y, 1e-6);
        Tensor rows = c.draws().uniform("a", DType.F64, 1, 1, 17, 1).add(0.5);
        c.close("rows of phi(Q)", attention(List.of(x.get(0).mul(rows), x.get(1), x.get(2))), y, 1e-6);
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static Tensor projected(Model m, String name, Tensor x) {
        return Fused.linear(
                x,
                m.params().param(name + ".weight").value(),
                m.params().param(name + ".bias").value());
    }

    private static void diagonal(CheckContext c) {
        Tensor x = c.normal64("x", 2, 13, 8);
        for (boolean causal : new boolean[] {false, true}) {
            Model whole = model(c, causal, new Form.Diagonal(16, Weights.SOFTMAX));
            var a = Fused.attend(Heads.split(projected(whole, "q_proj", x), 2))
                    .keys(Heads.split(projected(whole, "k_proj", x), 2), Heads.split(projected(whole, "v_proj", x), 2));
            Tensor full = projected(whole, "out_proj", Heads.merge((causal ? a.causal() : a).o()));
            c.close("w >= T, causal " + causal, run(whole, x), full, 1e-10);
            Model single = model(c, causal, new Form.Diagonal(1, Weights.SOFTMAX));
            Tensor v = projected(single, "out_proj", projected(single, "v_proj", x));
            c.close("w = 1, causal " + causal, run(single, x), v, 1e-12);
        }
    }

    private static void blocks(CheckContext c) {
        Tensor x = c.normal64("x", 1, 14, 8);
        Tensor other = Ops.concat(1, c.normal64("other", 1, 4, 8), x.slice(1, 4, 14));
        for (Weights w : Weights.values()) {
            for (boolean causal : new boolean[] {false, true}) {
                Model m = model(c, causal, new Form.Diagonal(4, w));
                Tensor y = run(m, x);
                Tensor z = run(m, other);
                c.close(w + ": later blocks", z.slice(1, 4, 14), y.slice(1, 4, 14), 1e-12);
                c.isTrue(w + ": block 0 itself moves", Errors.relative(z.slice(1, 0, 4), y.slice(1, 0, 4)) > 1e-3);
                if (causal) {
                    Forms.streams(c, m, Tensors.of("x", x), 1e-10);
                }
            }
        }
    }

    private static void rows(CheckContext c) {
        Tensor y = attention(Forms.draw(c, DType.F64, 2, 2, 19, 4, 4));
        c.close("rms", Ops.sqrt(y.mul(y).mean(2)), Tensor.ones(DType.F64, 2, 19), 1e-6);
    }

    private static void worked(CheckContext c) {
        UnaryOperator<Double> sign =
                v -> attention(List.of(one(2), one(3), one(v))).item();
        c.close("Q K^T V", LinearAttention.bothWays(one(2), one(3), one(-5)).item(), -30, 1e-12);
        c.close("its norm", sign.apply(-5.0), -1, 1e-8);
    }

    private static Tensor one(double v) {
        return Tensor.full(DType.F64, v, 1, 1, 1, 1);
    }

    private static void values(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 11, 4, 4);
        Tensor y = attention(x);
        c.close("7 V", attention(List.of(x.get(0), x.get(1), x.get(2).mul(7))), y, 1e-6);
        c.close("-7 V", attention(List.of(x.get(0), x.get(1), x.get(2).mul(-7))), y.neg(), 1e-6);
    }

    /** Largest |dL/ds| of one row whose scores shrink by {@code size}: scaled by their sum, or normalised behind the sum. */
    private static double steepest(CheckContext c, double size, boolean scaled) {
        double worst = 0;
        for (int draw = 0; draw < 8; draw++) {
            Tensor s = c.draws().uniform("s" + draw, DType.F64, 1, 8).add(0.1).mul(size);
            Tensor v = c.normal64("v" + draw, 8, 6);
            Tensor cot = c.normal64("cot" + draw, 1, 6);
            UnaryOperator<List<Tensor>> f = x -> {
                Tensor sum = x.getFirst().matmul(v);
                // The floor of the root keeps NormAttention's gradient finite however small the scores are.
                return List.of(scaled ? sum.div(x.getFirst().sumKeep(1)) : Fused.rmsNorm(sum, 1e-2, Root.INSIDE));
            };
            worst = Math.max(
                    worst,
                    Ops.abs(Forms.gradients(List.of(s), cot, f).getFirst())
                            .max()
                            .item());
        }
        return worst;
    }

    /** dp/ds = p (1 - p) / s, unbounded as s shrinks; at most 1/4 for softmax; bounded behind the norm. Linear weights are spread wider. */
    private static void analysis(CheckContext c) {
        Tensor s = c.draws().uniform("s", DType.F64, 1, 9).add(0.1);
        Tensor p = s.div(s.sumKeep(1));
        c.close(
                "p (1 - p) / s",
                AnalysisProbe.steepest(s),
                p.mul(p.neg().add(1)).div(s).max().item(),
                1e-12);
        c.isTrue("softmax", AnalysisProbe.softmax(s.mul(5)) <= 0.25);
        var f = new AnalysisProbe().figures(c);
        c.close("a thousandth of the scores", f.get("scaled_small"), 1e3 * f.get("scaled"), 1e-9);
        c.isTrue("NormAttention: " + f.get("norm_small"), f.get("norm_small") < 100);
        c.isTrue(
                "shares " + f.get("near_linear") + " and " + f.get("near_softmax"),
                f.get("near_linear") < f.get("near_softmax"));
    }

    private static void variants(CheckContext c) {
        Tensor x = c.normal64("x", 2, 13, 8);
        for (boolean causal : new boolean[] {false, true}) {
            Model m = model(c, causal, new Form.Diagonal(4, Weights.RELU));
            Tensor q = Heads.split(projected(m, "q_proj", x), 2);
            Tensor k = Heads.split(projected(m, "k_proj", x), 2);
            Tensor row = Ops.iota(DType.I64, 13).unsqueeze(1);
            Tensor column = Ops.iota(DType.I64, 13);
            Tensor four = Tensor.of(new long[] {4}, 1);
            Tensor seen = Ops.floorDiv(row, four).eq(Ops.floorDiv(column, four));
            Tensor mask = (causal ? seen.and(column.le(row)) : seen).cast(DType.F64);
            Tensor weights = Ops.relu(q.matmulT(k).div(2)).mul(mask);
            Tensor o = weights.matmul(Heads.split(projected(m, "v_proj", x), 2));
            c.close("T1 by its formula, causal " + causal, run(m, x), projected(m, "out_proj", norm(o)), 1e-10);
        }
        Model each = model(c, false, new Form.Linear(Feature.ONE_PLUS_ELU, NormKind.SIMPLE_RMSNORM, true, false));
        Tensor o = LinearAttention.bothWays(
                LinearAttention.eluPlusOne(Heads.split(projected(each, "q_proj", x), 2)),
                LinearAttention.eluPlusOne(Heads.split(projected(each, "k_proj", x), 2)),
                Heads.split(projected(each, "v_proj", x), 2));
        Tensor normed = Heads.merge(Fused.rmsNorm(o, 1e-8, Root.OUTSIDE));
        c.close("each head by itself", run(each, x), projected(each, "out_proj", normed), 1e-10);
    }

    private static void probe(CheckContext c) {
        double bound = steepest(c, 1, false);
        for (double size : new double[] {1e-2, 1e-4, 1e-6}) {
            double normed = steepest(c, size, false);
            double scaled = steepest(c, size, true);
            c.isTrue("NormAttention at scores of " + size + ": " + normed, normed < 20 * Math.max(1, bound) / 0.1);
            c.isTrue("the scaled form at scores of " + size + ": " + scaled, scaled > 0.1 / size);
        }
    }
}
