package org.layerzoo.plugins.blockrecurrenttransformer.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Counting;
import org.layerzoo.core.exec.Exec;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.norm.Root;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.LayerProvider;
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
import org.layerzoo.plugins.blockrecurrenttransformer.BrtLayer;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtLayerProvider;
import org.layerzoo.plugins.blockrecurrenttransformer.BrtProvider;

/** The Checks of the Block-Recurrent Transformer sheet. */
public final class BrtChecks {
    private static final String IDS = "recurrent_tbase._kvq.position_embeddings";
    private static final String START = "recurrent_initial_state";

    private BrtChecks() {}

    public static List<Check> all() {
        List<Check> all = new ArrayList<>(List.of(
                new Check("check-1: without the states' share a sliding-window layer", BrtChecks::sliding),
                new Check("check-2: causal, and far beyond the windows", BrtChecks::reach),
                new Check("check-3: four passes with a carry equal one", BrtChecks::segments),
                new Check("check-4: gates wide open and shut", BrtChecks::gates),
                new Check("check-5: every row sees W cells", BrtChecks::window),
                new Check("check-6: equal states without ids stay equal", BrtChecks::symmetry),
                new Check("check-7: states may be permuted with their ids", BrtChecks::permuted),
                new Check("a stack without a recurrent layer ends with its windows", BrtChecks::plain),
                new Check("kernel notes: work in proportion to the length", BrtChecks::work)));
        all.addAll(FeedbackChecks.all());
        return all;
    }

    private static BrtConfig config(Form f, StateGate.Kind g, Mask m, Logits l) {
        return new BrtConfig(8, 2, 4, 12, 4, 2, 1, new Cell(3, f, g, false, true), m, l, false);
    }

