package org.layerzoo.plugins.cottention.check;

import java.util.List;
import org.layerzoo.core.ZooException;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Seqs;
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
import org.layerzoo.plugins.cottention.CosineAttention;
import org.layerzoo.plugins.cottention.CottentionConfig;
import org.layerzoo.plugins.cottention.CottentionConfig.ScaleOf;
import org.layerzoo.plugins.cottention.CottentionConfig.Variant;
import org.layerzoo.plugins.cottention.CottentionProvider;

/** The Checks of the Cottention sheet. */
public final class CottentionChecks {
    private CottentionChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: q and k scale invariance", CottentionChecks::scale),
                new Check("check-2: chunked = recurrent = masked quadratic form", CottentionChecks::forms),
                new Check("check-3: both associations, permuted keys", CottentionChecks::orders),
                new Check("check-4: causality", CottentionChecks::causality),
                new Check("check-5: worked example", CottentionChecks::worked),
                new Check("check-6: bound with sigma(m) = 1", CottentionChecks::bound),
                new Check("check-7: padding changes nothing", CottentionChecks::padding),
                new Check("check-8: gradient of m_raw", CottentionChecks::gradient));
    }

    private static final List<Variant> ALL =
            List.of(new Variant.Bert(true), new Variant.Gpt(2, ScaleOf.VALUES), new Variant.Gpt(2, ScaleOf.READS));

    private static Model model(CheckContext c, Variant v) {
        return Models.build(
                "",
                new CottentionProvider(),
                new CottentionConfig(8, 2, v),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x, Call call) {
        return m.forward(Tensors.of("x", x), call).get("y");
    }

    private static void scale(CheckContext c) {
        Tensor x = c.normal64("x", 2, 13, 8);
        for (Variant v : ALL) {
            Model m = model(c, v);
            boolean bert = v instanceof Variant.Bert;
            Tensor y = run(m, x, Call.eval());
            for (String role : bert ? List.of("query", "key") : List.of("q_proj", "k_proj")) {
                // Rows of head 0 times 5, of head 1 times 0.2, biases alike.
                Tensor by = Tensor.of(new double[] {5, 5, 5, 5, 0.2, 0.2, 0.2, 0.2}, 8);
                Param w = m.params().param(role + ".weight");
                w.set(w.value().mul(by.unsqueeze(1)));
                if (bert) {
                    Param b = m.params().param(role + ".bias");
                    b.set(b.value().mul(by));
                }
                c.close(v + ", " + role, run(m, x, Call.eval()), y, 1e-10);
            }
        }
    }

    private static void forms(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 37, 8));
        for (ScaleOf s : ScaleOf.values()) {
            Forms.agree(c, model(c, new Variant.Gpt(2, s)), x, 1e-10, 1, 7, 16);
        }
        List<Tensor> qkv = Forms.draw(c, DType.F32, 2, 2, 29, 4, 4);
        List<Tensor> unit = List.of(CosineAttention.unit(qkv.get(0)), CosineAttention.unit(qkv.get(1)), qkv.get(2));
        Tensor past = Forms.decayMask(new double[1], 29).cast(DType.F32);
        Forms.quadratic(c, unit, r -> r, past, 1e-5, 1, 7, 16);
    }

    private static void orders(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 9, 4, 4);
        Tensor left = x.get(0).matmulT(x.get(1)).matmul(x.get(2));
        c.close("the cheaper order", LinearAttention.bothWays(x.get(0), x.get(1), x.get(2)), left, 1e-12);
        c.close("Q (K^T V)", x.get(0).matmul(x.get(1).tMatmul(x.get(2))), left, 1e-12);
        Model m = model(c, new Variant.Bert(true));
        Tensor q = c.normal64("x", 1, 5, 8);
        Tensor context = c.normal64("context", 1, 11, 8);
        Tensor order = c.draws().permutation("order", 11);
        Tensor moved = Ops.indexSelect(context, 1, order);
        c.close(
                "permuted keys and values",
                m.forward(Tensors.of("x", q, "context", moved), Call.eval()).get("y"),
                m.forward(Tensors.of("x", q, "context", context), Call.eval()).get("y"),
                1e-12);
    }

    /** Of the same blocks of the same sums: the bits before the changed token stay. */
    private static void causality(CheckContext c) {
        Model m = model(c, new Variant.Gpt(2, ScaleOf.VALUES));
        Tensor x = c.normal64("x", 1, 23, 8);
        Tensor changed = Ops.concat(1, x.slice(1, 0, 14), c.normal64("other", 1, 9, 8));
        Call call = Call.eval().with(new Call.Algorithm.Recurrent());
        c.same("bits", run(m, changed, call).slice(1, 0, 14), run(m, x, call).slice(1, 0, 14));
        Forms.causal(c, m, Tensors.of("x", x), 14);
    }

    private static void worked(CheckContext c) {
        Tensor q = CosineAttention.unit(Tensor.of(new double[] {1, 0, 1, 1, 0, 2}, 1, 1, 3, 2));
        Tensor k = CosineAttention.unit(Tensor.of(new double[] {1, 0, 0, 1, 3, 4}, 1, 1, 3, 2));
        Tensor v = Tensor.of(new double[] {1, 0, 0, 1, 1, 1}, 1, 1, 3, 2);
        Tensor m = Tensor.full(DType.F64, 0.5, 1, 1, 1, 1);
        Tensor n = Tensor.of(new double[] {1, 2, 3}, 3, 1);
        Tensor causal = Fused.recur(q, k, v.div(CosineAttention.lengthScale(m, n)))
                .run()
                .o();
        Tensor expected = Tensor.of(new double[] {1, 0, 0.707107, 0.459310, 0.403740, 1.053302}, 1, 1, 3, 2);
        c.close("causal", causal, expected, 1e-6);
        Tensor three = Tensor.full(DType.F64, 3, 1, 1, 1, 1);
        Tensor all = LinearAttention.bothWays(q, k, v.div(CosineAttention.lengthScale(m, three)));
        Tensor both = Tensor.of(new double[] {0.807479, 0.302805, 0.856461, 0.856461, 0.403740, 0.908414}, 1, 1, 3, 2);
        c.close("both ways", all, both, 1e-6);
    }

    private static void bound(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, 40, 4, 6);
        Tensor m = Tensor.full(DType.F64, 60, 1, 2, 1, 1);
        Tensor n = Tensor.full(DType.F64, 40, 1, 1, 1, 1);
        Tensor o = LinearAttention.bothWays(
                CosineAttention.unit(x.get(0)),
                CosineAttention.unit(x.get(1)),
                x.get(2).div(CosineAttention.lengthScale(m, n)));
        double most = Ops.sqrt(o.mul(o).sum(3)).max().item();
        double longest = Ops.sqrt(x.get(2).mul(x.get(2)).sum(3)).max().item();
        c.isTrue("longest read " + most + ", longest value " + longest, most <= longest && most > 0);
    }

    private static void padding(CheckContext c) {
        Tensor x = c.normal64("x", 1, 9, 8);
        Tensor padded = Ops.concat(1, x, c.normal64("pads", 1, 5, 8));
        for (Variant v : ALL) {
            Model m = model(c, v);
            Tensor y = run(m, padded, Call.eval().with(Seqs.padded(Tensor.of(new long[] {9}, 1))));
            c.close(v.toString(), y.slice(1, 0, 9), run(m, x, Call.eval()), 1e-12);
        }
        context(c, padded);
    }

    /** Lengths are those of x: all keys of a context count. A packed call with one is refused. */
    private static void context(CheckContext c, Tensor padded) {
        Model m = model(c, new Variant.Bert(true));
        Tensors in = Tensors.of("x", padded, "context", c.normal64("context", 1, 7, 8));
        Tensor y = m.forward(in, Call.eval().with(Seqs.padded(Tensor.of(new long[] {9}, 1))))
                .get("y");
        Tensors alone = in.with("x", padded.slice(1, 0, 9));
        c.close(
                "beside a context",
                y.slice(1, 0, 9),
                m.forward(alone, Call.eval()).get("y"),
                1e-12);
        Call packed = Call.eval().with(Seqs.packed(Tensor.of(new long[] {0, 9, 14}, 3)));
        String said = "nothing";
        try {
            m.forward(in, packed);
        } catch (ZooException e) {
            said = e.getMessage();
        }
        c.isTrue("a packed call with a context says " + said, said.contains("no context beside packed"));
    }

    private static void gradient(CheckContext c) {
        Tensor x = c.normal64("x", 1, 12, 8);
        Tensor cot = c.normal64("cot", 1, 12, 8);
        for (Variant v : ALL) {
            Model m = model(c, v);
            Param raw = m.params().param("norm_const");
            Tensor at = raw.value();
            Tape tape = new Tape().watch(List.of(at));
            Tensor y = tape.record(() -> run(m, x, Call.eval()).mul(cot).sum());
            Tensor g = tape.gradient(y, List.of(at)).getFirst();
            Tensor direction = Tensor.of(new double[] {1, -0.5}, 1, 2, 1, 1);
            double[] sides = new double[2];
            for (int i = 0; i < 2; i++) {
                raw.set(at.add(direction.mul(i == 0 ? 1e-5 : -1e-5)));
                sides[i] = run(m, x, Call.eval()).mul(cot).sum().item();
            }
            double numeric = (sides[0] - sides[1]) / 2e-5;
            c.close(v.toString(), g.mul(direction).sum().item(), numeric, 1e-7);
            Tensor one = run(m, x.slice(1, 0, 1), Call.eval());
            raw.set(at.add(3));
            c.same("n = 1 does not depend on m", run(m, x.slice(1, 0, 1), Call.eval()), one);
        }
    }
}
