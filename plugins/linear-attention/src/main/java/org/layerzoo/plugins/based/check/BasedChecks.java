package org.layerzoo.plugins.based.check;

import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.based.BasedConfig;
import org.layerzoo.plugins.based.BasedConfig.Form;
import org.layerzoo.plugins.based.BasedProvider;
import org.layerzoo.plugins.based.TaylorMap;

/** The Checks of the Based sheet. */
public final class BasedChecks {
    private static final int DIM = 8;

    private BasedChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: phi(q).phi(k) = 1 + s + s^2/2", BasedChecks::map),
                new Check("check-2: quadratic, chunked and recurrent agree", BasedChecks::forms),
                new Check("check-3: the packed map gives the same output", BasedChecks::packed),
                new Check("check-4: causality and prefill-then-decode", BasedChecks::stream),
                new Check("check-5: weights are positive and sum to 1", BasedChecks::weights),
                new Check("check-6: near softmax for |s| <= 0.1", BasedChecks::nearSoftmax),
                new Check("check-7: window attention with w >= T and w = 1", BasedChecks::window),
                new Check("check-8: state bytes match the formula", BasedChecks::bytes));
    }

    private static Model model(CheckContext c, Form form) {
        return Models.build(
                "",
                new BasedProvider(),
                new BasedConfig(DIM, form),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Form.Taylor taylor(boolean packed) {
        return new Form.Taylor(2, 3, 4, packed, 5, 1e-12);
    }

    private static Tensor dot(TaylorMap m, Tensor q, Tensor k) {
        return m.apply(q).mul(m.apply(k)).sum(-1);
    }

    private static void map(CheckContext c) {
        for (boolean packed : new boolean[] {false, true}) {
            TaylorMap m = new TaylorMap(16, packed);
            c.equal("features, packed " + packed, m.size(), packed ? 153 : 273);
            Tensor q = c.normal64("q", 50, 16);
            Tensor k = c.normal64("k", 50, 16);
            Tensor s = q.mul(k).sum(-1).div(4);
            c.close(
                    "polynomial, packed " + packed,
                    dot(m, q, k),
                    s.mul(s.mul(0.5).add(1)).add(1),
                    1e-12);
            TaylorMap one = new TaylorMap(1, packed);
            Tensor values =
                    dot(one, Tensor.of(new double[] {1, -1, 1}, 3, 1), Tensor.of(new double[] {1, 1, 0.5}, 3, 1));
            c.close("d' = 1, packed " + packed, values, Tensor.of(new double[] {2.5, 0.5, 1.625}, 3), 1e-12);
        }
    }

    private static void forms(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, DIM));
        Forms.agree(c, model(c, taylor(true)), x, 1e-10, 1, 7, 16, 23);
        // The same on heads alone, in F32, against the square of weights.
        Tensor q = c.normal("q", 1, 2, 33, 4);
        Tensor k = c.normal("k", 1, 2, 33, 4);
        Tensor v = c.normal("v", 1, 2, 33, 5);
        TaylorMap m = new TaylorMap(4, true);
        Tensor dense = quadratic(q, k, v);
        for (var a : Forms.of(1, 7, 16)) {
            Tensor o = Fused.recur(m.apply(q), m.apply(k), LinearAttention.counted(v))
                    .algorithm(a)
                    .run()
                    .o();
            c.close("float32, " + a, LinearAttention.divided(o, 1e-12), dense, 1e-5);
        }
    }

    private static Tensor normalised(Tensor q, Tensor k) {
        int n = q.dim(2);
        Tensor s = q.matmulT(k).div(Math.sqrt(q.dim(3)));
        Tensor w = s.mul(s.mul(0.5).add(1))
                .add(1)
                .mul(Forms.decayMask(new double[1], n).cast(q.dtype()));
        return w.div(w.sumKeep(3).add(1e-12));
    }

    /** The mixing of the Taylor form itself, in chunks of 5. */
    private static Tensor taylor(Tensor q, Tensor k, Tensor v) {
        Form.Taylor f = new Form.Taylor(q.dim(1), q.dim(3), v.dim(3), true, 5, 1e-12);
        return new BasedProvider()
                .core(new BasedConfig(DIM, f))
                .orElseThrow()
                .mix(Tensors.of("q", q, "k", k, "v", v))
                .get("o");
    }

    private static Tensor quadratic(Tensor q, Tensor k, Tensor v) {
        return normalised(q, k).matmul(v);
    }

    private static void packed(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 17, DIM));
        Model a = model(c, taylor(true));
        Model b = model(c, taylor(false));
        for (Call.Algorithm form : List.of(new Call.Algorithm.Auto(), new Call.Algorithm.Recurrent())) {
            c.close(form.toString(), Forms.run(a, x, form), Forms.run(b, x, form), 1e-12);
        }
    }

    private static void stream(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 19, DIM));
        for (Form f : List.of(taylor(true), new Form.Window(2, 4), new Form.Convolution(3))) {
            Model m = model(c, f);
            Forms.streams(c, m, x, 1e-10);
            Forms.causal(c, m, x, 9);
        }
    }

    private static void weights(CheckContext c) {
        Tensor q = c.normal64("q", 2, 2, 21, 4);
        Tensor k = c.normal64("k", 2, 2, 21, 4);
        // Values that are the identity read the weights.
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, 21), 21, DType.F64).expand(2, 2, 21, 21);
        Tensor w = taylor(q, k, eye);
        c.close("sum", w.sum(3), Tensor.ones(DType.F64, 2, 2, 21), 1e-10);
        c.isTrue("no weight is negative", w.min().item() >= 0);
        Tensor past = Forms.decayMask(new double[1], 21);
        c.isTrue(
                "those of the past are positive", w.add(past.neg().add(1)).min().item() > 0);
        c.close("1 + s + s^2/2 over the row's sum", w, normalised(q, k), 1e-10);
        Model m = model(c, taylor(true));
        Tensor v = m.params().param("proj_v.weight").value();
        m.params().param("proj_v.weight").set(Ops.zerosLike(v));
        Tensor y = Forms.run(m, Tensors.of("x", c.normal64("x", 1, 9, DIM)), new Call.Algorithm.Auto());
        c.close("values of 0", y, Ops.zerosLike(y), 0);
    }

    private static void nearSoftmax(CheckContext c) {
        Tensor q = c.draws().uniform("q", DType.F64, 1, 2, 30, 4).sub(0.5).mul(0.4);
        Tensor k = c.draws().uniform("k", DType.F64, 1, 2, 30, 4).sub(0.5).mul(0.4);
        Tensor v = c.normal64("v", 1, 2, 30, 4);
        Tensor s = q.matmulT(k).div(2);
        c.isTrue("scores stay below 0.1", Ops.abs(s).max().item() <= 0.1);
        Tensor soft = Fused.attend(q).keys(k, v).causal().o();
        c.isTrue(
                "largest difference from softmax",
                Ops.abs(taylor(q, k, v).sub(soft)).max().item() <= 1e-3);
    }

    private static void window(CheckContext c) {
        Tensor x = c.normal64("x", 2, 11, DIM);
        Model m = model(c, new Form.Window(2, 16));
        Rope rope = Rope.halves(10000);
        Tensor at = Ops.iota(DType.I64, 11);
        Tensor q = rope.rotate(heads(m, "proj_q", x), at);
        Tensor k = rope.rotate(heads(m, "proj_k", x), at);
        Tensor full = Fused.attend(q).keys(k, heads(m, "proj_v", x)).causal().o();
        Tensor expected = Fused.linear(
                Heads.merge(full), m.params().param("out_proj.weight").value());
        c.close("w >= T", Forms.run(m, Tensors.of("x", x), new Call.Algorithm.Auto()), expected, 1e-10);
        Model one = model(c, new Form.Window(2, 1));
        Tensor v = Fused.linear(x, one.params().param("proj_v.weight").value());
        c.close(
                "w = 1",
                Forms.run(one, Tensors.of("x", x), new Call.Algorithm.Auto()),
                Fused.linear(v, one.params().param("out_proj.weight").value()),
                1e-12);
    }

    private static Tensor heads(Model m, String name, Tensor x) {
        return Heads.split(Fused.linear(x, m.params().param(name + ".weight").value()), 2);
    }

    private static void bytes(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 1, 40, DIM));
        bytes(c, taylor(false), x, 8L * 2 * (1 + 3 + 9) * (4 + 1));
        bytes(c, taylor(true), x, 8L * 2 * (1 + 3 + 6) * (4 + 1));
        bytes(c, new Form.Window(2, 16), x, 8L * 16 * 2 * DIM);
        bytes(c, new Form.Window(2, 64), x, 8L * 2 * 40 * DIM);
    }

    private static void bytes(CheckContext c, Form form, Tensors x, long expected) {
        Streaming layer = (Streaming) model(c, form).layer();
        var s = layer.open(Opening.of(1).with(DType.F64));
        layer.advance(x, s, Call.eval());
        c.equal("bytes of " + form, s.usage().bytes(), expected);
    }
}
