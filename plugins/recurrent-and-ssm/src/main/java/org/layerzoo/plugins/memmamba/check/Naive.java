package org.layerzoo.plugins.memmamba.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ssm.SelectiveMixer;
import org.layerzoo.plugins.memmamba.MemMambaConfig;
import org.layerzoo.plugins.memmamba.MemMambaConfig.GateInput;
import org.layerzoo.plugins.memmamba.MemMambaConfig.Replace;

/** The sheet's loop, one row, one token, one layer after another, with pools as plain lists. */
final class Naive {
    /** A summary as it was written. */
    private record Note(Tensor summary, double importance) {}

    private final Model m;
    private final MemMambaConfig c;
    private final List<List<Note>> pools = new ArrayList<>();
    private final List<Streaming> mixers = new ArrayList<>();
    private final List<State> states = new ArrayList<>();
    private final List<Tensor> u = new ArrayList<>();

    Naive(Model m) {
        this.m = m;
        this.c = (MemMambaConfig) m.config();
        for (int l = 0; l < c.layers(); l++) {
            Streaming mixer = mixer(m, c, l);
            mixers.add(mixer);
            states.add(mixer.open(Opening.of(1).with(DType.F64)));
            pools.add(new ArrayList<>());
            u.add(Tensor.zeros(DType.F64, 1, 1, c.dim()));
        }
    }

    /** The Mamba mixer of a layer, alone, with the model's parameters. */
    static SelectiveMixer mixer(Model m, MemMambaConfig c, int layer) {
        int inner = c.expand() * c.dim();
        ParamTree tree = new ParamTree(Draws.seeded(0), m.params().dtype());
        SelectiveMixer mixer = SelectiveMixer.mamba(
                tree.root(),
                new SelectiveMixer.Sizes(
                        "mamba", c.dim(), inner, c.states(), (c.dim() + 15) / 16, c.convWidth(), true, false, 1));
        tree.params()
                .forEach((name, p) -> p.set(
                        m.params().param("layers." + layer + ".mixer." + name).value()));
        return mixer;
    }

    /** x [1, T, D]. */
    Tensor run(Tensor x) {
        List<Tensor> y = new ArrayList<>();
        for (int t = 0; t < x.dim(1); t++) {
            y.add(token(x.slice(1, t, t + 1)));
        }
        return Ops.concat(1, y);
    }

    private Tensor w(int l, String name) {
        return m.params().param("layers." + l + "." + name).value();
    }

    private Tensor token(Tensor in) {
        Tensor h = in;
        List<Note> fresh = new ArrayList<>();
        for (int l = 0; l < c.layers(); l++) {
            Tensor own = Fused.rmsNorm(h, w(l, "norm.weight"), 1e-5);
            Tensor x = own;
            double f =
                    Ops.sigmoid(Fused.linear(u.get(l), w(l, "forget.weight"))).item();
            if (f > c.readAbove() && !pools.get(l).isEmpty()) {
                Tensor read = attend(x, pools.get(l), l, "read").mul(f);
                Tensor both = Ops.concat(2, x, read);
                x = switch (c.fusion()) {
                    case SUM -> x.add(read);
                    case CONCAT -> Fused.linear(both, w(l, "fuse.weight"));
                    case GATED -> x.add(read.mul(Ops.sigmoid(Fused.linear(both, w(l, "fuse.weight")))));
                };
            }
            List<Note> union = new ArrayList<>();
            for (int before = Math.max(0, l - c.period()); before < l; before++) {
                union.addAll(pools.get(before));
            }
            if ((l + 1) % c.period() == 0 && !union.isEmpty()) {
                x = x.add(attend(x, union, l, "across"));
            }
            Tensor z = mixers.get(l)
                    .advance(Tensors.of("x", x), states.get(l), Call.eval())
                    .get("y");
            fresh.add(note(own, l));
            u.set(l, c.gateInput() == GateInput.INPUT ? own : z);
            h = h.add(z);
        }
        for (int l = 0; l < c.layers(); l++) {
            insert(pools.get(l), fresh.get(l));
        }
        return h;
    }

    private Note note(Tensor x, int l) {
        Tensor hidden = Ops.relu(Fused.linear(x, w(l, "note.w1.weight"), w(l, "note.w1.bias")));
        double i = Ops.sigmoid(Fused.linear(hidden, w(l, "note.w2.weight"), w(l, "note.w2.bias")))
                .item();
        return new Note(Fused.linear(x, w(l, "note.summary.weight")).mul(i), i);
    }

    private void insert(List<Note> pool, Note n) {
        if (n.importance <= c.writeAbove()) {
            return;
        }
        if (pool.size() == c.capacity()) {
            pool.remove(
                    c.replace() == Replace.FIFO
                            ? pool.getFirst()
                            : pool.stream()
                                    .min(Comparator.comparingDouble(Note::importance))
                                    .orElseThrow());
        }
        pool.add(n);
    }

    private Tensor attend(Tensor x, List<Note> notes, int l, String at) {
        Tensor s = Ops.concat(1, notes.stream().map(Note::summary).toList());
        Tensor scores = Fused.linear(x, w(l, at + ".q.weight"))
                .matmulT(Fused.linear(s, w(l, at + ".k.weight")))
                .div(Math.sqrt(c.summary()));
        return Fused.linear(
                Fused.softmax(scores, 2).matmul(Fused.linear(s, w(l, at + ".v.weight"))), w(l, at + ".o.weight"));
    }
}
