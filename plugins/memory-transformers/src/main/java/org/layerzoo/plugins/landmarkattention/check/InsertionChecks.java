package org.layerzoo.plugins.landmarkattention.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.memory.GroupedSoftmax;
import org.layerzoo.nn.memory.Landmarks;
import org.layerzoo.nn.memory.RetrievedBlocks;
import org.layerzoo.plugins.landmarkattention.LandmarkConfig;
import org.layerzoo.plugins.landmarkattention.LandmarkConfig.Retrieval;
import org.layerzoo.plugins.landmarkattention.LandmarkModelConfig;
import org.layerzoo.plugins.landmarkattention.LandmarkModelProvider;

/** Landmarks put into tokens and taken out of outputs. */
final class InsertionChecks {
    private InsertionChecks() {}

    static List<Check> all() {
        return List.of(
                new Check("insertion: a landmark behind every block", InsertionChecks::order),
                new Check("insertion: a language model for regular tokens, as defined", InsertionChecks::definition),
                new Check("insertion: streams, all blocks or the best", InsertionChecks::streams));
    }

    private static void order(CheckContext c) {
        Landmarks marks = new Landmarks(3);
        Tensor ids = Tensor.of(new long[] {0, 1, 2, 3, 4, 5, 6, 7}, 1, 8);
        Tensor mark = Tensor.of(new long[] {99}, 1, 1);
        Tensor all = Tensor.of(new long[] {0, 1, 2, 99, 3, 4, 5, 99, 6, 7}, 1, 10);
        c.same("whole", marks.insert(ids, mark, 0), all);
        c.same("taken out", marks.remove(all, 0, 8), ids);
        for (int at = 0; at <= 8; at++) {
            Tensor head = marks.insert(ids.slice(1, 0, at), mark, 0);
            Tensor tail = marks.insert(ids.slice(1, at, 8), mark, at);
            c.same("cut at " + at, Ops.concat(1, head, tail), all);
            c.same("taken out behind " + at, marks.remove(tail, at, 8 - at), ids.slice(1, at, 8));
        }
    }

    private static Model model(CheckContext c, Retrieval r) {
        LandmarkConfig attention = new LandmarkConfig(8, 2, 3, 10000, r);
        return Models.build(
                "",
                new LandmarkModelProvider(),
                new LandmarkModelConfig(7, 2, 12, attention),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    /** The vocabulary with one more token, whole matrices of weights, rows of landmarks left out by hand. */
    private static void definition(CheckContext c) {
        Model m = model(c, new Retrieval.All());
        Tensor ids = c.draws().integers("ids", 0, 7, 2, 8);
        Tensor cot = c.normal64("cot", 2, 8, 7);
        List<Tensor> at = new ArrayList<>();
        m.params().trainable().forEach(p -> at.add(p.value()));
        List<List<Tensor>> out = new ArrayList<>();
        for (boolean naive : new boolean[] {true, false}) {
            Tape tape = new Tape().watch(at);
            Tensor y = tape.record(() -> naive
                    ? naive(m, ids)
                    : m.forward(Tensors.of("tokens", ids), Call.eval()).get("y"));
            List<Tensor> g = new ArrayList<>(List.of(y));
            g.addAll(tape.gradient(List.of(y), List.of(cot), at));
            out.add(g);
        }
        c.close("logits", out.get(1).get(0), out.get(0).get(0), 1e-11);
        for (int i = 1; i <= at.size(); i++) {
            String name = m.params().trainable().get(i - 1).path();
            c.close("gradient to " + name, out.get(1).get(i), out.get(0).get(i), 1e-9);
        }
    }

    private static Tensor value(Model m, String name) {
        return m.params().param(name).value();
    }

    private static Tensor norm(Tensor x) {
        return x.div(Ops.sqrt(Ops.square(x).sumKeep(2).div(8).add(1e-6)));
    }

    private static Tensor naive(Model m, Tensor ids) {
        Tensor table = Ops.concat(0, value(m, "embed.weight"), value(m, "landmark"));
        Tensor mark = Tensor.of(new long[] {7, 7}, 2, 1);
        Tensor all = Ops.concat(1, ids.slice(1, 0, 3), mark, ids.slice(1, 3, 6), mark, ids.slice(1, 6, 8));
        Tensor x = Ops.oneHot(all, 8, DType.F64).matmul(table);
        Tensor place = Ops.iota(DType.I64, 10);
        for (int l = 0; l < 2; l++) {
            String at = "layers." + l + ".";
            Tensor h = norm(x);
            List<Tensor> qkv = new ArrayList<>();
            for (String n : List.of("q", "k", "v")) {
                qkv.add(Heads.split(h.matmulT(value(m, at + "mixer." + n + "_proj.weight")), 2));
            }
            Rope rope = Rope.halves(10000);
            Tensor logits = rope.rotate(qkv.get(0), place)
                    .matmulT(rope.rotate(qkv.get(1), place))
                    .div(2);
            Tensor read = Heads.merge(GroupedSoftmax.weights(logits, 3).matmul(qkv.get(2)));
            x = x.add(read.matmulT(value(m, at + "mixer.o_proj.weight")));
            Tensor n = norm(x);
            Tensor gate = Ops.silu(n.matmulT(value(m, at + "channel.gate_proj.weight")));
            Tensor up = n.matmulT(value(m, at + "channel.up_proj.weight"));
            x = x.add(gate.mul(up).matmulT(value(m, at + "channel.down_proj.weight")));
        }
        Tensor y = norm(x).matmulT(value(m, "embed.weight"));
        return Ops.concat(1, y.slice(1, 0, 3), y.slice(1, 4, 7), y.slice(1, 8, 10));
    }

    private static void streams(CheckContext c) {
        Tensors ids = Tensors.of("tokens", c.draws().integers("ids", 0, 7, 2, 23));
        Forms.streams(c, model(c, new Retrieval.All()), ids, 1e-10);
        Retrieval every = new Retrieval.TopK(8, 2, RetrievedBlocks.Scope.TOKEN);
        Forms.streams(c, model(c, every), ids, 1e-10);
    }
}
