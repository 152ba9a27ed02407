package org.layerzoo.plugins.nha.check;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
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
import org.layerzoo.plugins.nha.NhaConfig;
import org.layerzoo.plugins.nha.NhaProvider;
import org.layerzoo.plugins.nha.SlotsAndWindow;

/** The Checks of the NHA sheet. */
public final class NhaChecks {
    private static final int T = 23;

    private NhaChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: merged log-sum-exps are one softmax", NhaChecks::joint),
                new Check("check-2: slots alone, window alone", NhaChecks::alone),
                new Check("check-3: gates open and shut", NhaChecks::limits),
                new Check("check-4: streaming, causality, wrap-around", NhaChecks::stream),
                new Check("check-5: a shift of all positions changes nothing", NhaChecks::shifted),
                new Check("check-6: GQA equals expanded, packed equals apart", NhaChecks::grouped),
                new Check("check-7: gradient through the merge", NhaChecks::gradient),
                new Check("the loss of usage is a cross-entropy that moves the slots alone", NhaChecks::usage));
    }

    /** q, k, v, gate logits, rotated q and k. */
    private static List<Tensor> draw(CheckContext c) {
        return List.of(
                c.normal64("q", 2, 2, T, 4),
                c.normal64("k", 2, 2, T, 4),
                c.normal64("v", 2, 2, T, 5),
                c.normal64("f", 2, 2, T, 3),
                c.normal64("rq", 2, 2, T, 4),
                c.normal64("rk", 2, 2, T, 4));
    }

    private static GatedSlots slots(List<Tensor> x) {
        Tensor log = Ops.logSigmoid(x.get(3));
        return new GatedSlots(x.get(0), x.get(1), x.get(2), Ops.expm1(log).neg(), log, 0.5);
    }

    private static Fused.Part window(List<Tensor> x, int w) {
        return SlotsAndWindow.window(x.get(4), x.get(5), x.get(2), w, 0.5, Optional.empty());
    }

    private static Fused.Part merged(List<Tensor> x, int w) {
        return SlotsAndWindow.joint(slots(x).part((n, r) -> r.run().o()), window(x, w));
    }

    /** BOOL [T, T]: j in (i - w, i]. */
    private static Tensor near(int w) {
        Tensor row = Ops.iota(DType.I64, T).unsqueeze(1);
        Tensor column = Ops.iota(DType.I64, T);
        return column.le(row).and(column.gt(row.sub(Tensor.of(new long[] {w}, 1, 1))));
    }

    /** Weights [2, 2, T, m + T] of one softmax, slots first. */
    private static Tensor weights(List<Tensor> x, int w) {
        Tensor far = slots(x).scores((n, r) -> r.run().o());
        Tensor scores = x.get(4).matmulT(x.get(5)).mul(0.5);
        Tensor hidden = Tensor.scalar(DType.F64, Double.NEGATIVE_INFINITY);
        return Fused.softmax(Ops.concat(3, far, Ops.where(near(w), scores, hidden)), 3);
    }

    /** The sheet's formula with the memories written out token by token. */
    private static Tensor concatenated(List<Tensor> x, int w) {
        Tensor p = weights(x, w);
        Tensor keep = Ops.sigmoid(x.get(3));
        Tensor values = Tensor.zeros(DType.F64, 2, 2, 3, 5);
        Tensor[] o = new Tensor[T];
        for (int t = 0; t < T; t++) {
            Tensor a = keep.slice(2, t, t + 1).transpose(2, 3);
            values = values.mul(a).add(a.neg().add(1).mul(x.get(2).slice(2, t, t + 1)));
            Tensor row = p.slice(2, t, t + 1);
            o[t] = row.slice(3, 0, 3).matmul(values).add(row.slice(3, 3, 3 + T).matmul(x.get(2)));
        }
        return Ops.concat(2, o);
    }

    private static void joint(CheckContext c) {
        List<Tensor> x = draw(c);
        c.close("o", merged(x, 5).o(), concatenated(x, 5), 1e-10);
        c.close("weights", weights(x, 5).sum(3), Tensor.ones(DType.F64, 2, 2, T), 1e-12);
        List<Tensor> narrow = x.stream().map(t -> t.cast(DType.F32)).toList();
        c.close("in float32", merged(narrow, 5).o(), concatenated(x, 5).cast(DType.F32), 1e-5);
    }

    private static Model model(CheckContext c, int kvHeads, int slots, int window, boolean delay) {
        NhaConfig config = new NhaConfig(8, 2, kvHeads, slots, window, delay, 8, 0.5, 0);
        return Models.build(
                "",
                new NhaProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return Forms.run(m, Tensors.of("x", x), new Call.Algorithm.Auto());
    }

    /** y from o as the layer makes it. */
    private static Tensor read(Model m, Tensor o) {
        Tensor flat = o.permute(0, 2, 1, 3).reshape(2, T, 8);
        Tensor norm =
                Fused.rmsNorm(Ops.silu(flat), m.params().param("g_norm.weight").value(), 1e-5);
        return Fused.linear(norm, m.params().param("o_proj.weight").value());
    }

    private static Tensor heads(Model m, String name, Tensor x) {
        Tensor y = Fused.linear(x, m.params().param(name + "_proj.weight").value());
        return y.reshape(2, T, 2, y.dim(2) / 2).permute(0, 2, 1, 3);
    }

    private static void alone(CheckContext c) {
        Tensor x = c.normal64("x", 2, T, 8);
        Model m = model(c, 2, 3, 0, false);
        Tensor log = Ops.logSigmoid(heads(m, "f", x)).div(8);
        Tensor o = new GatedSlots(
                        Ops.silu(heads(m, "q", x)),
                        Ops.silu(heads(m, "k", x)),
                        Ops.silu(heads(m, "v", x)),
                        Ops.expm1(log).neg(),
                        log,
                        0.5)
                .read((n, r) -> r.run().o());
        c.close("w = 0 is gated slot attention", run(m, x), read(m, o), 1e-12);
        Model w = model(c, 2, 0, 5, false);
        var rope = org.layerzoo.nn.Rope.halves(10000);
        Tensor at = Ops.iota(DType.I64, T);
        Tensor q = rope.rotate(heads(w, "q", x), at);
        Tensor k = rope.rotate(heads(w, "k", x), at);
        Tensor seen = Fused.attend(q)
                .keys(k, Ops.silu(heads(w, "v", x)))
                .mask(near(5))
                .scale(0.5)
                .o();
        c.close("m = 0 is attention in a window", run(w, x), read(w, seen), 1e-12);
    }

    private static void limits(CheckContext c) {
        List<Tensor> x = draw(c);
        List<Tensor> open =
                List.of(x.get(0), x.get(1), x.get(2), Ops.zerosLike(x.get(3)).add(800), x.get(4), x.get(5));
        Tensor keys = Ops.concat(2, Tensor.zeros(DType.F64, 2, 2, 3, 4), x.get(5));
        Tensor values = Ops.concat(2, Tensor.zeros(DType.F64, 2, 2, 3, 5), x.get(2));
        Tensor seen = Ops.concat(1, Tensor.ones(DType.F64, T, 3).gt(0), near(T));
        Tensor full =
                Fused.attend(x.get(4)).keys(keys, values).mask(seen).scale(0.5).o();
        c.close("a = 1, w = T: null entries", merged(open, T).o(), full, 1e-10);
        List<Tensor> shut =
                List.of(x.get(0), x.get(1), x.get(2), Ops.zerosLike(x.get(3)).sub(60), x.get(4), x.get(5));
        Fused.Part slots = slots(shut).part((n, r) -> r.run().o());
        c.close("a = 0: the current token's value", slots.o(), x.get(2), 1e-10);
        Tensor score = x.get(0).mul(x.get(1)).sum(3).mul(0.5).add(Math.log(3));
        c.close("and its key in every slot", slots.lse(), score, 1e-10);
    }

    private static void stream(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, T, 8));
        for (boolean delay : new boolean[] {false, true}) {
            Model m = model(c, 1, 3, 5, delay);
            Forms.agree(c, m, x, 1e-10, 1, 16);
            Forms.causal(c, m, x, 11);
            Tensor whole = run(m, x.get("x"));
            State s = ((Streaming) m.layer()).open(Opening.of(2).with(DType.F64));
            // One token at a time past the window's end at 5, then a piece longer than the window.
            for (int t = 0; t < T; t = t < 7 ? t + 1 : T) {
                int end = t < 7 ? t + 1 : T;
                Tensors piece = Tensors.of("x", x.get("x").slice(1, t, end));
                Tensor y =
                        ((Streaming) m.layer()).advance(piece, s, Call.eval()).get("y");
                c.close("tokens " + t + " to " + end, y, whole.slice(1, t, end), 1e-10);
            }
        }
    }

    private static void shifted(CheckContext c) {
        Model m = model(c, 2, 3, 5, false);
        Tensors x = Tensors.of("x", c.normal64("x", 2, T, 8));
        Tensor at = Ops.iota(DType.I64, T).add(Tensor.of(new long[] {1000}, 1));
        Tensor moved = m.forward(x, Call.eval().with(Seqs.at(at))).get("y");
        c.close("positions from 1000 on", moved, run(m, x.get("x")), 1e-9);
    }

    private static void grouped(CheckContext c) {
        Model one = model(c, 1, 3, 5, true);
        Model two = model(c, 2, 3, 5, true);
        for (String n : one.params().values().names()) {
            Tensor w = one.params().param(n).value();
            boolean shared =
                    List.of("k_proj.weight", "v_proj.weight", "f_proj.weight").contains(n);
            two.params().param(n).set(shared ? Ops.concat(0, w, w) : w);
        }
        Tensor x = c.normal64("x", 2, T, 8);
        c.close("GQA", run(one, x), run(two, x), 1e-12);
        Tensor row = x.slice(0, 0, 1);
        for (boolean delay : new boolean[] {false, true}) {
            Model m = model(c, 1, 3, 5, delay);
            Call packed = Call.eval().with(Seqs.packed(Tensor.of(new long[] {0, 9, T}, 3)));
            Tensor apart = Ops.concat(1, run(m, row.slice(1, 0, 9)), run(m, row.slice(1, 9, T)));
            c.close("packed", m.forward(Tensors.of("x", row), packed).get("y"), apart, 1e-10);
        }
    }

    private static void usage(CheckContext c) {
        NhaConfig config = new NhaConfig(8, 2, 2, 3, 5, false, 8, 0.5, 0.3);
        Model m = Models.build(
                "",
                new NhaProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        Tensor x = c.normal64("x", 2, T, 8);
        List<Tensor> at = List.of("f", "k").stream()
                .map(n -> m.params().param(n + "_proj.weight").value())
                .toList();
        Tape tape = new Tape().watch(at);
        Tensor loss = tape.record(() -> {
            Aux aux = Aux.collecting();
            m.forward(Tensors.of("x", x), Call.eval().with(aux));
            return aux.losses().get("usage").value();
        });
        List<Tensor> given = tape.gradient(loss, at);
        Tape dense = new Tape().watch(at);
        Tensor expected = dense.record(() -> crossEntropy(m, x));
        c.close("loss", loss.item(), expected.item(), 1e-10);
        List<Tensor> slopes = dense.gradient(expected, at);
        c.close("gradient of the gates", given.get(0), slopes.get(0), 1e-9);
        c.close("gradient of the keys, as slots have them", given.get(1), slopes.get(1), 1e-9);
    }

    /** -log sigmoid(L - W) over tokens and heads, for the log-sum-exps L of slots and W of the window, the latter taken as it is. */
    private static Tensor crossEntropy(Model m, Tensor x) {
        Tensor log = Ops.logSigmoid(heads(m, "f", x)).div(8);
        Fused.Part slots = new GatedSlots(
                        Ops.silu(heads(m, "q", x)),
                        Ops.silu(heads(m, "k", x)),
                        Ops.silu(heads(m, "v", x)),
                        Ops.expm1(log).neg(),
                        log,
                        0.5)
                .part((n, r) -> r.run().o());
        var rope = org.layerzoo.nn.Rope.halves(10000);
        Tensor at = Ops.iota(DType.I64, T);
        Tensor scores = rope.rotate(heads(m, "q", x), at)
                .matmulT(rope.rotate(heads(m, "k", x), at))
                .mul(0.5);
        Tensor hidden = Tensor.scalar(DType.F64, Double.NEGATIVE_INFINITY);
        Tensor window = Ops.logSumExp(Ops.where(near(5), scores, hidden), false, -1);
        Tensor p = Ops.sigmoid(slots.lse().sub(Ops.stop(window)));
        return Ops.log(p).neg().mean();
    }

    private static void gradient(CheckContext c) {
        List<Tensor> x = draw(c);
        Tensor cot = c.normal64("cot", 2, 2, T, 5);
        List<Tensor> explicit = Forms.gradients(x, cot, y -> List.of(concatenated(y, 5)));
        List<Tensor> merged = Forms.gradients(x, cot, y -> List.of(merged(y, 5).o()));
        for (int i = 0; i < 6; i++) {
            c.close("gradient " + i, merged.get(i), explicit.get(i), 1e-9);
        }
    }
}
