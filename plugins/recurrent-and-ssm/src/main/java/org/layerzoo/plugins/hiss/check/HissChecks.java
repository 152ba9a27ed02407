package org.layerzoo.plugins.hiss.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Errors;
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
import org.layerzoo.plugins.hiss.HissConfig;
import org.layerzoo.plugins.hiss.HissLayer;
import org.layerzoo.plugins.hiss.HissProvider;
import org.layerzoo.plugins.hiss.Stack;

/** The Checks of the HiSS sheet. */
public final class HissChecks {
    private static final Stack S4 = new Stack.S4(4, 2, 4, true);
    private static final Stack MAMBA = new Stack.Mamba(4, 1, 3);

    private HissChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: L/k outputs, each of the samples up to its chunk's end", HissChecks::causal),
                new Check("check-2: the low level is reset at each chunk", HissChecks::reset),
                new Check("check-3: sample by sample equals the batch", HissChecks::streams),
                new Check("check-4: k = 1 is a stack of two", HissChecks::single),
                new Check("check-5: S4 recurrence equals its convolution", HissChecks::forms),
                new Check("check-6: order within a chunk matters, unlike for a mean", HissChecks::order),
                new Check("check-7: appended differences", HissChecks::differences));
    }

    private static Model model(CheckContext c, int k, Stack low, Stack high, boolean deltas) {
        return Models.build(
                "",
                new HissProvider(),
                new HissConfig(2, 3, k, low, high, deltas, 0),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static Tensor summary(Model m, Tensor x) {
        Aux aux = Aux.collecting("summary");
        m.forward(Tensors.of("x", x), Call.eval().with(aux));
        return aux.ports().get("summary");
    }

    private static Tensor moved(CheckContext c, Tensor x, int t) {
        Tensor other = c.normal64("moved " + t, x.dim(0), 1, x.dim(2));
        return Ops.concat(1, x.slice(1, 0, t), other, x.slice(1, t + 1, x.dim(1)));
    }

    private static void causal(CheckContext c) {
        for (Stack high : List.of(S4, MAMBA)) {
            Model m = model(c, 5, MAMBA, high, true);
            Tensor x = c.normal64("x", 2, 43, 2);
            Tensor y = run(m, x);
            c.equal("predictions of 43 samples by 5", y.dim(1), 8);
            for (int t : new int[] {0, 14, 15, 37}) {
                Tensor after = run(m, moved(c, x, t));
                int j = t / 5;
                c.close("before chunk " + j, after.slice(1, 0, j), y.slice(1, 0, j), 1e-12);
                c.isTrue("chunk " + j + " reacts", Errors.relative(after.select(1, j), y.select(1, j)) > 1e-6);
            }
            c.close("the dropped tail", run(m, moved(c, x, 41)), y, 0);
        }
    }

    /** A level that hands its input through. */
    private static org.layerzoo.core.layer.Layer identity() {
        return (in, call) -> Tensors.of("y", in.get("x"));
    }

    private static void reset(CheckContext c) {
        Model m = model(c, 4, S4, MAMBA, false);
        Tensor x = c.normal64("x", 1, 24, 2);
        Tensor other = moved(c, x, 9);
        HissLayer layer = (HissLayer) m.layer();
        Model flat = m.with(layer.with(layer.low(), identity()));
        for (Tensor[] pair : new Tensor[][] {
            {summary(m, x), summary(m, other)}, {run(flat, x), run(flat, other)},
        }) {
            for (int j = 0; j < 6; j++) {
                double e = Errors.relative(pair[1].select(1, j), pair[0].select(1, j));
                c.isTrue("chunk " + j + " moved by " + e + " when chunk 2 changed", j == 2 ? e > 1e-6 : e == 0);
            }
        }
    }

    private static void streams(CheckContext c) {
        Tensor x = c.normal64("x", 2, 26, 2);
        for (Stack low : List.of(S4, MAMBA)) {
            Model m = model(c, 4, low, low == S4 ? MAMBA : S4, true);
            for (int piece : new int[] {1, 3, 7, 26}) {
                State s = ((Streaming) m.layer()).open(Opening.of(2).with(DType.F64));
                List<Tensor> rows = new ArrayList<>();
                for (int t = 0; t < 26; t += piece) {
                    Tensors in = Tensors.of("x", x.slice(1, t, Math.min(26, t + piece)));
                    Tensors out = ((Streaming) m.layer()).advance(in, s, Call.eval());
                    out.find("y").ifPresent(rows::add);
                }
                c.close("pieces of " + piece, Ops.concat(1, rows), run(m, x), 1e-10);
            }
        }
    }

    private static Tensor linear(Model m, String name, Tensor x) {
        return Fused.linear(
                x,
                m.params().param(name + ".weight").value(),
                m.params().param(name + ".bias").value());
    }

    private static void single(CheckContext c) {
        Model m = model(c, 1, S4, MAMBA, false);
        HissLayer layer = (HissLayer) m.layer();
        Tensor x = c.normal64("x", 2, 7, 2);
        List<Tensor> s = new ArrayList<>();
        for (int t = 0; t < 7; t++) {
            Tensors one = Tensors.of("x", linear(m, "low_level.embed", x.slice(1, t, t + 1)));
            s.add(linear(
                    m,
                    "low_level.decoder",
                    layer.low().forward(one, Call.eval()).get("y")));
        }
        Tensor h = layer.high()
                .forward(Tensors.of("x", Ops.concat(1, s)), Call.eval())
                .get("y");
        c.close("a stack of two", run(m, x), linear(m, "output", h), 1e-12);
    }

    private static void forms(CheckContext c) {
        for (int k : new int[] {3, 40}) {
            Model m = model(c, k, S4, S4, false);
            Tensors x = Tensors.of("x", c.normal64("x", 2, 120, 2));
            Tensor scan = m.forward(x, Call.eval().with(new Call.Algorithm.Recurrent()))
                    .get("y");
            Tensor convolution = m.forward(x, Call.eval().with(new Call.Algorithm.Parallel()))
                    .get("y");
            c.close("chunks of " + k, convolution, scan, 1e-9);
        }
    }

    private static void order(CheckContext c) {
        Model m = model(c, 4, S4, MAMBA, false);
        HissLayer layer = (HissLayer) m.layer();
        Tensor x = c.normal64("x", 1, 12, 2);
        Tensor turned = Ops.concat(1, x.slice(1, 0, 4), Ops.flip(x.slice(1, 4, 8), 1), x.slice(1, 8, 12));
        c.isTrue("order moves the summary", Errors.relative(summary(m, turned), summary(m, x)) > 1e-3);
        Model mean = m.with(layer.with(
                (in, call) -> Tensors.of(
                        "y", in.get("x").meanKeep(1).expand(in.get("x").shape().dims())),
                layer.high()));
        c.close("a mean doesn't see it", summary(mean, turned), summary(mean, x), 1e-12);
    }

    private static void differences(CheckContext c) {
        Tensor x = c.normal64("x", 1, 5, 2);
        Tensor d = HissLayer.deltas(x, x.slice(1, 0, 1)).slice(2, 2, 4);
        c.close("first row", d.slice(1, 0, 1), Tensor.zeros(DType.F64, 1, 1, 2), 0);
        c.close("the others", d.slice(1, 1, 5), x.slice(1, 1, 5).sub(x.slice(1, 0, 4)), 0);
    }
}
