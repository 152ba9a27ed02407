package org.layerzoo.plugins.titans.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
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
import org.layerzoo.nn.memory.NeuralMemory;
import org.layerzoo.nn.memory.NeuralMemory.Weights;
import org.layerzoo.nn.memory.NeuralMemory.Writes;
import org.layerzoo.plugins.titans.TitansConfig;
import org.layerzoo.plugins.titans.TitansConfig.Architecture;
import org.layerzoo.plugins.titans.TitansProvider;

/** The Checks of the Titans sheet. */
public final class TitansChecks {
    private static final double NOTHING = -1e30;

    private TitansChecks() {}

    public static List<Check> all() {
        List<Check> all = new ArrayList<>(List.of(
                new Check("check-1: chunks equal the loop", TitansChecks::loops),
                new Check("check-2: without momentum and decay a delta rule", TitansChecks::delta),
                new Check("check-3: worked example", TitansChecks::worked),
                new Check("check-4: full forgetting, and no writing", TitansChecks::limits),
                new Check("check-5: closed form and coefficients", TitansChecks::closed),
                new Check("check-6: causal, streams, reads change nothing", TitansChecks::streams),
                new Check("check-8: outer gradients", TitansChecks::outer),
                new Check("steps: up to 0.5 of a linear memory, 0.1 of a net", TitansChecks::steps)));
        all.addAll(ContextChecks.all());
        return all;
    }

    private static Writes draw(CheckContext c, int n) {
        return new Writes(
                c.normal64("k", 2, 2, n, 3).mul(0.5),
                c.normal64("v", 2, 2, n, 3),
                Ops.logSigmoid(c.normal64("eta", 2, 2, n)),
                Ops.logSigmoid(c.normal64("keep", 2, 2, n).add(2)),
                Ops.sigmoid(c.normal64("theta", 2, 2, n)).mul(0.2));
    }

    private static Weights start(CheckContext c, int depth) {
        Tensor w = c.normal64("w", 2, 2, depth == 1 ? 3 : 12, 3).mul(0.3);
        return Weights.of(
                depth == 1
                        ? List.of(w)
                        : List.of(w, c.normal64("w2", 2, 2, 3, 12).mul(0.3)));
    }

    private static Tensor of(Tensor t, int i) {
        return Ops.exp(t.slice(2, i, i + 1)).unsqueeze(3);
    }

    /** Token by token with whole weights; gradients by the tape, at the weights of the chunk's start. */
    private static Tensor loop(Weights m, Writes x, Tensor q, int chunk) {
        Weights now = m;
        Weights frozen = m;
        List<Tensor> y = new ArrayList<>();
        for (int t = 0; t < x.size(); t++) {
            frozen = t % chunk == 0 ? now : frozen;
            List<Tensor> w = frozen.w();
            Writes one = x.slice(t, t + 1);
            Tape tape = new Tape().watch(w);
            Tensor loss = tape.record(
                    () -> Ops.square(NeuralMemory.read(Weights.of(w), one.k()).sub(one.v()))
                            .sum());
            List<Tensor> u = tape.gradient(loss, w);
            List<Tensor> next = new ArrayList<>();
            List<Tensor> momentum = new ArrayList<>();
            for (int i = 0; i < w.size(); i++) {
                Tensor theta = x.theta().slice(2, t, t + 1).unsqueeze(3);
                Tensor s = now.s().get(i).mul(of(x.logEta(), t)).sub(u.get(i).mul(theta));
                momentum.add(s);
                next.add(now.w().get(i).mul(of(x.logKeep(), t)).add(s));
            }
            now = new Weights(next, momentum);
            y.add(NeuralMemory.read(now, q.slice(2, t, t + 1)));
        }
        return Ops.concat(2, y);
    }

    private static Tensor chunks(Weights m, Writes x, Tensor q, int chunk) {
        Weights now = m;
        List<Tensor> y = new ArrayList<>();
        for (int t = 0; t < x.size(); t += chunk) {
            int end = Math.min(x.size(), t + chunk);
            y.add(NeuralMemory.chunk(now, x.slice(t, end), q.slice(2, t, end)));
            now = NeuralMemory.after(now, x.slice(t, end));
        }
        return Ops.concat(2, y);
    }

