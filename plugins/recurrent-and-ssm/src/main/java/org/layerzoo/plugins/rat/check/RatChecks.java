package org.layerzoo.plugins.rat.check;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.layer.Taps;
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
import org.layerzoo.nn.Rope;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.rat.ChunkAttention;
import org.layerzoo.plugins.rat.ChunkAttention.Summaries;
import org.layerzoo.plugins.rat.RatConfig;
import org.layerzoo.plugins.rat.RatProvider;

/** The Checks of the RAT sheet. */
public final class RatChecks {
    private RatChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: parallel forward equals token by token with cache", RatChecks::forms),
                new Check("check-2: the first chunk is the plain gated recurrence", RatChecks::firstChunk),
                new Check("check-3: one chunk is a gated recurrence, q and k without gradient", RatChecks::oneChunk),
                new Check("check-4: chunks of one token with open gates are attention", RatChecks::attention),
                new Check("check-5: causality, inside a chunk too", RatChecks::causal),
                new Check("check-6: worked example", RatChecks::worked),
                new Check("check-7: positions are those of chunks", RatChecks::positions),
                new Check("check-8: parameters of grouped queries and keys", RatChecks::parameters));
    }

    private static Model model(CheckContext c, int chunk) {
        return Models.build(
                "",
                new RatProvider(),
                new RatConfig(8, 4, 2, chunk, 10000),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void forms(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 1, 64, 8));
        for (int l : new int[] {1, 4, 16, 64}) {
            Model m = model(c, l);
            // Weights of deviation 0.02 would leave little beside the residual.
            m.params().param("in_proj.weight").set(c.normal64("w" + l, 32, 8));
            m.params().param("out_proj.weight").set(c.normal64("o" + l, 8, 8));
            Forms.agree(c, m, x, 1e-10, 1, 7, 64);
        }
        Model m = model(c, 4);
        Streaming layer = (Streaming) m.layer();
        State s = layer.open(Opening.of(1).with(DType.F64));
        layer.advance(x, s, Call.eval());
        c.equal("cache entries of 64 tokens", s.usage().entries(), 2L * 16);
    }

    /** x and gates as the layer sees them. */
    private record Parts(Tensor z, Tensor x, Tensor g, Tensor q, Tensor k) {
        static Parts of(Model m, Tensor u) {
            Tensor n = Fused.rmsNorm(u, m.params().param("input_norm.weight").value(), 1e-6);
            List<Tensor> t =
                    Ops.split(n.matmulT(m.params().param("in_proj.weight").value()), -1, 8, 8, 8, 4, 4);
            Tensor g = Ops.sigmoid(t.get(2).add(m.params().param("gate_bias").value()));
            return new Parts(Ops.sigmoid(t.get(0)), t.get(1), g, t.get(3), t.get(4));
        }

        /** v_l = g v_{l-1} + (1 - g) x, token by token. */
        Tensor recurrence() {
            Tensor h = Ops.zerosLike(x.select(1, 0));
            Tensor[] out = new Tensor[x.dim(1)];
            for (int t = 0; t < out.length; t++) {
                Tensor gate = g.select(1, t);
                h = h.mul(gate).add(gate.neg().add(1).mul(x.select(1, t)));
                out[t] = h;
            }
            return Ops.stack(1, List.of(out));
        }
    }

    private static void firstChunk(CheckContext c) {
        Model m = model(c, 8);
        Tensor x = c.normal64("x", 2, 20, 8);
        Taps.Recorder taps = Taps.recording("attn.heads");
        m.forward(Tensors.of("x", x), Call.eval().with(taps));
        Tensor heads = Heads.merge(taps.seen().get("attn.heads"));
        Tensor first = Parts.of(m, x.slice(1, 0, 8)).recurrence();
        c.close("a single key has weight 1", heads.slice(1, 0, 8), first, 1e-12);
    }

    private static void oneChunk(CheckContext c) {
        Model m = model(c, 20);
        Tensor x = c.normal64("x", 2, 20, 8);
        Parts p = Parts.of(m, x);
        Tensor expected = p.z.mul(p.recurrence())
                .matmulT(m.params().param("out_proj.weight").value())
                .add(x);
        c.close("gated linear recurrence", run(m, x), expected, 1e-12);
        Tensor w = m.params().param("in_proj.weight").value();
        Tape tape = new Tape().watch(w);
        Tensor y = tape.record(() -> run(m, x));
        Tensor g = tape.gradient(List.of(y), List.of(c.normal64("cot", 2, 20, 8)), List.of(w))
                .getFirst();
        c.same("gradient to q and k", g.slice(0, 24, 32), Tensor.zeros(DType.F64, 8, 8));
        c.isTrue("the others have one", Ops.abs(g.slice(0, 0, 24)).min().item() > 0);
    }

    private static void attention(CheckContext c) {
        Model m = model(c, 1);
        m.params().param("gate_bias").set(Tensor.full(DType.F64, -800, 8));
        m.params().param("in_proj.weight").set(c.normal64("w", 32, 8));
        Tensor x = c.normal64("x", 2, 17, 8);
        Parts p = Parts.of(m, x);
        Tensor at = Ops.iota(DType.I64, 17);
        Rope rope = Rope.halves(10000);
        Tensor q = rope.rotate(Heads.split(Ops.concat(-1, p.q, p.q), 4), at);
        Tensor k = rope.rotate(Heads.split(Ops.concat(-1, p.k, p.k), 4), at);
        Tensor o = Heads.merge(Fused.attendCausal(q, k, Heads.split(p.x, 4)));
        Tensor expected =
                p.z.mul(o).matmulT(m.params().param("out_proj.weight").value()).add(x);
        c.close("causal softmax attention", run(m, x), expected, 1e-10);
    }

    private static void causal(CheckContext c) {
        Model m = model(c, 5);
        m.params().param("in_proj.weight").set(c.normal64("w", 32, 8));
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 8));
        for (int t : new int[] {1, 4, 5, 13, 22}) {
            Forms.causal(c, m, x, t);
        }
    }

    private static Tensor row(double... values) {
        return Tensor.of(values, 1, 1, values.length, 1);
    }

    private static void worked(CheckContext c) {
        Tensor half = Tensor.of(new double[] {0, 0.5, 0, 0.5}, 1, 1, 4, 1);
        Tensor zero = Tensor.zeros(DType.F64, 1, 1, 1);
        Tensor v = Ops.firstOrder(half, row(0.5, 1, 1.5, 2), zero, 2, false);
        Tensor k = Ops.firstOrder(half, row(0.5, 0, 0.5, 0), zero, 2, false);
        c.close("values", v, row(.5, 1.25, 1.5, 2.75), 1e-12);
        c.close("keys", k, row(.5, .25, .5, .25), 1e-12);
        Summaries closed = new Summaries(row(.25, .25), row(1.25, 2.75));
        Tensor chunk = Tensor.of(new long[] {0, 0, 1, 1}, 4);
        Tensor y = ChunkAttention.read(row(0, 0, 1, 1), k, v, Optional.of(closed), chunk, 1);
        c.close("reads", y, row(0.5, 1.25, 1.390544, 2.0), 1e-6);
    }

    private static void positions(CheckContext c) {
        int t = 20;
        Tensor x = c.normal64("heads", 1, 2, t, 4);
        Tensor chunk = Ops.floorDiv(Ops.iota(DType.I64, t), Tensor.of(new long[] {5}, 1));
        Rope rope = Rope.halves(10000);
        Tensor one = x.slice(2, 0, 1).expand(1, 2, t, 4);
        Tensor turned = rope.rotate(one, chunk);
        for (int i = 0; i < t; i++) {
            c.same("token " + i, turned.select(2, i), turned.select(2, i - i % 5));
        }
        Tensor q = c.normal64("q", 1, 2, t, 4);
        Tensor v = c.normal64("v", 1, 2, t, 4);
        Tensor expected = read(rope, q, x, v, chunk, 0);
        c.close("all chunks 9 later", read(rope, q, x, v, chunk, 9), expected, 1e-10);
    }

    private static Tensor read(Rope rope, Tensor q, Tensor k, Tensor v, Tensor chunk, int shift) {
        Tensor at = chunk.add(shift);
        Tensor kt = rope.rotate(k, at);
        Summaries closed = new Summaries(Ops.slice(kt, 2, 4, 20, 5), Ops.slice(v, 2, 4, 20, 5));
        return ChunkAttention.read(rope.rotate(q, at), kt, v, Optional.of(closed), chunk, 0.5);
    }

    private static void parameters(CheckContext c) {
        Model m = model(c, 4);
        int rows = m.params().param("in_proj.weight").spec().shape().dim(0);
        c.equal("rows of q and k, 2 G p", rows - 3 * 8, 2 * 2 * 2);
        c.equal("all", m.params().count(), (3L * 8 + 8) * 8 + 8 * 8 + 8 + 8);
    }
}
