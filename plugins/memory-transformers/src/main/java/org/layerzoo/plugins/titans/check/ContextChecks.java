package org.layerzoo.plugins.titans.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.SelfAttention;
import org.layerzoo.plugins.titans.TitansConfig.Architecture;

/** What the Titans sheet asks of memory as context. */
final class ContextChecks {
    private static final int WINDOW = 5;

    private ContextChecks() {}

    static List<Check> all() {
        return List.of(
                new Check("check-6: MAC streams by segments", ContextChecks::streams),
                new Check("check-7: MAC over an empty memory is segment attention", ContextChecks::segments),
                new Check("MAC equals its definition token by token", ContextChecks::definition));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static Tensor advance(Model m, State s, Tensor x) {
        return ((Streaming) m.layer())
                .advance(Tensors.of("x", x), s, Call.eval())
                .get("y");
    }

    private static State open(Model m, int batch) {
        return ((Streaming) m.layer()).open(Opening.of(batch).with(DType.F64));
    }

    private static void streams(CheckContext c) {
        Model m = TitansChecks.model(c, Architecture.MAC, 2, 3, 2);
        Tensor x = c.normal64("x", 2, 23, 8);
        Tensor whole = run(m, x);
        State s = open(m, 2);
        List<Tensor> y = new ArrayList<>();
        for (int at = 0; at < 23; at += 2 * WINDOW) {
            y.add(advance(m, s, x.slice(1, at, Math.min(23, at + 2 * WINDOW))));
        }
        c.close("two segments at once", Ops.concat(1, y), whole, 1e-12);
        State other = open(m, 2);
        for (int at = 0, next = 1; at < 23; at = next, next = Math.min(23, at + 1 + at % 4)) {
            Tensor given = advance(m, other, x.slice(1, at, next));
            Tensor expected = run(m, x.slice(1, 0, next)).slice(1, at, next);
            c.close("tokens " + at + " to " + next + " of what there is so far", given, expected, 1e-11);
        }
        Tensor changed = Ops.concat(1, x.slice(1, 0, 2 * WINDOW), c.normal64("later", 2, 13, 8));
        c.same("segments before a change", run(m, changed).slice(1, 0, 2 * WINDOW), whole.slice(1, 0, 2 * WINDOW));
        long bytes = other.usage().bytes();
        advance(m, other, c.normal64("more", 2, 4 * WINDOW, 8));
        c.equal("bytes four segments later", other.usage().bytes(), bytes);
    }

    private static void segments(CheckContext c) {
        Model m = TitansChecks.model(c, Architecture.MAC, 1, 4, 0);
        m.params().param("memory.o_proj.weight").set(Tensor.zeros(DType.F64, 8, 8));
        Tensor x = c.normal64("x", 1, 10, 8);
        Taps.Recorder r = Taps.recording("attention");
        m.forward(Tensors.of("x", x), Call.eval().with(r));
        Tensor s = x.slice(1, 5, 10);
        ParamTree tree = new ParamTree(c.draws(), DType.F64);
        SelfAttention attention = new SelfAttention(
                tree.root().at("attention"),
                new SelfAttention.Options(8, 2, 2, true, false, Optional.of(Rope.halves(10000))));
        tree.params().forEach((name, p) -> p.set(m.params().param(name).value()));
        Tensors all = Tensors.of("x", Ops.concat(1, Ops.zerosLike(s), s));
        Tensor expected = attention.forward(all, Call.eval()).get("y").slice(1, 5, 10);
        c.close("segment attention over zeros and s", r.seen().get("attention"), expected, 1e-12);
    }

    /** Values and gradients of a linear memory, chunks of 3 in segments of 5, two learned tokens. */
    private static void definition(CheckContext c) {
        Model m = TitansChecks.model(c, Architecture.MAC, 1, 3, 2);
        Tensor x = c.normal64("x", 2, 12, 8);
        List<Tensor> at = new ArrayList<>(List.of(x));
        m.params().trainable().forEach(p -> at.add(p.value()));
        Tensor cot = c.normal64("cot", 2, 12, 8);
        List<Tensor> given = new ArrayList<>();
        List<Tensor> expected = new ArrayList<>();
        for (boolean naive : new boolean[] {true, false}) {
            Tape tape = new Tape().watch(at);
            Tensor y = tape.record(() -> naive ? new Naive(m).run(x) : run(m, x));
            List<Tensor> out = naive ? expected : given;
            out.add(y);
            out.addAll(tape.gradient(List.of(y), List.of(cot), at));
        }
        c.close("y", given.getFirst(), expected.getFirst(), 1e-11);
        c.close("gradient to x", given.get(1), expected.get(1), 1e-10);
        for (int i = 2; i < given.size(); i++) {
            c.close("gradient to " + m.params().trainable().get(i - 2).path(), given.get(i), expected.get(i), 1e-9);
        }
    }

    /** Section 4.1 with whole weights, one token after the other; scores of attention as one matrix. */
    private record Naive(Model m) {
        private Tensor map(Tensor x, String name) {
            return x.matmulT(m.params().param(name + ".weight").value());
        }

        private static Tensor unit(Tensor x) {
            return x.div(Ops.sqrt(Ops.square(x).sumKeep(3).add(1e-6)));
        }

        private Tensor read(Tensor w, Tensor x) {
            Tensor y = unit(Heads.split(Ops.silu(map(x, "memory.q_proj")), 2)).matmulT(w);
            Tensor n = y.div(Ops.sqrt(Ops.square(y).sumKeep(3).div(4).add(1e-5)));
            return map(Heads.merge(n), "memory.o_proj");
        }

        private Tensor attention(Tensor x) {
            int n = x.dim(1);
            Tensor place = Ops.iota(DType.I64, n);
            Tensor q = Rope.halves(10000).rotate(Heads.split(map(x, "attention.q_proj"), 2), place);
            Tensor k = Rope.halves(10000).rotate(Heads.split(map(x, "attention.k_proj"), 2), place);
            Tensor seen = place.le(place.unsqueeze(1)).reshape(1, 1, n, n);
            Tensor a = Fused.softmax(q.matmulT(k).div(2), 3, seen, Softmax.EmptyRow.ZERO);
            return map(Heads.merge(a.matmul(Heads.split(map(x, "attention.v_proj"), 2))), "attention.o_proj");
        }

        /** The convolved row t, [B, H, 1, d]. */
        private Tensor row(List<Tensor> rows, int t, String name) {
            Tensor taps = m.params().param("memory." + name + "_conv1d.weight").value();
            Tensor sum = Ops.zerosLike(rows.get(t));
            for (int i = 0; i < 4 && i <= t; i++) {
                sum = sum.add(map(rows.get(t - i), "memory." + name + "_proj")
                        .mul(taps.select(1, 0).select(1, 3 - i)));
            }
            return Heads.split(Ops.silu(sum), 2);
        }

        /** A gate's number, [B, H, 1, 1]. */
        private Tensor gate(Tensor a, String name) {
            Tensor b = m.params().param("memory." + name + ".bias").value();
            return Ops.sigmoid(map(a, "memory." + name).add(b)).reshape(a.dim(0), 2, 1, 1);
        }

        Tensor run(Tensor x) {
            Tensor first = m.params().param("memory.memory.0").value().unsqueeze(0);
            Tensor w = first.expand(x.dim(0), 2, 4, 4);
            Tensor momentum = Ops.zerosLike(w);
            Tensor persistent =
                    m.params().param("persistent").value().unsqueeze(0).expand(x.dim(0), 2, 8);
            List<Tensor> rows = new ArrayList<>();
            List<Tensor> y = new ArrayList<>();
            for (int at = 0; at < x.dim(1); at += WINDOW) {
                Tensor s = x.slice(1, at, Math.min(x.dim(1), at + WINDOW));
                Tensor all = attention(Ops.concat(1, persistent, read(w, s), s));
                Tensor a = all.slice(1, all.dim(1) - s.dim(1), all.dim(1));
                Tensor frozen = w;
                for (int t = 0; t < s.dim(1); t++) {
                    frozen = t % 3 == 0 ? w : frozen;
                    Tensor one = a.slice(1, t, t + 1);
                    rows.add(one);
                    Tensor k = unit(row(rows, at + t, "k"));
                    Tensor slope =
                            k.matmulT(frozen).sub(row(rows, at + t, "v")).mul(2).tMatmul(k);
                    momentum = momentum.mul(gate(one, "eta"))
                            .sub(slope.mul(gate(one, "theta")).mul(0.1));
                    w = w.mul(gate(one, "alpha").neg().add(1)).add(momentum);
                }
                y.add(a.mul(read(w, a)));
            }
            return Ops.concat(1, y);
        }
    }
}