    private static void loops(CheckContext c) {
        Writes x = draw(c, 11);
        Tensor q = c.normal64("q", 2, 2, 11, 3);
        for (int depth : new int[] {1, 2}) {
            for (int b : new int[] {1, 4, 11}) {
                Tensor expected = loop(start(c, depth), x, q, b);
                c.close("depth " + depth + ", chunks of " + b, chunks(start(c, depth), x, q, b), expected, 1e-10);
            }
        }
    }

    private static Writes gates(Writes x, double logEta, double logKeep) {
        Tensor like = Ops.onesLike(x.theta());
        return new Writes(x.k(), x.v(), like.mul(logEta), like.mul(logKeep), x.theta());
    }

    private static void delta(CheckContext c) {
        Writes x = gates(draw(c, 9), NOTHING, 0);
        Tensor q = c.normal64("q", 2, 2, 9, 3);
        Weights zero = Weights.of(List.of(Tensor.zeros(DType.F64, 2, 2, 3, 3)));
        Tensor o = Fused.recur(q, x.k(), x.v())
                .delta(x.theta().mul(2))
                .algorithm(new Algorithm.Recurrent())
                .run()
                .o();
        c.close("DeltaNet of step 2 theta", chunks(zero, x, q, 1), o, 1e-11);
    }

    private static void worked(CheckContext c) {
        Tensor one = Tensor.ones(DType.F64, 1, 1, 3, 1);
        Tensor quarter = Tensor.full(DType.F64, 0.25, 1, 1, 3);
        Weights zero = Weights.of(List.of(Tensor.zeros(DType.F64, 1, 1, 1, 1)));
        Writes still = gates(new Writes(one, one, quarter, quarter, quarter), NOTHING, 0);
        Tensor expected = Tensor.of(new double[] {0.5, 0.75, 0.875}, 1, 1, 3, 1);
        c.close("without momentum", chunks(zero, still, one, 1), expected, 1e-12);
        Writes moving = gates(still, Math.log(0.5), 0).slice(0, 2);
        Tensor two = Tensor.of(new double[] {0.5, 1}, 1, 1, 2, 1);
        c.close("with momentum 0.5", chunks(zero, moving, one.slice(2, 0, 2), 1), two, 1e-12);
    }

    private static void limits(CheckContext c) {
        Writes x = draw(c, 6);
        Tensor q = c.normal64("q", 2, 2, 6, 3);
        Weights m = start(c, 1);
        Writes forgetting = gates(x, -0.3, NOTHING);
        Weights after = NeuralMemory.after(m, forgetting);
        c.close("M = S", after.w().get(0), after.s().get(0), 1e-12);
        Writes idle = new Writes(
                x.k(),
                x.v(),
                x.logEta().mul(0).add(NOTHING),
                x.logKeep(),
                x.theta().mul(0));
        Tensor decay = Ops.exp(Ops.cumsum(x.logKeep(), 2)).unsqueeze(3);
        c.close("M = beta M_0", chunks(m, idle, q, 6), NeuralMemory.read(m, q).mul(decay), 1e-12);
    }

    private static void closed(CheckContext c) {
        int n = 7;
        Writes x = gates(draw(c, n), NOTHING, -0.2);
        Weights m = start(c, 1);
        Tensor sum = m.w().get(0).mul(Math.exp(-0.2 * n));
        for (int i = 0; i < n; i++) {
            Tensor k = x.k().slice(2, i, i + 1);
            Tensor u =
                    k.matmulT(m.w().get(0)).sub(x.v().slice(2, i, i + 1)).mul(2).tMatmul(k);
            // theta_i beta_t / beta_i
            Tensor share = x.theta().slice(2, i, i + 1).unsqueeze(3).mul(Math.exp(-0.2 * (n - 1 - i)));
            sum = sum.sub(u.mul(share));
        }
        c.close("closed form", NeuralMemory.after(m, x).w().get(0), sum, 1e-11);
        coefficients(c, draw(c, n));
    }

