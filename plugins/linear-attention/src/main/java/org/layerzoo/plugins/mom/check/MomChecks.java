package org.layerzoo.plugins.mom.check;

import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Seqs;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Primitive;
import org.layerzoo.core.op.norm.Root;
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
import org.layerzoo.plugins.mom.MomConfig;
import org.layerzoo.plugins.mom.MomConfig.Routing;
import org.layerzoo.plugins.mom.MomConfig.Rule;
import org.layerzoo.plugins.mom.MomProvider;

/** The Checks of the MoM sheet. */
public final class MomChecks {
    private static final int T = 11;
    private static final int D = 8;
    private static final int SLOTS = 3;

    private MomChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: one memory is the base layer", MomChecks::single),
                new Check("check-2: k = M equal memories are the base layer", MomChecks::equal),
                new Check("check-3: packed path equals a loop over all memories", MomChecks::dense),
                new Check("check-4: a memory stands still for other tokens", MomChecks::still),
                new Check("check-5: mixing states equals mixing reads", MomChecks::mixed),
                new Check("check-6: router weights and their gradient", MomChecks::router),
                new Check("check-7: streaming, causality, balance", MomChecks::stream),
                new Check("check-8: memories may be shuffled", MomChecks::shuffled),
                new Check("rules of slots and decays: packed, streamed and looped", MomChecks::rules));
    }

    private static Model model(CheckContext c, Routing r, Rule rule, DType dtype) {
        MomConfig config = new MomConfig(D, 2, 4, 1.5, r, rule, SLOTS, true, 4, 1e-5);
        return Models.build(
                "",
                new MomProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(dtype));
    }

    private static Model model(CheckContext c, Routing r) {
        return model(c, r, Rule.GATED_DELTA, DType.F64);
    }

    private static Routing routing(int memories, int top, boolean shared) {
        return new Routing(memories, top, shared, false, 1, 0.01);
    }

    private static Tensor run(Model m, Tensor x) {
        return Forms.run(m, Tensors.of("x", x), new Call.Algorithm.Auto());
    }

    private static Tensor weight(Model m, String name) {
        return m.params().param(name + ".weight").value();
    }

    private static Tensor heads(Tensor x) {
        return x.reshape(x.dim(0), x.dim(1), 2, x.dim(2) / 2).permute(0, 2, 1, 3);
    }

    /** Router weights [B, T, M] with zeros. */
    private static Tensor weights(Model m, Tensor x, int top) {
        Tensor p = Fused.softmax(Fused.linear(x, weight(m, "gate")), -1);
        var best = Ops.topK(p, top, -1, Primitive.TopKOrder.BY_VALUE);
        Tensor w = best.getFirst().div(best.getFirst().sumKeep(-1));
        return Ops.scatterSet(Ops.zerosLike(p), -1, best.getLast(), w);
    }

    /** A memory token by token under masks. */
    private static final class Masked {
        private final Rule rule;
        private final Tensor[] in;
        private final Tensor[] filters;
        private final Tensor[] windows = new Tensor[3];
        private final Tensor log;
        private final Tensor beta;
        private Tensor state;

        Masked(Model m, Tensor x, String pattern, Rule rule) {
            this.rule = rule;
            List<String> names = List.of("q_proj", pattern.replace("?", "k"), pattern.replace("?", "v"));
            in = names.stream().map(n -> Fused.linear(x, weight(m, n))).toArray(Tensor[]::new);
            filters = List.of("q", "k", "v").stream()
                    .map(n -> weight(m, n + "_conv1d"))
                    .map(w -> w.reshape(w.dim(0), 4).transpose(0, 1))
                    .toArray(Tensor[]::new);
            for (int i = 0; i < 3; i++) {
                windows[i] = Tensor.zeros(DType.F64, x.dim(0), 3, in[i].dim(2));
            }
            log = log(m, x, pattern);
            beta = rule == Rule.GATED_DELTA || rule == Rule.DELTA
                    ? perHead(Ops.sigmoid(Fused.linear(x, weight(m, pattern.replace("?", "b")))))
                    : Ops.exp(log).neg().add(1);
            state = Tensor.zeros(DType.F64, x.dim(0), 2, rule == Rule.SLOTS ? SLOTS : 4, rule == Rule.SLOTS ? 10 : 6);
        }

        private static Tensor perHead(Tensor x) {
            return x.permute(0, 2, 1).unsqueeze(3);
        }

        /** Log decays [B, H, T, keys, slots or 1]; of TIED_DECAY they are the keys'. */
        private Tensor log(Model m, Tensor x, String pattern) {
            int b = x.dim(0);
            String a = pattern.replace("?", "a");
            return switch (rule) {
                case FIXED_DECAY ->
                    Tensor.of(new double[] {Math.log(1 - 1 / 32.0), Math.log(1 - 1 / 64.0)}, 1, 2, 1, 1)
                            .expand(b, 2, T, 1);
                case DELTA, LINEAR, TIED_DECAY -> Tensor.zeros(DType.F64, b, 2, T, 1);
                case KEY_DECAY ->
                    Ops.logSigmoid(heads(Fused.linear(x, weight(m, a)))).div(16);
                case SLOTS ->
                    Ops.logSigmoid(heads(Fused.linear(x, weight(m, a)))).div(8);
                case GATED_DELTA, DECAY ->
                    perHead(Ops.softplus(Fused.linear(x, weight(m, a))
                                    .add(m.params().param("dt_bias").value()))
                            .mul(Ops.exp(m.params().param("A_log").value()))
                            .neg());
            };
        }

        /** Read [B, H, 1, dv] of the memory after token t. @param sent BOOL [B], whether it was sent the token */
        Tensor step(int t, Tensor sent) {
            Tensor[] h = new Tensor[3];
            Tensor here = sent.reshape(sent.dim(0), 1, 1);
            for (int i = 0; i < 3; i++) {
                Tensor seen = Ops.concat(1, windows[i], in[i].slice(1, t, t + 1));
                windows[i] = Ops.where(here, seen.slice(1, 1, 4), windows[i]);
                Tensor z = seen.mul(filters[i]).sumKeep(1);
                h[i] = heads(rule == Rule.TIED_DECAY && i == 1 ? z : Ops.silu(z));
            }
            if (rule == Rule.SLOTS) {
                return slots(t, h, here.unsqueeze(3));
            }
            boolean tied = rule == Rule.TIED_DECAY;
            Tensor kept = tied ? Ops.sigmoid(h[1]) : Ops.exp(log.select(2, t)).unsqueeze(2);
            Tensor q = tied ? h[0] : Fused.l2Norm(h[0], -1, 1e-6, Root.INSIDE);
            Tensor k = tied ? kept.neg().add(1) : Fused.l2Norm(h[1], -1, 1e-6, Root.INSIDE);
            Tensor faded = state.mul(kept.transpose(2, 3));
            boolean corrects = rule == Rule.GATED_DELTA || rule == Rule.DELTA;
            Tensor u =
                    corrects ? h[2].sub(k.matmul(faded)).mul(beta.select(2, t).unsqueeze(3)) : h[2];
            state = Ops.where(here.unsqueeze(3), faded.add(k.tMatmul(u)), state);
            return q.matmul(state).mul(0.5);
        }

        /** Slots hold a key and a value each: [B, H, m, dk + dv]. */
        private Tensor slots(int t, Tensor[] h, Tensor here) {
            Tensor keep = Ops.exp(log.select(2, t)).unsqueeze(3);
            Tensor written = beta.select(2, t).unsqueeze(3).mul(Ops.concat(3, h[1], h[2]));
            state = Ops.where(here, state.mul(keep).add(written), state);
            Tensor weights = Fused.softmax(h[0].matmulT(state.slice(3, 0, 4)), -1);
            return weights.matmul(state.slice(3, 4, 10));
        }
    }

    /** The layer with every memory run over all tokens under masks. */
    private static Tensor looped(Model m, Tensor x, Tensor weights, boolean shared) {
        return looped(m, x, weights, shared, Rule.GATED_DELTA);
    }

    private static Tensor looped(Model m, Tensor x, Tensor weights, boolean shared, Rule rule) {
        Tensor total = Tensor.zeros(DType.F64, x.dim(0), 2, T, 6);
        int memories = weights.dim(2);
        for (int i = 0; i < memories + (shared ? 1 : 0); i++) {
            Tensor w = i < memories ? weights.select(2, i) : Tensor.ones(DType.F64, x.dim(0), T);
            boolean single = m.params().params().containsKey("k_proj.weight");
            String routed = single ? "?_proj" : "?_proj." + i;
            Masked memory = new Masked(m, x, i < memories || single ? routed : "shared_?", rule);
            Tensor[] o = new Tensor[T];
            for (int t = 0; t < T; t++) {
                o[t] = memory.step(t, w.select(1, t).gt(0));
            }
            total = total.add(Ops.concat(2, o).mul(w.unsqueeze(1).unsqueeze(3)));
        }
        Tensor norm = Fused.rmsNorm(total, weight(m, "o_norm"), 1e-5);
        Tensor flat = norm.permute(0, 2, 1, 3).reshape(x.dim(0), T, 12);
        return Fused.linear(flat.mul(Ops.silu(Fused.linear(x, weight(m, "g_proj")))), weight(m, "o_proj"));
    }

    private static Tensor base(Model m, Tensor x) {
        return looped(m, x, Tensor.ones(DType.F64, x.dim(0), T, 1), false);
    }

    private static void single(CheckContext c) {
        Model m = model(c, routing(1, 1, false));
        Tensor x = c.normal64("x", 2, T, D);
        c.close("y", run(m, x), base(m, x), 1e-10);
    }

    private static void equal(CheckContext c) {
        Model m = model(c, routing(3, 3, false));
        for (String n : List.of("k", "v", "b", "a")) {
            for (int i = 1; i < 3; i++) {
                m.params().param(n + "_proj." + i + ".weight").set(weight(m, n + "_proj.0"));
            }
        }
        Tensor x = c.normal64("x", 2, T, D);
        c.close("y", run(m, x), base(m, x), 1e-10);
    }

    private static void dense(CheckContext c) {
        Tensor x = c.normal64("x", 2, T, D);
        for (boolean shared : new boolean[] {false, true}) {
            Model m = model(c, routing(4, 2, shared));
            Tensor expected = looped(m, x, weights(m, x, 2), shared);
            c.close("shared " + shared, run(m, x), expected, 1e-10);
            Model narrow = model(c, routing(4, 2, shared), Rule.GATED_DELTA, DType.F32);
            narrow.params().load(m.params().values().map(t -> t.cast(DType.F32)), true);
            c.close("in float32", run(narrow, x.cast(DType.F32)), expected.cast(DType.F32), 1e-5);
        }
        dropped(c, x);
    }

    /** A memory of capacity 4 runs in training as if it had been sent its last 5 tokens. */
    private static void dropped(CheckContext c, Tensor x) {
        Model m = model(c, new Routing(3, 2, false, false, 4.0 / T, 0));
        Tensor w = weights(m, x, 2);
        Tensor later = Ops.scan(Primitive.ScanKind.SUM, w.gt(0).cast(DType.F64), 1, true, false);
        Tensor kept = Ops.where(later.le(4), w, Ops.zerosLike(w));
        Tensor y = m.forward(Tensors.of("x", x), Call.train(0, c.draws())).get("y");
        c.close("capacity 4", y, looped(m, x, kept, false), 1e-10);
        c.close("in inference nothing is dropped", run(m, x), looped(m, x, w, false), 1e-10);
        apart(c, x);
    }

    /** With half of its tokens for a memory, each of two sequences is what it is alone: packed, or in a batch with a shorter one. */
    private static void apart(CheckContext c, Tensor x) {
        Model m = model(c, new Routing(3, 2, true, false, 0.5, 0.01));
        Tensor row = x.slice(0, 0, 1);
        Tensor first = trained(c, m, row.slice(1, 0, 4), Seqs.whole());
        Tensor second = trained(c, m, row.slice(1, 4, T), Seqs.whole());
        Tensor packed = trained(c, m, row, Seqs.packed(Tensor.of(new long[] {0, 4, T}, 3)));
        c.close("packed", packed, Ops.concat(1, first, second), 1e-10);
        Tensor both = trained(c, m, x, Seqs.padded(Tensor.of(new long[] {4, T}, 2)));
        c.close("in front of pads", both.slice(0, 0, 1).slice(1, 0, 4), first, 1e-10);
        c.close("beside it", both.slice(0, 1, 2), trained(c, m, x.slice(0, 1, 2), Seqs.whole()), 1e-10);
    }

    private static Tensor trained(CheckContext c, Model m, Tensor x, Seqs seqs) {
        return m.forward(Tensors.of("x", x), Call.train(0, c.draws()).with(seqs))
                .get("y");
    }

    private static void rules(CheckContext c) {
        for (Rule rule : Rule.values()) {
            rule(c, rule, rule.ordinal() % 2 == 0);
        }
        Tensor x = c.normal64("x", 2, T, D);
        Model m = model(c, new Routing(4, 2, true, true, 1, 0));
        c.close("one set of projections", run(m, x), looped(m, x, weights(m, x, 2), true), 1e-10);
    }

    private static void rule(CheckContext c, Rule rule, boolean shared) {
        Tensor x = c.normal64("x", 2, T, D);
        String what = rule + (shared ? ", shared" : "");
        Model m = model(c, routing(4, 2, shared), rule, DType.F64);
        c.close(what, run(m, x), looped(m, x, weights(m, x, 2), shared, rule), 1e-10);
        Forms.agree(c, m, Tensors.of("x", x), 1e-9, 3);
        Forms.causal(c, m, Tensors.of("x", x), 6);
        // The vectors hold the gradients of the first, and the others are parts of it.
        if (rule == Rule.GATED_DELTA || rule == Rule.DELTA || rule == Rule.DECAY || rule == Rule.LINEAR) {
            return;
        }
        String gate = m.params().params().containsKey("a_proj.1.weight") ? "a_proj.1" : "v_proj.1";
        List<Tensor> at = List.of(x, weight(m, gate), weight(m, "k_proj.2"), weight(m, "gate"));
        Tensor cot = c.normal64("cot", 2, T, D);
        List<Tensor> packed = Forms.gradients(at, cot, y -> List.of(run(m, y.getFirst())));
        List<Tensor> dense = Forms.gradients(
                at, cot, y -> List.of(looped(m, y.getFirst(), weights(m, y.getFirst(), 2), shared, rule)));
        for (int i = 0; i < at.size(); i++) {
            c.close("gradient " + i + ", " + what, packed.get(i), dense.get(i), 1e-8);
        }
    }

    private static void still(CheckContext c) {
        Model m = model(c, routing(4, 2, true));
        Tensor x = c.normal64("x", 1, T, D);
        Tensor w = weights(m, x, 2);
        State s = ((Streaming) m.layer()).open(Opening.of(1).with(DType.F64));
        int stood = 0;
        for (int t = 0; t < T; t++) {
            Tensor before = s.fixed("S").get();
            Tensor inputs = s.fixed("routed_k_conv1d").get();
            ((Streaming) m.layer()).advance(Tensors.of("x", x.slice(1, t, t + 1)), s, Call.eval());
            for (int i = 0; i < 4; i++) {
                if (w.get(0, t, i) == 0) {
                    Tensor after = s.fixed("S").get().slice(1, 2 * i, 2 * i + 2);
                    c.same("state of memory " + i + " at " + t, after, before.slice(1, 2 * i, 2 * i + 2));
                    c.same("its inputs", s.fixed("routed_k_conv1d").get().select(1, i), inputs.select(1, i));
                    stood++;
                }
            }
        }
        c.equal("memories that stood still", stood, 2 * T);
    }

    private static void mixed(CheckContext c) {
        Tensor q = c.normal64("q", 5, 1, 4);
        Tensor states = c.normal64("S", 5, 3, 4, 6);
        Tensor g = Fused.softmax(c.normal64("g", 5, 3), -1).unsqueeze(2).unsqueeze(3);
        Tensor reads = q.unsqueeze(1).matmul(states).mul(g).sum(1);
        c.close("one read of the mixture", q.matmul(states.mul(g).sum(1)), reads, 1e-6);
    }

    private static void router(CheckContext c) {
        Model m = model(c, routing(4, 2, false));
        Tensor x = c.normal64("x", 2, T, D);
        Tensor w = weights(m, x, 2);
        c.close("sum", w.sum(2), Tensor.ones(DType.F64, 2, T), 1e-12);
        c.close("two are not zero", w.gt(0).cast(DType.F64).sum(2), Tensor.full(DType.F64, 2, 2, T), 0);
        c.isTrue("W_g learns", slope(m, x) > 1e-6);
        // With one choice the weight is 1 whatever the scores, so nothing but the index hangs on W_g.
        double norm = slope(model(c, routing(4, 1, false)), x);
        c.isTrue("no gradient through the index: " + norm, norm < 1e-12);
    }

    /** |d sum y^2 / d W_g|. */
    private static double slope(Model m, Tensor x) {
        Tensor at = weight(m, "gate");
        Tape tape = new Tape().watch(at);
        Tensor y = tape.record(() -> Ops.square(run(m, x)).sum());
        return Errors.norm(tape.gradient(y, List.of(at)).getFirst());
    }

    private static void stream(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, T, D));
        Model usual = model(c, routing(4, 2, true));
        Forms.agree(c, usual, x, 1e-10, 1, 4);
        Forms.causal(c, usual, x, 9);
        Model m = model(c, new Routing(4, 2, true, true, 1, 0));
        Forms.agree(c, m, x, 1e-10, 16);
        Tensor row = x.get("x").slice(0, 0, 1);
        Call packed = Call.eval().with(Seqs.packed(Tensor.of(new long[] {0, 5, T}, 3)));
        Tensor apart = Ops.concat(1, run(m, row.slice(1, 0, 5)), run(m, row.slice(1, 5, T)));
        c.close("packed", m.forward(Tensors.of("x", row), packed).get("y"), apart, 1e-10);
        balanced(c);
    }

    /** A router that sends too many tokens to some of four memories spreads them under the loss. */
    private static void balanced(CheckContext c) {
        Model m = model(c, routing(4, 2, false));
        Tensor mean = c.normal64("mean", D);
        Tensor along = mean.div(Errors.norm(mean));
        Tensor x = c.normal64("tokens", 1, 64, D).add(along.mul(3));
        Param gate = m.params().param("gate.weight");
        // All tokens lie on one side, and two memories look there.
        gate.set(Tensor.of(new double[] {1, 0.8, 0, 0}, 4, 1)
                .mul(along)
                .add(c.normal64("gate", 4, D).mul(0.2)));
        double before = load(m, x);
        for (int step = 0; step < 60; step++) {
            Tensor at = gate.value();
            Tape tape = new Tape().watch(at);
            Tensor loss = tape.record(() -> {
                Aux aux = Aux.collecting();
                m.forward(Tensors.of("x", x), Call.eval().with(aux));
                return aux.losses().get("balance").value();
            });
            gate.set(at.sub(tape.gradient(loss, List.of(at)).getFirst().mul(2)));
        }
        double after = load(m, x);
        c.isTrue("largest load over the mean from " + before + " to " + after, before > 1.5 && after < 1.5);
    }

    private static double load(Model m, Tensor x) {
        return weights(m, x, 2).gt(0).cast(DType.F64).mean(0, 1).max().item() / 0.5;
    }

    private static void shuffled(CheckContext c) {
        Model m = model(c, routing(4, 2, true));
        Tensor x = c.normal64("x", 2, T, D);
        Tensor y = run(m, x);
        Tensor order = Tensor.of(new long[] {2, 0, 3, 1}, 4);
        m.params().param("gate.weight").set(Ops.indexSelect(weight(m, "gate"), 0, order));
        for (String n : List.of("k", "v", "b", "a")) {
            List<Tensor> old = List.of(0, 1, 2, 3).stream()
                    .map(i -> weight(m, n + "_proj." + i))
                    .toList();
            for (int i = 0; i < 4; i++) {
                m.params().param(n + "_proj." + i + ".weight").set(old.get((int) order.get(i)));
            }
        }
        c.close("y", run(m, x), y, 1e-12);
    }
}