    private static Model model(CheckContext c, LayerProvider<BrtConfig> p, BrtConfig config) {
        return Models.build("", p, config, Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Model layer(CheckContext c, Form f, StateGate.Kind g) {
        return model(c, new BrtLayerProvider(), config(f, g, Mask.STRICT, Logits.COSINE));
    }

    static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    static Tensor value(Model m, String name) {
        return m.params().param(name).value();
    }

    private static void sliding(CheckContext c) {
        Model m = layer(c, Form.SKIP, StateGate.Kind.FIXED);
        Tensor out = value(m, "tbase.post_attn_mlp.output_layer.kernel");
        m.params()
                .param("tbase.post_attn_mlp.output_layer.kernel")
                .set(Ops.concat(0, out.slice(0, 0, 8), Ops.zerosLike(out.slice(0, 8, 16))));
        Tensor x = c.normal64("x", 2, 11, 8);
        c.close("values", run(m, x), dense(m, x, out.slice(0, 0, 8)), 1e-10);
    }

    /** A Transformer-XL layer of window 4, row by row and pair by pair. */
    private static Tensor dense(Model m, Tensor x, Tensor out) {
        Tensor h = WindowTokens.norm(x, m.params().param("tbase._kvq.pre_attn_layernorm.scale"));
        Tensor q = unit(h.matmul(value(m, "tbase._kvq.queries_layer.kernel")));
        Tensor k = Ops.padZero(unit(h.matmul(value(m, "tbase._kvq.keys_layer.kernel"))), 2, 4, 0);
        Tensor v = Ops.padZero(Heads.split(h.matmul(value(m, "tbase._kvq.values_layer.kernel")), 2), 2, 4, 0);
        Tensor scale = value(m, "tbase._kvq.attention_scale").reshape(2, 1, 1);
        Tensor bias = value(m, "relative_positions.rel_embedding");
        List<Tensor> rows = new ArrayList<>();
        for (int i = 0; i < x.dim(1); i++) {
            // Distances 4, 3, 2, 1 to the keys i .. i + 3 of the padded sequence; buckets below 16 are the distances.
            Tensor near = Ops.flip(bias.slice(1, 1, 5), 1).unsqueeze(1);
            Tensor s =
                    q.slice(2, i, i + 1).matmulT(k.slice(2, i, i + 4)).add(near).mul(scale);
            rows.add(Fused.softmax(s, 3).matmul(v.slice(2, i, i + 4)));
        }
        Tensor y = x.add(Heads.merge(Ops.concat(2, rows)).matmul(out));
        Tensor z = WindowTokens.norm(y, m.params().param("tbase.pre_ffn_layernorm.scale"));
        Tensor u = Ops.relu(z.matmul(value(m, "tbase.ffn.hidden0.kernel")));
        return y.add(u.matmul(value(m, "tbase.ffn.output_layer.kernel")));
    }

    private static Tensor unit(Tensor t) {
        return Fused.l2Norm(Heads.split(t, 2), -1, 1e-6, Root.INSIDE);
    }

    private static void reach(CheckContext c) {
        for (Mask mask : Mask.values()) {
            Model m = model(c, new BrtProvider(), config(Form.DUAL, StateGate.Kind.LSTM, mask, Logits.ROOT));
            Tensor x = c.normal64("x", 1, 40, 8);
            Forms.causal(c, m, Tensors.of("x", x), 13);
            Tensor other = Ops.concat(1, c.normal64("first", 1, 1, 8), x.slice(1, 1, 40));
            double moved =
                    Errors.relative(run(m, other).slice(1, 32, 40), run(m, x).slice(1, 32, 40));
            c.isTrue("token 0 moves tokens 32.. by " + moved + ", two layers of windows reach 8", moved > 1e-9);
        }
    }

    /** Two layers of windows of 4. */
    private static void plain(CheckContext c) {
        BrtConfig r = config(Form.SKIP, StateGate.Kind.FIXED, Mask.STRICT, Logits.COSINE);
        BrtConfig without = new BrtConfig(8, 2, 4, 12, 4, 2, -1, r.cell(), r.mask(), r.logits(), false);
        Model m = model(c, new BrtProvider(), without);
        c.isTrue("no states", m.params().params().keySet().stream().noneMatch(n -> n.contains("recurrent")));
        Tensor x = c.normal64("x", 1, 23, 8);
        Forms.streams(c, m, Tensors.of("x", x), 1e-10);
        Tensor other = Ops.concat(1, c.normal64("first", 1, 1, 8), x.slice(1, 1, 23));
        Tensor y = run(m, x);
        Tensor z = run(m, other);
        c.same("tokens 9 .. 22", z.slice(1, 9, 23), y.slice(1, 9, 23));
        c.isTrue("token 8 sees token 0", Errors.relative(z.select(1, 8), y.select(1, 8)) > 0);
    }

    /** What is counted is what kernels do: of windows the keys that tiles of rows can meet. */
    private static void work(CheckContext c) {
        for (Mask mask : Mask.values()) {
            Model m = model(c, new BrtProvider(), config(Form.SKIP, StateGate.Kind.FIXED, mask, Logits.COSINE));
            double[] flops = new double[2];
            for (int i = 0; i < 2; i++) {
                Tensor x = c.normal64("x" + i, 1, 128 << i, 8);
                Counting count = new Counting(Exec.current());
                Exec.run(count, () -> run(m, x));
                flops[i] = count.flops();
            }
            c.isTrue(
                    mask + ": twice the tokens take " + flops[1] / flops[0] + " times the work",
                    flops[1] < 2.05 * flops[0]);
        }
    }

    private static void segments(CheckContext c) {
        Model m = layer(c, Form.DUAL, StateGate.Kind.LSTM);
        BrtLayer l = (BrtLayer) m.layer();
        Tensor x = c.normal64("x", 2, 32, 8);
        BrtLayer.Carry carry = l.start(x);
        List<Tensor> y = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            BrtLayer.Segment s = l.run(x.slice(1, 8 * i, 8 * i + 8), carry, Optional.empty());
            y.add(s.y());
            carry = s.carry();
        }
        c.close("four segments", Ops.concat(1, y), run(m, x), 1e-10);
        for (Mask mask : Mask.values()) {
            Model stack = model(c, new BrtProvider(), config(Form.SINGLE, StateGate.Kind.FIXED, mask, Logits.COSINE));
            Forms.streams(c, stack, Tensors.of("x", c.normal64("z", 2, 23, 8)), 1e-10);
        }
    }

    private static void gates(CheckContext c) {
        ParamTree tree = new ParamTree(c.draws(), DType.F64);
        Tensor state = c.normal64("c", 2, 3, 8);
        Tensor z = c.normal64("z", 2, 3, 8);
        Tensor u = c.normal64("u", 2, 3, 5);
        StateGate fixed = StateGate.of(tree.root().at("f"), StateGate.Kind.FIXED, 5, 8);
        tree.param("f.gate_bias").set(Tensor.full(DType.F64, 60, 8));
        c.close("open", fixed.apply(state, z, u), state, 1e-12);
        tree.param("f.gate_bias").set(Tensor.full(DType.F64, -60, 8));
        c.close("shut", fixed.apply(state, z, u), z, 1e-12);
        StateGate lstm = StateGate.of(tree.root().at("l"), StateGate.Kind.LSTM, 5, 8);
        tree.params().forEach((name, p) -> p.set(Tensor.zeros(p.spec())));
        c.close("LSTM at zero", lstm.apply(state, z.mul(0), u), state.mul(0.7310585786300049), 1e-12);
    }

    private static void window(CheckContext c) {
        for (boolean strict : new boolean[] {true, false}) {
            WindowTokens t = new WindowTokens(
                    new ParamTree(c.draws(), DType.F64).root(),
                    new WindowTokens.Options(8, 1, 4, 4, strict, true),
                    false);
            int before = strict ? 4 : 0;
            Tensor k = c.normal64("k", 1, 1, before + 10, 4);
            Tensor cells = Ops.oneHot(Ops.iota(DType.I64, before + 10), before + 10, DType.F64)
                    .reshape(1, 1, before + 10, before + 10);
            // Queries and biases of 0: what is visible has equal weight.
            Tensor w = t.window(Tensor.zeros(DType.F64, 1, 1, 10, 4), k, cells, Tensor.zeros(DType.F64, 1, 32));
            for (int i = 0; i < 10; i++) {
                int seen = 0;
                int zeros = 0;
                for (int j = 0; j < before + 10; j++) {
                    boolean visible = w.get(0, 0, i, j) > 1e-9;
                    seen += visible ? 1 : 0;
                    zeros += visible && j < before ? 1 : 0;
                }
                c.equal("cells of row " + i + (strict ? ", strict" : ""), seen, strict ? 4 : Math.min(i + 1, 4));
                c.equal("start zeros of row " + i, zeros, strict ? Math.max(0, 4 - i) : 0);
            }
        }
    }

    private static Tensor states(Model m, Tensor x) {
        BrtLayer l = (BrtLayer) m.layer();
        return l.run(x, l.start(x), Optional.empty()).carry().states();
    }

    private static void symmetry(CheckContext c) {
        Model m = layer(c, Form.DUAL, StateGate.Kind.LSTM);
        Tensor x = c.normal64("x", 1, 16, 8);
        m.params().param(START).set(c.normal64("one", 1, 8).expand(3, 8));
        Tensor with = states(m, x);
        c.isTrue("ids tell states apart", Errors.relative(with.select(1, 1), with.select(1, 0)) > 1e-6);
        m.params().param(IDS).set(Tensor.zeros(DType.F64, 3, 8));
        Tensor without = states(m, x);
        c.close("state 1", without.select(1, 1), without.select(1, 0), 1e-12);
        c.close("state 2", without.select(1, 2), without.select(1, 0), 1e-12);
    }

    private static void permuted(CheckContext c) {
        Model m = layer(c, Form.DUAL, StateGate.Kind.FIXED);
        Tensor x = c.normal64("x", 2, 16, 8);
        Tensor y = run(m, x);
        Tensor s = states(m, x);
        Tensor order = Tensor.of(new long[] {2, 0, 1}, 3);
        for (String name : List.of(IDS, START)) {
            m.params().param(name).set(Ops.indexSelect(value(m, name), 0, order));
        }
        c.close("tokens", run(m, x), y, 1e-12);
        c.close("states", states(m, x), Ops.indexSelect(s, 1, order), 1e-12);
    }
}
