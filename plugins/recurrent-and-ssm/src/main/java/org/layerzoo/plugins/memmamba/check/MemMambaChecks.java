package org.layerzoo.plugins.memmamba.check;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.softmax.Softmax;
import org.layerzoo.core.report.Block;
import org.layerzoo.core.report.Report;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.RunContext;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.memmamba.Decay;
import org.layerzoo.plugins.memmamba.FidelityProbe;
import org.layerzoo.plugins.memmamba.MemMambaConfig;
import org.layerzoo.plugins.memmamba.MemMambaConfig.Fusion;
import org.layerzoo.plugins.memmamba.MemMambaConfig.GateInput;
import org.layerzoo.plugins.memmamba.MemMambaConfig.Replace;
import org.layerzoo.plugins.memmamba.MemMambaProvider;
import org.layerzoo.plugins.memmamba.Pool;
import org.layerzoo.plugins.memmamba.Ridge;

/** The Checks of the MemMamba sheet. */
public final class MemMambaChecks {
    private MemMambaChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: without notes and reads the plain Mamba stack", MemMambaChecks::plain),
                new Check("check-2: causality", MemMambaChecks::causal),
                new Check("check-3: pool size, and the last P under FIFO", MemMambaChecks::pools),
                new Check("check-4: sequential loop equals batch equals streaming", MemMambaChecks::forms),
                new Check("check-5: a pool for all tokens is strictly causal attention", MemMambaChecks::dense),
                new Check("check-6: constant memory", MemMambaChecks::memory),
                new Check("check-7: the order inside a pool does not matter", MemMambaChecks::set),
                new Check("check-8: scorers learn through the taken branch", MemMambaChecks::gradients),
                new Check("check-9: memory fidelity", MemMambaChecks::fidelity));
    }

    private static MemMambaConfig config(
            int layers, int capacity, double write, double read, Replace r, Fusion f, GateInput g) {
        return new MemMambaConfig(8, layers, 4, 4, 2, 4, capacity, 2, write, read, r, f, g);
    }

    private static MemMambaConfig usual(Replace r, Fusion f, GateInput g) {
        return config(4, 3, 0.5, 0.5, r, f, g);
    }

    private static Model model(CheckContext c, MemMambaConfig config) {
        return Models.build(
                "",
                new MemMambaProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void plain(CheckContext c) {
        for (Fusion f : Fusion.values()) {
            MemMambaConfig config = config(4, 3, 1, 1, Replace.PRIORITY, f, GateInput.INPUT);
            Model m = model(c, config);
            Tensor x = c.normal64("x", 2, 12, 8);
            Tensor h = x;
            for (int l = 0; l < 4; l++) {
                Tensor weight = m.params().param("layers." + l + ".norm.weight").value();
                Tensors in = Tensors.of("x", Fused.rmsNorm(h, weight, 1e-5));
                h = h.add(Naive.mixer(m, config, l).forward(in, Call.eval()).get("y"));
            }
            c.same("fusion " + f, m.forward(Tensors.of("x", x), Call.eval()).get("y"), h);
        }
    }

    private static void causal(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 12, 8));
        for (Replace r : Replace.values()) {
            Forms.causal(c, model(c, usual(r, Fusion.GATED, GateInput.INPUT)), x, 7);
        }
        Forms.causal(c, model(c, config(2, 3, 0.5, 0.5, Replace.FIFO, Fusion.GATED, GateInput.STATE)), x, 7);
    }

    private static void pools(CheckContext c) {
        Tensor empty = Tensor.full(DType.F64, -1, 2, 3);
        Tensor fresh = Ops.sigmoid(c.normal64("importance", 2, 20));
        Tensor fifo = Pool.members(empty, fresh, 0, true);
        for (int t = 3; t <= 20; t++) {
            long from = 3 + t - 3;
            Tensor last = Tensor.of(new long[] {from, from + 1, from + 2, from, from + 1, from + 2}, 2, 3);
            c.same("the last 3 before token " + t, fifo.select(1, t), last);
        }
        Tensor some = Pool.members(empty, fresh, 0.5, false);
        long important = fresh.gt(Tensor.scalar(DType.F64, 0.5))
                .cast(DType.I64)
                .select(0, 0)
                .sum(0)
                .toLongs()[0];
        c.isTrue("more important tokens than places", important > 3);
        Tensor held = some.ge(Ops.zerosLike(some)).cast(DType.F64).sum(2);
        c.isTrue("at most 3, given " + held.max().item(), held.max().item() == 3);
        Tensor tie = Tensor.of(new double[] {0.9, 0.7, 0.7, 0.8, 0.6, 0.95}, 1, 6);
        Tensor worked = Pool.members(Tensor.full(DType.F64, -1, 1, 3), tie, 0.5, false);
        long[][] expected = {{-1, -1, -1}, {3, -1, -1}, {3, 4, -1}, {3, 4, 5}, {3, 5, 6}, {3, 6, 7}, {3, 6, 8}};
        for (int t = 0; t < expected.length; t++) {
            c.same("least important, oldest of equals, " + t, worked.select(1, t), Tensor.of(expected[t], 1, 3));
        }
    }

    private static void forms(CheckContext c) {
        Tensor x = c.normal64("x", 1, 14, 8);
        for (Fusion f : Fusion.values()) {
            Replace r = f == Fusion.SUM ? Replace.FIFO : Replace.PRIORITY;
            Model m = model(c, usual(r, f, GateInput.INPUT));
            Tensor whole = run(m, x);
            c.close(f + ", the loop", whole, new Naive(m).run(x), 1e-10);
            Model mute = model(c, config(4, 3, 1, 1, r, f, GateInput.INPUT));
            c.isTrue(
                    f + ", reads matter", Ops.abs(whole.sub(run(mute, x))).max().item() > 1e-3);
        }
        Model state = model(c, config(2, 3, 0.5, 0.5, Replace.PRIORITY, Fusion.GATED, GateInput.STATE));
        c.close("gates of the state, the loop", run(state, x), new Naive(state).run(x), 1e-10);
        Model m = model(c, usual(Replace.PRIORITY, Fusion.GATED, GateInput.INPUT));
        Forms.agree(c, m, Tensors.of("x", c.normal64("rows", 2, 14, 8)), 1e-10, 5);
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    /** A pool as large as the row, everything written and read. */
    private static void dense(CheckContext c) {
        int t = 17;
        Model m = model(c, config(1, t, 0, 0, Replace.PRIORITY, Fusion.SUM, GateInput.INPUT));
        Tensor x = c.normal64("x", 1, t, 8);
        Tensor own = Fused.rmsNorm(x, value(m, "norm.weight"), 1e-5);
        Tensor hidden = Ops.relu(Fused.linear(own, value(m, "note.w1.weight"), value(m, "note.w1.bias")));
        Tensor importance = Ops.sigmoid(Fused.linear(hidden, value(m, "note.w2.weight"), value(m, "note.w2.bias")));
        Tensor s = Fused.linear(own, value(m, "note.summary.weight")).mul(importance);
        Tensor at = Ops.iota(DType.F64, t);
        Tensor earlier = at.unsqueeze(1).gt(at.unsqueeze(0)).unsqueeze(0);
        Tensor scores = Fused.linear(own, value(m, "read.q.weight"))
                .matmulT(Fused.linear(s, value(m, "read.k.weight")))
                .div(2);
        Tensor weights = Fused.softmax(scores, 2, earlier, Softmax.EmptyRow.ZERO);
        Tensor read =
                Fused.linear(weights.matmul(Fused.linear(s, value(m, "read.v.weight"))), value(m, "read.o.weight"));
        Tensor before = Ops.padZero(own, 1, 1, 0).slice(1, 0, t);
        Tensor mixed = own.add(read.mul(Ops.sigmoid(Fused.linear(before, value(m, "forget.weight")))));
        Tensor z = Naive.mixer(m, (MemMambaConfig) m.config(), 0)
                .forward(Tensors.of("x", mixed), Call.eval())
                .get("y");
        c.close("y", run(m, x), x.add(z), 1e-10);
    }

    private static Tensor value(Model m, String name) {
        return m.params().param("layers.0." + name).value();
    }

    private static void memory(CheckContext c) {
        Model m = model(c, usual(Replace.PRIORITY, Fusion.GATED, GateInput.INPUT));
        Streaming layer = (Streaming) m.layer();
        State s = layer.open(Opening.of(2).with(DType.F64));
        long opened = s.usage().bytes();
        for (int n : new int[] {1, 8, 64, 1}) {
            layer.advance(Tensors.of("x", c.normal64("x" + n, 2, n, 8)), s, Call.eval());
            c.equal("bytes behind " + n + " more", s.usage().bytes(), opened);
        }
    }

    private static void set(CheckContext c) {
        Tensor fresh = Ops.sigmoid(c.normal64("importance", 2, 12));
        Tensor index = Pool.members(Tensor.full(DType.F64, -1, 2, 5), fresh, 0.3, false);
        Tensor table = c.normal64("table", 2, 17, 4);
        Tensor q = c.normal64("q", 2, 13, 4);
        Tensor v = c.normal64("v", 2, 17, 4);
        Tensor read = new Pool(table, index).read(q, table, v);
        Tensor order = c.draws().permutation("order", 5);
        Tensor moved = new Pool(table, Ops.indexSelect(index, 2, order)).read(q, table, v);
        c.close("read", moved, read, 1e-12);
        c.same("an empty pool gives 0", read.select(1, 0), Tensor.zeros(DType.F64, 2, 4));
    }

    private static void gradients(CheckContext c) {
        Model m = model(c, config(2, 3, 0, 0, Replace.PRIORITY, Fusion.GATED, GateInput.INPUT));
        List<Param> scorers = m.params().trainable().stream()
                .filter(p -> p.path().contains("note.") || p.path().contains("forget"))
                .toList();
        List<Tensor> at = scorers.stream().map(Param::value).toList();
        Tensor x = c.normal64("x", 2, 9, 8);
        Tape tape = new Tape().watch(at);
        Tensor loss = tape.record(() -> Ops.square(run(m, x)).mean());
        List<Tensor> g = tape.gradient(loss, at);
        for (int i = 0; i < g.size(); i++) {
            c.finite(scorers.get(i).path(), g.get(i));
            c.isTrue(scorers.get(i) + " learns", Ops.abs(g.get(i)).max().item() > 0);
        }
    }

    /** A decoder finds a linear map again and nothing in noise; the probe reports both measures. */
    private static void fidelity(CheckContext c) {
        Tensor x = c.normal64("x", 200, 6);
        Tensor y = x.matmul(c.normal64("map", 6, 4));
        Tensor w = Ridge.fit(x.slice(0, 0, 100), y.slice(0, 0, 100), 1e-9);
        c.close("of a linear map", Ridge.fidelity(w, x.slice(0, 100, 200), y.slice(0, 100, 200)), 1, 1e-9);
        Tensor noise = c.normal64("noise", 200, 4);
        Tensor none = Ridge.fit(x.slice(0, 0, 100), noise.slice(0, 0, 100), 1e-9);
        double left = Ridge.fidelity(none, x.slice(0, 100, 200), noise.slice(0, 100, 200));
        c.isTrue("of noise near 0, given " + left, Math.abs(left) < 0.3);
        MemMambaProvider p = new MemMambaProvider();
        Model m = Models.build(
                "", p, p.defaults(Size.TINY), Models.Options.of(c.draws().seed()));
        FidelityProbe probe = new FidelityProbe();
        Report r = probe.run(
                probe.defaults(Size.TINY),
                Map.of("subject", m),
                Optional.empty(),
                RunContext.quiet(c.draws().seed()));
        List<double[]> curves = r.blocks().stream()
                .map(b -> ((Block.Curves) b).lines().getFirst().y())
                .toList();
        c.close("a layer from itself", curves.get(1)[0], 1, 1e-3);
        decay(c, m, r);
        double near = curves.get(0)[0];
        double far = curves.get(0)[4];
        c.isTrue("tokens fade: " + near + " at once, " + far + " after 8", near > far + 0.2);
    }

    /** The decay law against a run of the states themselves, and under its bound. */
    private static void decay(CheckContext c, Model m, Report r) {
        Block.Curves law = (Block.Curves) r.blocks().get(2);
        double[] bound = law.lines().get(0).y();
        double[] norm = law.lines().get(1).y();
        c.close("nothing is lost at once", bound[0] + norm[0], 2, 1e-12);
        for (int i = 1; i < bound.length; i++) {
            c.isTrue("falls and stays under its bound", norm[i] < norm[i - 1] && norm[i] <= bound[i]);
        }
        Taps.Recorder taps = Taps.recording();
        Tensor x = c.normal("one row", 1, 6, 8);
        m.forward(Tensors.of("x", x), Call.eval().with(taps));
        Decay one = Decay.of(m, taps, 1).orElseThrow();
        Tensor steps = taps.seen().get("layers.0.mixer.scan.steps");
        Tensor dt = Ops.softplus(Fused.linear(steps, value(m, "mixer.dt_proj.weight"), value(m, "mixer.dt_proj.bias")));
        Tensor a = Ops.exp(value(m, "mixer.A_log")).neg();
        double[] left = new double[2];
        for (int from = 0; from < 3; from++) {
            Tensor h0 = Ops.onesLike(a).unsqueeze(0);
            Tensor nothing = Tensor.zeros(DType.F32, 1, 3, a.dim(0));
            Tensor maps = Tensor.zeros(DType.F32, 1, 3, a.dim(1));
            Tensor h = Fused.selectiveScan(nothing, dt.slice(1, from + 1, from + 4), a, maps, maps)
                    .from(h0)
                    .run()
                    .state();
            left[0] += Ops.sqrt(Ops.square(h).mean(2)).mean().item() / 3;
            left[1] += h.max(2).mean().item() / 3;
        }
        c.close("what 3 tokens leave of a state of ones", one.norm(3), left[0], 1e-5);
        c.close("and of its slowest part", one.bound(3), left[1], 1e-5);
    }
}
