package org.layerzoo.plugins.compressivetransformer.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.ParamTree;
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
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.memory.Compression;
import org.layerzoo.nn.memory.Compression.Function;
import org.layerzoo.nn.memory.Compression.Training;
import org.layerzoo.nn.memory.Memories;
import org.layerzoo.nn.memory.RelativeAttention;
import org.layerzoo.plugins.compressivetransformer.CompressiveConfig;
import org.layerzoo.plugins.compressivetransformer.CompressiveLayer;
import org.layerzoo.plugins.compressivetransformer.CompressiveProvider;

/** The Checks of the Compressive Transformer sheet. */
public final class CompressiveChecks {
    private CompressiveChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: ncm = 0 is Transformer-XL, nm = 0 too is segments alone", CompressiveChecks::plain),
                new Check("check-2: c = 1 without a change is a longer memory", CompressiveChecks::identity),
                new Check("check-3: first in, first compressed", CompressiveChecks::fifo),
                new Check("check-4: losses and gradients stay apart", CompressiveChecks::gradients),
                new Check("check-5: nothing is lost of constant windows", CompressiveChecks::constant),
                new Check("check-6: causal, and streams cut anywhere agree", CompressiveChecks::streams),
                new Check("check-7: memory doesn't grow", CompressiveChecks::bytes));
    }

    private static CompressiveConfig config(int ns, int nm, int ncm, int c, Function f, Training t) {
        return new CompressiveConfig(8, 2, 12, ns, nm, ncm, c, f, t, false);
    }

    private static Model model(CheckContext c, CompressiveConfig config) {
        return Models.build(
                "",
                new CompressiveProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void plain(CheckContext c) {
        Tensor x = c.normal64("x", 2, 22, 8);
        for (int nm : new int[] {0, 4, 8}) {
            Model m = model(c, config(4, nm, 0, 4, Function.CONV, Training.ATTENTION));
            List<Tensor> y = new ArrayList<>();
            for (int at = 0; at < 22; at += 4) {
                y.add(layer(m, x.slice(1, Math.max(0, at - nm), Math.min(22, at + 4)), Math.min(nm, at)));
            }
            c.close("memory of " + nm, run(m, x), Ops.concat(1, y), 1e-10);
        }
    }

    /** Transformer-XL, pair by pair: rows from {@code past} on see what is before them. */
    private static Tensor layer(Model m, Tensor all, int past) {
        RelativeAttention a = ((CompressiveLayer) m.layer()).attention();
        int s = all.dim(1);
        Tensor h = all.slice(1, past, s);
        Tensor q = Heads.split(a.q().apply(h), 2);
        RelativeAttention.KeyValues kv = a.project(all);
        Tensor place = Heads.split(
                a.r().apply(RelativeAttention.distances(DType.F64, s, 8).unsqueeze(0)), 2);
        List<Tensor> rows = new ArrayList<>();
        for (int i = 0; i < h.dim(1); i++) {
            int seen = past + i + 1;
            Tensor qi = q.slice(2, i, i + 1);
            // The distances of a row's keys are seen - 1 .. 0, the last rows of the table.
            Tensor near = qi.add(a.w().value().unsqueeze(1)).matmulT(place.slice(2, s - seen, s));
            Tensor content = qi.add(a.u().value().unsqueeze(1)).matmulT(kv.k().slice(2, 0, seen));
            Tensor p = Fused.softmax(content.add(near).div(2), 3);
            rows.add(p.matmul(kv.v().slice(2, 0, seen)));
        }
        Tensor sum = h.add(a.out().apply(Heads.merge(Ops.concat(2, rows))));
        Tensor n = norm(m, "norm1", sum);
        Tensor hidden = Ops.relu(Fused.linear(n, value(m, "mlp.fc1.weight"), value(m, "mlp.fc1.bias")));
        return norm(m, "norm2", n.add(Fused.linear(hidden, value(m, "mlp.fc2.weight"), value(m, "mlp.fc2.bias"))));
    }

    private static Tensor value(Model m, String name) {
        return m.params().param(name).value();
    }

    private static Tensor norm(Model m, String name, Tensor x) {
        return Fused.layerNorm(x, value(m, name + ".weight"), value(m, name + ".bias"), 1e-5);
    }

    private static void identity(CheckContext c) {
        Tensor x = c.normal64("x", 2, 31, 8);
        Model longer = model(c, config(4, 10, 0, 1, Function.MEAN, Training.ATTENTION));
        Model split = model(c, config(4, 4, 6, 1, Function.MEAN, Training.ATTENTION));
        split.params().load(longer.params().values(), true);
        c.close("4 + 6 and 10", run(split, x), run(longer, x), 1e-11);
    }

    private static void fifo(CheckContext c) {
        CompressiveConfig k = config(4, 4, 4, 2, Function.MEAN, Training.ATTENTION);
        Compression f =
                new Compression(new ParamTree(c.draws(), DType.F64).root(), k.function(), k.training(), k.rate(), 1);
        Memories m = Memories.empty(DType.F64, 1, 1);
        for (int s = 0; s < 3; s++) {
            Tensor h = Ops.iota(DType.F64, 4).add(4 * s + 1).reshape(1, 4, 1);
            int seen = m.all().dim(1) + 4;
            m = m.push(h, Tensor.zeros(DType.F64, 1, seen), 4, 4, f).next();
        }
        c.close("recent", m.recent(), Tensor.of(new double[] {9, 10, 11, 12}, 1, 4, 1), 0);
        c.close("compressed", m.compressed(), Tensor.of(new double[] {1.5, 3.5, 5.5, 7.5}, 1, 4, 1), 0);
    }

    private static void gradients(CheckContext c) {
        Tensor x = c.normal64("x", 1, 16, 8);
        for (Training t : Training.values()) {
            Model m = model(c, config(4, 4, 4, 2, Function.CONV, t));
            List<String> names = List.copyOf(m.params().params().keySet());
            List<Tensor> at = names.stream().map(n -> value(m, n)).toList();
            Aux aux = Aux.collecting();
            Tape tape = new Tape().watch(at);
            Tensor y = tape.record(
                    () -> m.forward(Tensors.of("x", x), Call.eval().with(aux)).get("y"));
            List<Tensor> task = tape.gradient(List.of(y), List.of(c.normal64("cot", 1, 16, 8)), at);
            double toMap = most(names, task, true);
            c.isTrue(t + ": the task moves f_c by " + toMap, t == Training.UNROLL ? toMap > 1e-9 : toMap == 0);
            if (t == Training.UNROLL) {
                continue;
            }
            Tensor loss = aux.losses().get("compression").value();
            List<Tensor> own = tape.gradient(List.of(loss), List.of(Tensor.ones(DType.F64)), at);
            c.isTrue(t + ": its loss moves f_c", most(names, own, true) > 1e-9);
            c.equal(t + ": its loss moves the rest by", most(names, own, false), 0.0);
        }
    }

    /** The largest slope of the compression's parameters, or of the others. */
    private static double most(List<String> names, List<Tensor> g, boolean compression) {
        double most = 0;
        for (int i = 0; i < names.size(); i++) {
            boolean own = names.get(i).startsWith("compress") || names.get(i).startsWith("decode");
            most = own == compression ? Math.max(most, Ops.abs(g.get(i)).max().item()) : most;
        }
        return most;
    }

    private static void constant(CheckContext c) {
        RelativeAttention a = RelativeAttention.of(new ParamTree(c.draws(), DType.F64).root(), 8, 2);
        Tensor made = c.normal64("made", 2, 3, 8);
        Tensor old = made.unsqueeze(2).expand(2, 3, 4, 8).reshape(2, 12, 8);
        Tensor h = c.normal64("h", 2, 5, 8);
        c.isTrue(
                "loss of constant windows",
                Compression.attentionLoss(a, h, old, made).item() < 1e-20);
        Tensor other = c.normal64("other", 2, 12, 8);
        Tensor mean = other.reshape(2, 3, 4, 8).mean(2);
        c.isTrue("loss of others", Compression.attentionLoss(a, h, other, mean).item() > 1e-6);
    }

    private static void streams(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 30, 8));
        for (Function f : Function.values()) {
            Model m = model(c, config(4, 8, 6, 2, f, Training.ATTENTION));
            Forms.streams(c, m, x, 1e-10);
            Forms.causal(c, m, x, 13);
        }
    }

    private static void bytes(CheckContext c) {
        Streaming layer = (Streaming)
                model(c, config(4, 4, 4, 2, Function.CONV, Training.ATTENTION)).layer();
        State s = layer.open(Opening.of(1).with(DType.F64));
        layer.advance(Tensors.of("x", c.normal64("first", 1, 16, 8)), s, Call.eval());
        long full = s.usage().bytes();
        for (int i = 0; i < 3; i++) {
            layer.advance(Tensors.of("x", c.normal64("x" + i, 1, 4, 8)), s, Call.eval());
            c.equal("bytes after segment " + (i + 5), s.usage().bytes(), full);
        }
    }
}
