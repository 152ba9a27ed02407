package org.layerzoo.plugins.blockrecurrenttransformer.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Tape;
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
import org.layerzoo.nn.memory.StateGate;
import org.layerzoo.nn.memory.WindowTokens;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Cell;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Form;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Logits;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtConfig.Mask;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtModelConfig;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtModelProvider;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtProvider;

/** The feedback variant and the language model of the sheet. */
final class FeedbackChecks {
    private static final int W = 4;

    private FeedbackChecks() {}

    static List<Check> all() {
        return List.of(
                new Check("feedback: every layer reads the states, as defined", FeedbackChecks::definition),
                new Check("feedback: causal, streams, reaches the first layer", FeedbackChecks::reach),
                new Check("output: embedding, norm, head", FeedbackChecks::head));
    }

    private static BrtConfig config(boolean feedback) {
        Cell cell = new Cell(3, Form.SKIP, StateGate.Kind.FIXED, false, true);
        return new BrtConfig(8, 2, 4, 12, W, 2, 1, cell, Mask.STRICT, Logits.COSINE, feedback);
    }

    private static Model model(CheckContext c, boolean feedback) {
        return Models.build(
                "",
                new BrtProvider(),
                config(feedback),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void definition(CheckContext c) {
        Model m = model(c, true);
        Tensor x = c.normal64("x", 2, 14, 8);
        Tensor cot = c.normal64("cot", 2, 14, 8);
        List<Tensor> at = new ArrayList<>(List.of(x));
        m.params().trainable().forEach(p -> at.add(p.value()));
        List<List<Tensor>> out = new ArrayList<>();
        for (boolean naive : new boolean[] {true, false}) {
            Tape tape = new Tape().watch(at);
            Tensor y = tape.record(() -> naive ? new Naive(m).run(x) : BrtChecks.run(m, x));
            List<Tensor> g = new ArrayList<>(List.of(y));
            g.addAll(tape.gradient(List.of(y), List.of(cot), at));
            out.add(g);
        }
        c.close("y", out.get(1).get(0), out.get(0).get(0), 1e-11);
        c.close("gradient to x", out.get(1).get(1), out.get(0).get(1), 1e-10);
        for (int i = 2; i < at.size() + 1; i++) {
            String name = m.params().trainable().get(i - 2).path();
            c.close("gradient to " + name, out.get(1).get(i), out.get(0).get(i), 1e-9);
        }
    }

    private static void reach(CheckContext c) {
        Model m = model(c, true);
        Tensors x = Tensors.of("x", c.normal64("x", 1, 23, 8));
        Forms.causal(c, m, x, 13);
        Forms.streams(c, m, x, 1e-11);
        Tensor first = c.normal64("first", 1, 1, 8);
        Tensor other = Ops.concat(1, first, x.get("x").slice(1, 1, 23));
        // The last layer's share of the states is cut off, so that only layer 0 can bring token 0 to the end.
        for (boolean feedback : new boolean[] {true, false}) {
            Model cut = model(c, feedback);
            String name = "transformer1.tbase.post_attn_mlp.output_layer.kernel";
            Tensor w = BrtChecks.value(cut, name);
            cut.params().param(name).set(Ops.concat(0, w.slice(0, 0, 8), Ops.zerosLike(w.slice(0, 8, 16))));
            Tensor y = BrtChecks.run(cut, x.get("x")).slice(1, 12, 23);
            double moved = Errors.relative(BrtChecks.run(cut, other).slice(1, 12, 23), y);
            c.isTrue((feedback ? "with" : "without") + " feedback token 0 moves it by " + moved, moved > 0 == feedback);
        }
    }

    private static void head(CheckContext c) {
        Model lm = Models.build(
                "",
                new BrtModelProvider(),
                new BrtModelConfig(11, config(false)),
                Models.Options.of(c.draws().seed()).with(DType.F64));
        Model stack = model(c, false);
        stack.params().params().forEach((name, p) -> p.set(BrtChecks.value(lm, name)));
        Tensor ids = c.draws().integers("ids", 0, 11, 2, 9);
        Tensor table = BrtChecks.value(lm, "embed.embedding");
        Tensor y = BrtChecks.run(stack, Ops.oneHot(ids, 11, DType.F64).matmul(table));
        Tensor given = lm.forward(Tensors.of("tokens", ids), org.layerzoo.core.layer.Call.eval())
                .get("y");
        c.close("logits", given, y.matmulT(table).div(Math.sqrt(11)), 1e-11);
    }

    /** Section 3 with feedback, row by row: layers 0 and 1, of which 1 has the states; form SKIP under a fixed gate. */
    private record Naive(Model m) {
        private Tensor norm(Tensor x, String name) {
            return WindowTokens.norm(x, m.params().param(name));
        }

        private Tensor map(Tensor x, String name) {
            return x.matmul(BrtChecks.value(m, name));
        }

        private Tensor unit(Tensor h, String name) {
            return Fused.l2Norm(Heads.split(map(h, name), 2), -1, 1e-6, Root.INSIDE);
        }

        private Tensor scale(String name) {
            return BrtChecks.value(m, name).reshape(2, 1, 1);
        }

        private static Tensor attend(Tensor q, Tensor k, Tensor v) {
            return Fused.softmax(q.matmulT(k), 3).matmul(v);
        }

        Tensor run(Tensor x) {
            Tensor c = BrtChecks.value(m, "transformer1.recurrent_initial_state")
                    .unsqueeze(0)
                    .expand(x.dim(0), 3, 8);
            Tensor zero = Tensor.zeros(DType.F64, x.dim(0), 2, W, 4);
            List<Tensor> k = new ArrayList<>(List.of(zero, zero));
            List<Tensor> v = new ArrayList<>(List.of(zero, zero));
            List<Tensor> out = new ArrayList<>();
            String cell = "transformer1.recurrent_tbase.";
            for (int at = 0; at < x.dim(1); at += W) {
                Tensor y = x.slice(1, at, Math.min(x.dim(1), at + W));
                Tensor n = norm(c, cell + "_kvq.pre_attn_layernorm.scale")
                        .add(BrtChecks.value(m, cell + "_kvq.position_embeddings"));
                Tensor kc = unit(n, cell + "_kvq.keys_layer.kernel");
                Tensor vc = Heads.split(map(n, cell + "_kvq.values_layer.kernel"), 2);
                for (int layer = 0; layer < 2; layer++) {
                    y = tokens(y, "transformer" + layer + ".", layer, k, v, kc, vc);
                }
                out.add(y);
                if (y.dim(1) == W) {
                    Tensor q1 = unit(n, cell + "_kvq.queries_layer.kernel").mul(scale(cell + "_kvq.attention_scale"));
                    Tensor q2 = unit(n, cell + "_kvq.queries2_layer.kernel").mul(scale(cell + "attention_scale2"));
                    int end = k.get(1).dim(2);
                    Tensor read = attend(
                            q2, k.get(1).slice(2, end - 2 * W, end), v.get(1).slice(2, end - 2 * W, end));
                    Tensor h = Ops.concat(2, Heads.merge(attend(q1, kc, vc)), Heads.merge(read));
                    Tensor g = Ops.sigmoid(BrtChecks.value(m, cell + "post_attn_mlp.gate_bias"));
                    Tensor z = map(h, cell + "post_attn_mlp.output_layer.kernel");
                    c = c.mul(g).add(z.mul(g.neg().add(1)));
                }
            }
            return norm(Ops.concat(1, out), "final_layernorm.scale");
        }

        private Tensor tokens(Tensor x, String at, int layer, List<Tensor> k, List<Tensor> v, Tensor kc, Tensor vc) {
            Tensor h = norm(x, at + "tbase._kvq.pre_attn_layernorm.scale");
            Tensor q = unit(h, at + "tbase._kvq.queries_layer.kernel");
            int before = k.get(layer).dim(2) - W;
            k.set(layer, Ops.concat(2, k.get(layer), unit(h, at + "tbase._kvq.keys_layer.kernel")));
            v.set(layer, Ops.concat(2, v.get(layer), Heads.split(map(h, at + "tbase._kvq.values_layer.kernel"), 2)));
            List<Tensor> rows = new ArrayList<>();
            Tensor bias = BrtChecks.value(m, at + "relative_positions.rel_embedding");
            // Distances 4, 3, 2, 1: buckets below 16 are the distances.
            Tensor near = Ops.flip(bias.slice(1, 1, 5), 1).unsqueeze(1);
            for (int i = 0; i < x.dim(1); i++) {
                int from = before + i;
                Tensor s = q.slice(2, i, i + 1).matmulT(k.get(layer).slice(2, from, from + W));
                Tensor w = Fused.softmax(s.add(near).mul(scale(at + "tbase._kvq.attention_scale")), 3);
                rows.add(w.matmul(v.get(layer).slice(2, from, from + W)));
            }
            Tensor q2 = unit(h, at + "tbase._kvq.queries2_layer.kernel").mul(scale(at + "tbase.attention_scale2"));
            Tensor both = Ops.concat(2, Heads.merge(Ops.concat(2, rows)), Heads.merge(attend(q2, kc, vc)));
            Tensor y = x.add(map(both, at + "tbase.post_attn_mlp.output_layer.kernel"));
            Tensor u = Ops.relu(map(norm(y, at + "tbase.pre_ffn_layernorm.scale"), at + "tbase.ffn.hidden0.kernel"));
            return y.add(map(u, at + "tbase.ffn.output_layer.kernel"));
        }
    }
}
