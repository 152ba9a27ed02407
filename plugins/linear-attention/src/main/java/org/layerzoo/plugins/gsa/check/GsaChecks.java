package org.layerzoo.plugins.gsa.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.op.recur.Recurrence;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.GatedSlots;
import org.layerzoo.plugins.gsa.GsaConfig;
import org.layerzoo.plugins.gsa.GsaConfig.Feature;
import org.layerzoo.plugins.gsa.GsaConfig.Gate;
import org.layerzoo.plugins.gsa.GsaProvider;

/** The Checks of the gated slot attention sheet. */
public final class GsaChecks {
    private GsaChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: recurrent equals chunked, gradients match", GsaChecks::forms),
                new Check("check-2: worked example with m = 2", GsaChecks::worked),
                new Check("check-3: a = 1 and a = 0", GsaChecks::limits),
                new Check("check-4: one-hot writes are softmax attention", GsaChecks::oneHot),
                new Check("check-5: slots are convex combinations of keys", GsaChecks::bounded),
                new Check("check-6: weights sum to 1, slots may be permuted", GsaChecks::permuted),
                new Check("check-7: streaming, causality, GQA equals expanded", GsaChecks::stream),
                new Check("check-8: state bytes constant in T", GsaChecks::bytes));
    }

    private static List<Tensor> draw(CheckContext c, DType dtype, int t, int dk, int dv, int m) {
        return List.of(
                c.draws().normal("q", dtype, 2, 2, t, dk),
                c.draws().normal("k", dtype, 2, 2, t, dk),
                c.draws().normal("v", dtype, 2, 2, t, dv),
                c.draws().normal("f", dtype, 2, 2, t, m));
    }

    /** q, k, v and keep a in [0, 1], what is written being 1 - a. */
    private static GatedSlots slots(Tensor q, Tensor k, Tensor v, Tensor keep) {
        return new GatedSlots(q, k, v, keep.neg().add(1), Ops.log(Ops.clamp(keep, 1e-300, 1)), 1);
    }

    private static Tensor read(List<Tensor> x, Algorithm a) {
        return slots(x.get(0), x.get(1), x.get(2), Ops.sigmoid(x.get(3)))
                .read((n, r) -> r.algorithm(a).run().o());
    }

    /** The formulas of the sheet, token by token, with the memories as [B, H, m, d] and nothing else. */
    private static Tensor naive(List<Tensor> x) {
        int t = x.get(0).dim(2);
        Tensor a = Ops.sigmoid(x.get(3));
        Tensor keys = Tensor.zeros(DType.F64, 2, 2, a.dim(3), x.get(1).dim(3));
        Tensor values = Tensor.zeros(DType.F64, 2, 2, a.dim(3), x.get(2).dim(3));
        Tensor[] o = new Tensor[t];
        for (int i = 0; i < t; i++) {
            Tensor keep = a.slice(2, i, i + 1).transpose(2, 3);
            Tensor write = keep.neg().add(1);
            keys = keys.mul(keep).add(write.mul(x.get(1).slice(2, i, i + 1)));
            values = values.mul(keep).add(write.mul(x.get(2).slice(2, i, i + 1)));
            Tensor p = Fused.softmax(x.get(0).slice(2, i, i + 1).matmulT(keys), -1);
            o[i] = p.matmul(values);
        }
        return Ops.concat(2, o);
    }

    private static void forms(CheckContext c) {
        List<Tensor> x = draw(c, DType.F64, 21, 4, 5, 3);
        Tensor cot = c.normal64("cot", 2, 2, 21, 5);
        Tensor expected = naive(x);
        List<Tensor> slopes = Forms.gradients(x, cot, y -> List.of(naive(y)));
        List<Tensor> narrow = x.stream().map(t -> t.cast(DType.F32)).toList();
        for (Algorithm a : Forms.of(1, 16, 64)) {
            c.close(a.toString(), read(x, a), expected, 1e-11);
            c.close(a + " in float32", read(narrow, a), expected.cast(DType.F32), 1e-5);
            List<Tensor> g = Forms.gradients(x, cot, y -> List.of(read(y, a)));
            for (int i = 0; i < 4; i++) {
                c.close("gradient " + i + ", " + a, g.get(i), slopes.get(i), 1e-10);
            }
        }
    }

    private static Tensor row(double... values) {
        return Tensor.of(values, 1, 1, values.length, 1);
    }

    private static void worked(CheckContext c) {
        Map<String, Tensor> states = new HashMap<>();
        Tensor half = Tensor.full(DType.F64, 0.5, 1, 1, 2, 2);
        Tensor o = slots(row(1, 1), row(1, 2), row(10, 20), half).read((n, r) -> {
            Recurrence.Recurred out = r.run();
            states.put(n, out.state());
            return out.o();
        });
        c.close("reads", o, row(5, 12.5), 1e-12);
        c.close("keys", states.get(GatedSlots.KEYS).reshape(2), Tensor.of(new double[] {1.25, 1.25}, 2), 1e-12);
        c.close("values", states.get(GatedSlots.VALUES).reshape(2), Tensor.of(new double[] {12.5, 12.5}, 2), 1e-12);
    }

    private static void limits(CheckContext c) {
        List<Tensor> x = draw(c, DType.F64, 9, 4, 5, 3);
        UnaryOperator<Tensor> with = a ->
                slots(x.get(0), x.get(1), x.get(2), a).read((n, r) -> r.run().o());
        c.close("a = 1", with.apply(Ops.onesLike(x.get(3))), Ops.zerosLike(x.get(2)), 0);
        c.close("a = 0", with.apply(Ops.zerosLike(x.get(3))), x.get(2), 1e-12);
    }

    /** Token t writes slot t alone; m - t slots hold key 0 and value 0. */
    private static void oneHot(CheckContext c) {
        int m = 7;
        List<Tensor> x = draw(c, DType.F64, m, 4, 5, m);
        double[] keep = new double[m * m];
        for (int i = 0; i < m * m; i++) {
            keep[i] = i / m == i % m ? 0 : 1;
        }
        Tensor a = Tensor.of(keep, 1, 1, m, m).expand(2, 2, m, m);
        Tensor o = slots(x.get(0), x.get(1), x.get(2), a).read((n, r) -> r.run().o());
        Tensor row = Ops.iota(DType.I64, m).unsqueeze(1);
        Tensor seen = Ops.iota(DType.I64, m).le(row);
        Tensor zero = Tensor.scalar(DType.F64, 0);
        Tensor scores = Ops.where(seen, x.get(0).matmulT(x.get(1)), zero);
        Tensor weights = Ops.where(seen, Fused.softmax(scores, -1), zero);
        c.close("all rows, empty slots count exp(0)", o, weights.matmul(x.get(2)), 1e-10);
        Tensor full = Fused.attend(x.get(0))
                .keys(x.get(1), x.get(2))
                .scale(1)
                .causal()
                .o();
        c.close("the row of full memory", o.slice(2, m - 1, m), full.slice(2, m - 1, m), 1e-10);
    }

    private static void bounded(CheckContext c) {
        List<Tensor> x = draw(c, DType.F64, 40, 4, 5, 3);
        Map<String, Tensor> states = new HashMap<>();
        slots(x.get(0), x.get(1), x.get(2), Ops.sigmoid(x.get(3))).read((n, r) -> {
            Recurrence.Recurred out = r.run();
            states.put(n, out.state());
            return out.o();
        });
        double most = Ops.abs(x.get(1)).max().item();
        double given = Ops.abs(states.get(GatedSlots.KEYS)).max().item();
        c.isTrue("largest slot entry " + given + ", largest key entry " + most, given <= most && given > 0);
        Tensor ones = slots(x.get(0), x.get(1), Ops.onesLike(x.get(2)), Ops.sigmoid(x.get(3)))
                .read((n, r) -> r.run().o());
        c.isTrue("of values 1 at most 1 is read", ones.max().item() <= 1 + 1e-12);
    }

    private static Model model(CheckContext c, int kvHeads, Gate gate, int conv) {
        GsaConfig config =
                new GsaConfig(8, 2, kvHeads, 3, 1, 1, 8, gate, Feature.SWISH, new GsaConfig.Conv(conv, false), 1);
        return Models.build(
                "",
                new GsaProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void permuted(CheckContext c) {
        Model m = model(c, 2, Gate.SLOTS, 0);
        Tensor x = c.normal64("x", 1, 12, 8);
        Tensor y = run(m, x);
        Tensor f = m.params().param("f_proj.weight").value();
        // Slots of head 0 turned by one, of head 1 by two.
        Tensor order = Tensor.of(new long[] {1, 2, 0, 5, 3, 4}, 6);
        m.params().param("f_proj.weight").set(Ops.indexSelect(f, 0, order));
        c.close("permuted slots", run(m, x), y, 1e-12);
        weights(c);
    }

    /** Seven slots are written once each with values of 3 and different keys, then nothing is: whatever the query, 3 is read. */
    private static void weights(CheckContext c) {
        int m = 7;
        List<Tensor> x = draw(c, DType.F64, 2 * m, 4, 5, m);
        double[] keep = new double[2 * m * m];
        for (int i = 0; i < keep.length; i++) {
            keep[i] = i / m == i % m ? 0 : 1;
        }
        Tensor a = Tensor.of(keep, 1, 1, 2 * m, m).expand(2, 2, 2 * m, m);
        Tensor o = slots(x.get(0), x.get(1), Tensor.full(DType.F64, 3, 2, 2, 2 * m, 5), a)
                .read((n, r) -> r.run().o());
        c.close("weights sum to 1", o.slice(2, m, 2 * m), Tensor.full(DType.F64, 3, 2, 2, m, 5), 1e-12);
        Tensor one =
                slots(x.get(0), x.get(1), x.get(2), a).read((n, r) -> r.run().o());
        double spread = Errors.relative(one.slice(2, m, m + 1), one.slice(2, m + 1, m + 2));
        c.isTrue("and differ by query: " + spread, spread > 1e-3);
    }

    private static void stream(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 8));
        for (Gate g : Gate.values()) {
            Model m = model(c, 2, g, g == Gate.SLOTS ? 4 : 0);
            Forms.agree(c, m, x, 1e-10, 1, 16);
            Forms.causal(c, m, x, 11);
        }
        Model grouped = model(c, 1, Gate.SLOTS, 0);
        Model expanded = model(c, 2, Gate.SLOTS, 0);
        grouped.params().values().names().forEach(n -> {
            Tensor w = grouped.params().param(n).value();
            boolean shared =
                    List.of("k_proj.weight", "v_proj.weight", "f_proj.weight").contains(n);
            expanded.params().param(n).set(shared ? Ops.concat(0, w, w) : w);
        });
        c.close("GQA and expanded", run(grouped, x.get("x")), run(expanded, x.get("x")), 1e-12);
    }

    private static void bytes(CheckContext c) {
        Streaming layer = (Streaming) model(c, 2, Gate.SLOTS, 0).layer();
        State s = layer.open(Opening.of(1).with(DType.F64));
        for (int i = 0; i < 3; i++) {
            layer.advance(Tensors.of("x", c.normal64("x" + i, 1, 10, 8)), s, Call.eval());
            // 2 heads of 3 slots with keys and values of 4 numbers, in F64.
            c.equal("bytes after " + 10 * (i + 1) + " tokens", s.usage().bytes(), 8L * 2 * 3 * (4 + 4));
        }
    }
}