    /** Both scans on a gradient of 1 at token i alone. */
    private static void coefficients(CheckContext c, Writes x) {
        int n = x.size();
        Tensor given = NeuralMemory.Coefficients.of(x).gradients();
        for (int i = 0; i < n; i++) {
            double s = 0;
            double m = 0;
            for (int t = 0; t < n; t++) {
                s = Math.exp(x.logEta().get(1, 0, t)) * s + (t == i ? x.theta().get(1, 0, t) : 0);
                m = Math.exp(x.logKeep().get(1, 0, t)) * m + s;
                c.close("c of " + t + ", " + i, given.get(1, 0, t, i), m, 1e-11);
            }
        }
    }

    static Model model(CheckContext c, Architecture a, int depth, int chunk, int persistent) {
        return Models.build(
                "",
                new TitansProvider(),
                new TitansConfig(8, 2, depth, chunk, 0.1, 4, a, 5, persistent),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static void streams(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 8));
        for (Architecture a : new Architecture[] {Architecture.LMM, Architecture.MAG, Architecture.MAL}) {
            Model m = model(c, a, 2, 4, 2);
            Forms.streams(c, m, x, 1e-10);
            Forms.causal(c, m, x, 13);
        }
        Streaming layer = (Streaming) model(c, Architecture.MAG, 1, 4, 0).layer();
        State s = layer.open(Opening.of(1).with(DType.F64));
        long[] bytes = new long[2];
        for (int i = 0; i < 2; i++) {
            layer.advance(Tensors.of("x", c.normal64("piece " + i, 1, 12, 8)), s, Call.eval());
            bytes[i] = s.usage().bytes();
        }
        c.equal("bytes after 24 tokens", bytes[1], bytes[0]);
        Weights w = start(c, 2);
        Writes writes = draw(c, 4);
        Tensor before = NeuralMemory.after(w, writes).w().get(0);
        NeuralMemory.chunk(w, writes, c.normal64("other", 2, 2, 4, 3));
        c.same("weights behind reads", NeuralMemory.after(w, writes).w().get(0), before);
    }

    /** Central differences through inner gradients. */
    private static void outer(CheckContext c) {
        Tensor x = c.normal64("x", 1, 6, 8);
        Tensor cot = c.normal64("cot", 1, 6, 8);
        for (int depth : new int[] {1, 2}) {
            Model m = model(c, Architecture.LMM, depth, 3, 0);
            for (String name : List.of("memory.memory.0", "memory.k_proj.weight", "memory.theta.weight")) {
                Tensor at = m.params().param(name).value();
                Tensor along = c.normal64("along " + name, at.shape().dims());
                Tape tape = new Tape().watch(List.of(at));
                Tensor loss = tape.record(() -> value(m, x, cot));
                double slope = tape.gradient(loss, List.of(at))
                        .getFirst()
                        .mul(along)
                        .sum()
                        .item();
                double[] v = new double[2];
                for (int i = 0; i < 2; i++) {
                    m.params().param(name).set(at.add(along.mul(i == 0 ? 1e-5 : -1e-5)));
                    v[i] = value(m, x, cot).item();
                }
                m.params().param(name).set(at);
                c.close(name + ", depth " + depth, slope, (v[0] - v[1]) / 2e-5, 1e-6);
            }
        }
    }

    private static void steps(CheckContext c) {
        Tensor x = c.normal64("x", 2, 9, 8);
        for (int depth : new int[] {1, 2}) {
            Tensor[] y = new Tensor[3];
            double[] step = {0, depth == 1 ? 0.5 : 0.1, depth == 1 ? 0.1 : 0.5};
            for (int i = 0; i < 3; i++) {
                TitansConfig k = new TitansConfig(8, 2, depth, 3, step[i], 4, Architecture.LMM, 5, 0);
                Models.Options seeded = Models.Options.of(c.draws().seed()).with(DType.F64);
                y[i] = Models.build("", new TitansProvider(), k, seeded)
                        .forward(Tensors.of("x", x), Call.eval())
                        .get("y");
            }
            c.same("depth " + depth + ", unless said otherwise", y[0], y[1]);
            c.isTrue(
                    "another step is another memory",
                    Ops.abs(y[0].sub(y[2])).max().item() > 1e-9);
        }
    }

    private static Tensor value(Model m, Tensor x, Tensor cot) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y").mul(cot).sum();
    }
}
