package org.layerzoo.plugins.seqboatsma.check;

import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.ActiveTokens;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.ssm.DampedEma;
import org.layerzoo.plugins.seqboatsma.GatedUnit;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Norms;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Positions;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Reach;
import org.layerzoo.plugins.seqboatsma.SeqBoatConfig.Weights;
import org.layerzoo.plugins.seqboatsma.SeqBoatProvider;

/** The Checks of the SeqBoat sheet. */
public final class SeqBoatChecks {
    private static final Reach LOCAL = new Reach(true, 3, 1, false);

    private SeqBoatChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: router forced on and off", SeqBoatChecks::forced),
                new Check("check-2: packed and unpacked", SeqBoatChecks::packing),
                new Check("check-3: packed equals dense with inactive keys left out", SeqBoatChecks::dense),
                new Check("check-4: gradients through the confidence alone", SeqBoatChecks::gradients),
                new Check("check-5: blocks of a window equal its mask", SeqBoatChecks::window),
                new Check("check-6: causal, and a stream equals the whole", SeqBoatChecks::causal),
                new Check("check-7: averages as scan and convolution, temperature", SeqBoatChecks::averages),
                new Check("check-8: worked example", SeqBoatChecks::worked));
    }

    private static SeqBoatConfig config(Reach r, Weights w, Positions p, boolean routed, double idle) {
        return new SeqBoatConfig(8, 4, 6, 3, r, w, p, 16, Norms.LAYER, routed, idle, 0);
    }

    private static Model model(CheckContext c, SeqBoatConfig config) {
        return Models.build(
                "",
                new SeqBoatProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void forced(CheckContext c) {
        Tensor x = c.normal64("x", 2, 14, 8);
        Model on = model(c, config(LOCAL, Weights.RELU2, Positions.BIAS, true, -1e9));
        Model plain = model(c, config(LOCAL, Weights.RELU2, Positions.BIAS, false, 0));
        plain.params().params().forEach((name, p) -> {
            Tensor v = on.params().param(name).value();
            p.set(name.startsWith("hx_proj") ? v.slice(0, 2, 10) : v);
        });
        c.close("on", run(on, x), run(plain, x), 1e-12);
        Model off = model(c, config(LOCAL, Weights.RELU2, Positions.BIAS, true, 1e9));
        Tensor n = Fused.layerNorm(
                x,
                off.params().param("norm.norm.weight").value(),
                off.params().param("norm.norm.bias").value(),
                1e-5);
        DampedEma ema = ema(off);
        Tensor direct = Fused.linear(
                Ops.silu(ema.convolve(n)),
                off.params().param("hx_proj.weight").value().slice(0, 2, 10),
                off.params().param("hx_proj.bias").value().slice(0, 2, 10));
        c.close("off", run(off, x), Ops.silu(direct.add(x)), 1e-12);
    }

    private static DampedEma ema(Model m) {
        ParamTree t = m.params();
        return new DampedEma(
                t.param("move.delta"),
                t.param("move.alpha"),
                t.param("move.beta"),
                t.param("move.gamma"),
                t.param("move.omega"),
                false);
    }

    private static Tensor active(CheckContext c, int b, int t) {
        return c.normal64("router", b, t).gt(0.2);
    }

    private static void packing(CheckContext c) {
        Tensor a = active(c, 3, 17);
        Tensor x = c.normal64("x", 3, 17, 5);
        ActiveTokens packed = ActiveTokens.of(a);
        Tensor expected = Ops.where(a.unsqueeze(-1), x, Tensor.scalar(DType.F64, 0));
        c.close("there and back", packed.unpack(packed.pack(x)), expected, 0);
        c.isTrue("S = " + packed.size() + " of 17", packed.size() < 17);
    }

    private static void dense(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 15, 8));
        for (Weights w : Weights.values()) {
            for (Positions p : new Positions[] {Positions.BIAS, Positions.ROTARY}) {
                // Causal scores are divided by the rank among active tokens, which the dense form doesn't know.
                Reach r = new Reach(w == Weights.SOFTMAX, 0, 2, false);
                Model m = model(c, config(r, w, p, true, 0));
                Tensor whole = m.forward(x, Call.eval().with(new Call.Algorithm.Dense()))
                        .get("y");
                c.close(w + ", " + p, run(m, x.get("x")), whole, 1e-12);
            }
        }
        inPlace(c);
    }

    /** Tokens packed, read by blocks of a window and put back, against all pairs of tokens where they stand. */
    private static void inPlace(CheckContext c) {
        Tensor m = c.normal64("m", 2, 19, 8);
        Tensor act = active(c, 2, 19);
        ActiveTokens all = ActiveTokens.inPlace(act);
        ActiveTokens packed = ActiveTokens.of(act);
        for (Weights w : Weights.values()) {
            for (Positions p : Positions.values()) {
                for (boolean causal : new boolean[] {true, false}) {
                    SeqBoatConfig k = config(new Reach(causal, 3, 1, false), w, p, true, 0);
                    ParamTree tree = new ParamTree(c.draws(), DType.F64);
                    GatedUnit unit = new GatedUnit(k, tree.root());
                    tree.param("gamma").set(c.normal64("gamma", 2, 4));
                    Tensor given =
                            packed.unpack(unit.local(unit.project(packed.pack(m), packed.ticks(), packed.valid())));
                    Tensor bias = p == Positions.ROTARY
                            ? Tensor.zeros(DType.F64, 1)
                            : tree.param("rel_pos_bias.rel_pos_bias").value();
                    GatedUnit.Rows r = unit.project(m, all.ticks(), all.valid());
                    Tensor places = p == Positions.PACKED ? packed.index() : all.ticks();
                    for (int row = 0; row < 2; row++) {
                        Tensor expected = masked(r, row, packed.index(), places, bias, causal, w);
                        String name =
                                w + ", " + p + ", a window of active tokens, " + (causal ? "causal" : "both ways");
                        c.close(
                                name,
                                given.slice(0, row, row + 1),
                                all.unpack(rows(expected, row)).slice(0, row, row + 1),
                                1e-12);
                    }
                }
            }
        }
    }

    private static Tensor rows(Tensor one, int row) {
        Tensor none = Ops.zerosLike(one);
        return row == 0 ? Ops.concat(0, one, none) : Ops.concat(0, none, one);
    }

    private static void gradients(CheckContext c) {
        Model m = model(c, config(LOCAL, Weights.SOFTMAX, Positions.BIAS, true, 0));
        Tensor w = m.params().param("hx_proj.weight").value();
        Tensor t = m.params().param("q_router.temp").value();
        Tape tape = new Tape().watch(List.of(w, t));
        Tensor y = tape.record(() -> run(m, c.normal64("x", 2, 14, 8)));
        List<Tensor> g = tape.gradient(List.of(y), List.of(c.normal64("cot", 2, 14, 8)), List.of(w, t));
        c.isTrue("router rows", Ops.abs(g.get(0).slice(0, 0, 2)).max().item() > 1e-9);
        c.isTrue("temperature", Math.abs(g.get(1).item()) > 1e-9);
        Tensor x = c.normal64("rows", 2, 9, 3);
        Tensor a = active(c, 2, 9);
        ActiveTokens packed = ActiveTokens.of(a);
        Tensor cot = c.normal64("cot2", 2, packed.size(), 3);
        Tensor slope = Forms.gradients(List.of(x), cot, v -> List.of(packed.pack(v.getFirst())))
                .getFirst();
        Tensor idle = Ops.where(a.unsqueeze(-1), Tensor.scalar(DType.F64, 0), slope);
        c.close("inactive tokens", idle, Ops.zerosLike(idle), 0);
    }

    private static void window(CheckContext c) {
        for (boolean causal : new boolean[] {true, false}) {
            for (Weights w : Weights.values()) {
                SeqBoatConfig k = config(new Reach(causal, 3, 1, false), w, Positions.BIAS, true, 0);
                ParamTree tree = new ParamTree(c.draws(), DType.F64);
                GatedUnit unit = new GatedUnit(k, tree.root());
                tree.param("gamma").set(c.normal64("gamma", 2, 4));
                Tensor ticks = Tensor.of(new long[] {0, 2, 3, 7, 8, 9, 11, 12, 15, 16, 20}, 1, 11);
                Tensor rank = Ops.iota(DType.I64, 11).add(1).unsqueeze(0);
                GatedUnit.Rows r = unit.project(c.normal64("m", 1, 11, 8), ticks, ticks.ge(Ops.zerosLike(ticks)));
                c.close(
                        w + (causal ? ", causal" : ", both ways"),
                        unit.local(r),
                        masked(
                                r,
                                0,
                                rank,
                                ticks,
                                tree.param("rel_pos_bias.rel_pos_bias").value(),
                                causal,
                                w),
                        1e-10);
            }
        }
    }

    /** f(q k^T / len + bias[distance]) v over ranks at most 3 apart, pair by pair, in one row of a batch; rank 0 is no key. */
    private static Tensor masked(
            GatedUnit.Rows r, int row, Tensor rank, Tensor places, Tensor bias, boolean causal, Weights w) {
        int n = rank.dim(1);
        double len = w == Weights.SOFTMAX ? 2 : causal ? 3 : 6;
        double[] s = r.q().select(0, row).matmulT(r.k().select(0, row)).div(len).toDoubles();
        double[] table = bias.toDoubles();
        boolean[] seen = new boolean[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                int far = (int) (places.get(row, j) - places.get(row, i));
                s[i * n + j] += table[Math.clamp(far + table.length / 2, 0, table.length - 1)];
                double behind = rank.get(row, i) - rank.get(row, j);
                seen[i * n + j] = rank.get(row, j) > 0 && Math.abs(behind) <= 3 && (!causal || behind >= 0);
            }
        }
        Tensor scores = Tensor.of(s, n, n);
        Tensor mask = Tensor.of(seen, n, n);
        Tensor zero = Tensor.scalar(DType.F64, 0);
        Tensor p =
                switch (w) {
                    case RELU2 -> Ops.where(mask, Ops.square(Ops.relu(scores)), zero);
                    case LAPLACE ->
                        Ops.where(
                                mask,
                                Ops.erf(scores.sub(Math.sqrt(0.5)).div(0.28209479177387814 * Math.sqrt(2)))
                                        .add(1)
                                        .mul(0.5),
                                zero);
                    case SOFTMAX -> Fused.softmax(Ops.where(mask, scores, Tensor.scalar(DType.F64, -5e4)), 1);
                };
        return p.matmul(r.v().select(0, row)).unsqueeze(0);
    }

    private static void causal(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 8));
        for (Weights w : Weights.values()) {
            for (Positions p : new Positions[] {Positions.BIAS, Positions.ROTARY, Positions.PACKED}) {
                Model m = model(c, config(LOCAL, w, p, true, 0));
                Forms.causal(c, m, x, 11);
                Forms.streams(c, m, x, 1e-10);
            }
        }
        Model released = model(c, config(new Reach(true, 3, 1, true), Weights.LAPLACE, Positions.BIAS, true, 0));
        Model clean = model(c, config(LOCAL, Weights.LAPLACE, Positions.BIAS, true, 0));
        double apart = Ops.abs(run(released, x.get("x")).sub(run(clean, x.get("x"))))
                .max()
                .item();
        c.isTrue("masked cells of weight 0.0061 move outputs by " + apart, apart > 1e-9);
    }

    private static void averages(CheckContext c) {
        Model m = model(c, config(LOCAL, Weights.RELU2, Positions.BIAS, true, 0));
        Tensors x = Tensors.of("x", c.normal64("x", 2, 40, 8));
        DampedEma ema = ema(m);
        Tensor scan = ema.scan(x.get("x"), java.util.Optional.empty()).y();
        c.close("scan and convolution", ema.convolve(x.get("x")), scan, 1e-11);
        Aux aux = Aux.collecting("router");
        m.forward(x, Call.eval().with(aux));
        Tensor p = aux.ports().get("router");
        c.close("probabilities", p.sum(2), Tensor.ones(DType.F64, 2, 40), 1e-12);
        SeqBoatProvider provider = new SeqBoatProvider();
        Model wide =
                Models.build("", provider, provider.defaults(org.layerzoo.core.spi.Size.TEST), Models.Options.of(1));
        double temp = Math.exp(wide.params().param("q_router.temp").value().item());
        c.close("temperature at D = 64", temp, 2.4, 1e-6);
    }

    private static void worked(CheckContext c) {
        ActiveTokens a = ActiveTokens.of(Tensor.of(new boolean[] {true, false, true, true}, 1, 4));
        c.same("index", a.index(), Tensor.of(new long[] {1, 0, 2, 3}, 1, 4));
        Tensor x = Tensor.of(new double[] {10, 11, 12, 13}, 1, 4, 1);
        c.close("rows", a.pack(x), Tensor.of(new double[] {10, 12, 13}, 1, 3, 1), 0);
    }
}
