package org.layerzoo.plugins.pointernetworks.check;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.layerzoo.core.layer.Call;
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
import org.layerzoo.data.points.PointTargets;
import org.layerzoo.nn.AdditiveScores;
import org.layerzoo.nn.BeamSearch;
import org.layerzoo.nn.host.FixedAnswersConfig;
import org.layerzoo.plugins.pointernetworks.FixedProvider;
import org.layerzoo.plugins.pointernetworks.PointerConfig;
import org.layerzoo.plugins.pointernetworks.PointerLayer;
import org.layerzoo.plugins.pointernetworks.PointerProvider;

/** The Checks of the pointer networks sheet. */
public final class PointerChecks {
    private PointerChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: any number of points", PointerChecks::sizes),
                new Check("check-2: n + 1 probabilities, none for pads", PointerChecks::probabilities),
                new Check("check-3: order matters to the encoder, not to the pointer", PointerChecks::order),
                new Check("check-4: v = 0 is uniform", PointerChecks::uniform),
                new Check("check-5: worked example", PointerChecks::worked),
                new Check("check-6: beams and tours", PointerChecks::beams),
                new Check("check-7: teacher forcing equals steps", PointerChecks::steps),
                new Check("check-8: hulls", PointerChecks::hulls),
                new Check("check-9: baselines with a fixed output", PointerChecks::fixed));
    }

    private static Model model(CheckContext c) {
        return Models.build(
                "",
                new PointerProvider(),
                new PointerConfig(2, 6, 0),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensors input(CheckContext c, int b, int n, int t) {
        return Tensors.of("points", c.draws().uniform("points " + n, DType.F64, b, n, 2))
                .with("indices", c.draws().integers("indices " + n, 0, n + 1, b, t));
    }

    private static Tensor run(Model m, Tensors in) {
        return m.forward(in, Call.eval()).get("y");
    }

    private static void sizes(CheckContext c) {
        Model m = model(c);
        for (int n : new int[] {5, 37}) {
            Tensor y = run(m, input(c, 2, n, 4));
            c.equal("entries of " + n + " points", y.dim(2), n + 1);
            c.finite("log probabilities", y);
        }
        c.refuses(
                "no points",
                "at least one point",
                () -> run(
                        m,
                        Tensors.of("points", Tensor.zeros(DType.F64, 2, 0, 2))
                                .with("indices", Tensor.zeros(DType.I64, 2, 1))));
        c.refuses(
                "an index of no point",
                "6",
                () -> run(
                        m,
                        Tensors.of("points", c.normal64("few", 1, 5, 2))
                                .with("indices", Tensor.full(DType.I64, 6, 1, 2))));
    }

    private static void probabilities(CheckContext c) {
        Model m = model(c);
        Tensors in = input(c, 2, 7, 4);
        c.close("sums", Ops.exp(run(m, in)).sum(2), Tensor.ones(DType.F64, 2, 4), 1e-12);
        Tensor short4 =
                Ops.minimum(in.get("indices"), Tensor.of(new long[] {4}, 1, 1).expand(2, 4));
        Tensors padded = in.with("indices", short4).with("lengths", Tensor.of(new long[] {7, 4}, 2));
        Tensor p = Ops.exp(run(m, padded));
        c.close("pads", p.select(0, 1).slice(1, 5, 8), Tensor.zeros(DType.F64, 4, 3), 0);
        Tensors alone = Tensors.of("points", in.get("points").slice(0, 1, 2).slice(1, 0, 4))
                .with("indices", short4.slice(0, 1, 2));
        c.close("a padded row and alone", p.slice(0, 1, 2).slice(2, 0, 5), Ops.exp(run(m, alone)), 1e-12);
    }

    private static void order(CheckContext c) {
        Model m = model(c);
        Tensors in = input(c, 1, 6, 1);
        Tensor turned = Ops.flip(in.get("points"), 1);
        Tensor first = run(m, in.with("indices", Tensor.zeros(DType.I64, 1, 1)));
        Tensor other = run(m, in.with("points", turned).with("indices", Tensor.zeros(DType.I64, 1, 1)));
        Tensor back = Ops.concat(2, other.slice(2, 0, 1), Ops.flip(other.slice(2, 1, 7), 2));
        c.isTrue("the encoder sees the order", Errors.relative(back, first) > 1e-9);
        Tensor e = c.normal64("e", 1, 6, 4);
        Tensor d = c.normal64("d", 1, 3, 4);
        Tensor w2 = c.normal64("w2", 4, 4);
        Tensor v = c.normal64("v", 4);
        Tensor u = AdditiveScores.of(e, d, w2, v);
        c.close("the pointer doesn't", AdditiveScores.of(Ops.flip(e, 1), d, w2, v), Ops.flip(u, 2), 1e-12);
    }

    private static void uniform(CheckContext c) {
        Model m = model(c);
        m.params().param("v").set(Tensor.zeros(DType.F64, 6));
        Tensor p = Ops.exp(run(m, input(c, 2, 5, 3)));
        c.close("probabilities", p, Tensor.full(DType.F64, 1.0 / 6, 2, 3, 6), 1e-12);
    }

    private static void worked(CheckContext c) {
        Tensor one = Tensor.ones(DType.F64, 1, 1);
        Tensor u = AdditiveScores.of(
                Tensor.of(new double[] {0, 1}, 1, 2, 1),
                Tensor.zeros(DType.F64, 1, 1, 1),
                one,
                Tensor.of(new double[] {2}, 1));
        c.close("u", u, Tensor.of(new double[] {0, 1.5231883119115297}, 1, 1, 2), 1e-12);
        c.close("p", Fused.softmax(u, 2), Tensor.of(new double[] {0.1790, 0.8210}, 1, 1, 2), 1e-4);
    }

    private static void beams(CheckContext c) {
        Model m = model(c);
        // Larger weights, so that distributions are far from uniform.
        m.params().params().values().forEach(p -> p.set(p.value().mul(20)));
        PointerLayer layer = (PointerLayer) m.layer();
        Tensor points = c.draws().uniform("beam points", DType.F64, 1, 6, 2);
        c.equal("width 1 is greedy", BeamSearch.run(layer, points, 1, false).indices(), greedy(layer, points));
        for (int width : new int[] {1, 3}) {
            BeamSearch.Answer tour = BeamSearch.run(layer, points, width, true);
            List<Integer> all = IntStream.rangeClosed(1, 6).boxed().toList();
            c.equal(
                    "a tour of width " + width + " is a permutation",
                    tour.indices().stream().sorted().toList(),
                    all);
        }
    }

    private static List<Integer> greedy(PointerLayer layer, Tensor points) {
        List<Integer> out = new ArrayList<>();
        State s = layer.open(Opening.of(1).with(DType.F64));
        for (int t = 0; t < 13; t++) {
            Tensor next = Ops.argMax(layer.next(Tensors.of("points", points), s).reshape(7), 0);
            if (next.item() == 0) {
                break;
            }
            out.add((int) next.item());
            layer.take(s, next);
        }
        return out;
    }

    private static void steps(CheckContext c) {
        Model m = model(c);
        Tensors in = input(c, 1, 6, 5);
        Tensor y = run(m, in);
        PointerLayer layer = (PointerLayer) m.layer();
        State s = layer.open(Opening.of(1).with(DType.F64));
        double forced = 0;
        double stepped = 0;
        for (int t = 0; t < 5; t++) {
            int index = (int) in.get("indices").get(0, t);
            forced += y.get(0, t, index);
            stepped += layer.next(in, s).get(0, 0, index);
            layer.take(s, Tensor.of(new long[] {index}, 1));
        }
        c.close("log likelihood", stepped, forced, 1e-12);
    }

    private static void hulls(CheckContext c) {
        double[][] triangle = {{0.1, 0.1}, {0.2, 0.9}, {0.8, 0.3}};
        c.equal("a triangle, counter-clockwise", PointTargets.hull(triangle), List.of(1, 3, 2));
        double[][] more = {{0.5, 0.5}, {0, 0}, {1, 0}, {1, 1}, {0, 1}, {0.5, 0}, {0.2, 0.7}};
        c.equal("inner points and points of an edge", PointTargets.hull(more), List.of(2, 3, 4, 5));
        c.equal("sorting", PointTargets.sorted(new double[] {0.3, 0.1, 0.2}), List.of(2, 3, 1));
    }

    /** Both against their formulas, from the parameters alone. */
    private static void fixed(CheckContext c) {
        Tensors in = input(c, 2, 4, 3);
        for (boolean attention : new boolean[] {false, true}) {
            Model m = Models.build(
                    "",
                    new FixedProvider(),
                    new FixedAnswersConfig(2, 5, 4, attention),
                    Models.Options.of(c.draws().seed()).with(DType.F64));
            m.params().params().values().forEach(p -> p.set(p.value().mul(10)));
            Tensor first = m.params().param("go").value().reshape(1, 1, 2).expand(2, 1, 2);
            Tensor h = Tensor.zeros(DType.F64, 2, 5);
            Tensor[] state = {h, h};
            List<Tensor> e = new ArrayList<>();
            for (int j = 0; j < 4; j++) {
                state = cell(m, "encoder", in.get("points").select(1, j), state);
                e.add(state[0]);
            }
            List<Tensor> y = new ArrayList<>();
            Tensor inputs = Ops.concat(1, first, in.get("points"));
            for (int t = 0; t < 3; t++) {
                int at = t - 1;
                List<Tensor> rows = IntStream.range(0, 2)
                        .mapToObj(b -> inputs.select(0, b)
                                .select(0, at < 0 ? 0 : (int) in.get("indices").get(b, at)))
                        .toList();
                state = cell(m, "decoder", Ops.stack(0, rows), state);
                Tensor d = attention ? Ops.concat(1, state[0], context(m, Ops.stack(1, e), state[0])) : state[0];
                y.add(Fused.logSoftmax(linear(m, d), 1));
            }
            c.close(attention ? "with attention" : "without", run(m, in), Ops.stack(1, y), 1e-10);
            c.refuses("another number of points", "4 points", () -> run(m, input(c, 2, 5, 3)));
        }
    }

    private static Tensor linear(Model m, Tensor d) {
        return Fused.linear(
                d,
                m.params().param("output.weight").value(),
                m.params().param("output.bias").value());
    }

    private static Tensor context(Model m, Tensor e, Tensor d) {
        Tensor keys = e.matmulT(m.params().param("w1").value());
        Tensor query = d.matmulT(m.params().param("w2").value()).unsqueeze(1);
        Tensor u = Ops.tanh(keys.add(query)).mul(m.params().param("v").value()).sum(2);
        return Fused.softmax(u, 1).unsqueeze(1).matmul(e).select(1, 0);
    }

    /** One step of i, f, g, o, as h and c. */
    private static Tensor[] cell(Model m, String at, Tensor x, Tensor[] from) {
        Tensor z = x.matmulT(m.params().param(at + ".weight_ih").value())
                .add(from[0].matmulT(m.params().param(at + ".weight_hh").value()))
                .add(m.params().param(at + ".bias").value());
        List<Tensor> g = Ops.split(z, 1, 5, 5, 5, 5);
        Tensor c = Ops.sigmoid(g.get(1)).mul(from[1]).add(Ops.sigmoid(g.get(0)).mul(Ops.tanh(g.get(2))));
        return new Tensor[] {Ops.sigmoid(g.get(3)).mul(Ops.tanh(c)), c};
    }
}
