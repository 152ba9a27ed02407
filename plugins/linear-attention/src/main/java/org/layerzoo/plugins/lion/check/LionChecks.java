package org.layerzoo.plugins.lion.check;

import java.util.List;
import java.util.Optional;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.Heads;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.linear.LinearAttention;
import org.layerzoo.plugins.lion.BothDirections;
import org.layerzoo.plugins.lion.LionConfig;
import org.layerzoo.plugins.lion.LionConfig.Decay;
import org.layerzoo.plugins.lion.LionConfig.Order;
import org.layerzoo.plugins.lion.LionProvider;

/** The Checks of the LION sheet. */
public final class LionChecks {
    private LionChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: quadratic = RNN = chunk, all three decays", LionChecks::forms),
                new Check("check-2: mask of LION-D at 1/2", LionChecks::fixedMask),
                new Check("check-3: mask of LION-S with lambda = (1, .5, .25)", LionChecks::selectiveMask),
                new Check("check-4: lambda = 1 and symmetries", LionChecks::symmetries),
                new Check("check-5: rows of normalised A sum to 1", LionChecks::rows),
                new Check("check-6: lambda -> 0 gives v", LionChecks::forgetful),
                new Check("check-7: phi is positive and of unit norm", LionChecks::feature),
                new Check("check-8: order S on a strip", LionChecks::strip));
    }

    /** Product of the lambdas between two tokens, by loops: [B, H, T, T]. */
    private static Tensor mask(Tensor lambda) {
        int t = lambda.dim(2);
        double[] l = lambda.toDoubles();
        double[] m = new double[l.length * t];
        for (int row = 0; row < l.length / t; row++) {
            for (int i = 0; i < t; i++) {
                for (int j = 0; j < t; j++) {
                    double p = 1;
                    for (int s = i > j ? j : i + 1; s < (i > j ? i : j + 1); s++) {
                        p *= l[row * t + s];
                    }
                    m[(row * t + i) * t + j] = p;
                }
            }
        }
        return Tensor.of(DType.F64, m, lambda.dim(0), lambda.dim(1), t, t);
    }

    /** M itself: what queries and keys of 1 read of the identity. */
    private static Tensor seen(double... lambda) {
        int t = lambda.length;
        double[] eye = new double[t * t];
        for (int i = 0; i < t; i++) {
            eye[i * t + i] = 1;
        }
        Tensor one = Tensor.ones(DType.F64, 1, 1, t, 1);
        Tensor log = Ops.log(Tensor.of(lambda, 1, 1, t));
        return BothDirections.read(one, one, Tensor.of(eye, 1, 1, t, t), 1, Optional.of(log), Optional.empty())
                .reshape(t, t);
    }

    private static void forms(CheckContext c) {
        int t = 41;
        List<Tensor> x = Forms.draw(c, DType.F64, 2, 2, t, 4, 5);
        Tensor fixed = c.draws().uniform("a", DType.F64, 1, 2, 1).expand(2, 2, t);
        Tensor token = c.draws().uniform("l", DType.F64, 2, 2, t);
        Tensor cot = c.normal64("cot", 2, 2, t, 5);
        for (Tensor lambda : List.of(Tensor.ones(DType.F64, 2, 2, t), fixed, token)) {
            Tensor m = mask(lambda);
            Tensor dense = Forms.dense(x.get(0), x.get(1), x.get(2), m);
            List<Tensor> slopes = Forms.gradients(x, cot, y -> List.of(Forms.dense(y.get(0), y.get(1), y.get(2), m)));
            Optional<Tensor> log = Optional.of(Ops.log(lambda));
            for (Algorithm a : Forms.of(1, 7, 32, t)) {
                Optional<Algorithm> form = Optional.of(a);
                Tensor o = BothDirections.read(x.get(0), x.get(1), x.get(2), 1, log, form);
                c.close(a.toString(), o, dense, 1e-11);
            }
            Tensor built = BothDirections.mask(log.get());
            c.close("M", built, m, 1e-11);
            Tensor whole = BothDirections.quadratic(x.get(0), x.get(1), x.get(2), 1, Optional.of(built));
            c.close("quadratic", whole, dense, 1e-11);
            List<Tensor> g = Forms.gradients(
                    x, cot, y -> List.of(BothDirections.read(y.get(0), y.get(1), y.get(2), 1, log, Optional.empty())));
            for (int i = 0; i < 3; i++) {
                c.close("gradient " + i, g.get(i), slopes.get(i), 1e-10);
            }
        }
        List<Tensor> f = x.stream().map(y -> y.cast(DType.F32)).toList();
        Tensor narrow = BothDirections.read(
                f.get(0), f.get(1), f.get(2), 1, Optional.of(Ops.log(token).cast(DType.F32)), Optional.empty());
        Tensor exact = Forms.dense(x.get(0), x.get(1), x.get(2), mask(token));
        c.close("float32", narrow, exact.cast(DType.F32), 1e-5);
        layers(c);
    }

    /** The whole layer in each form, on a line and along snakes, with a class token and without. */
    private static void layers(CheckContext c) {
        for (Decay decay : Decay.values()) {
            for (boolean classToken : new boolean[] {false, true}) {
                for (Order order : List.of(new Order.Line(), new Order.Snakes(3, 5))) {
                    Model m = Models.build(
                            "",
                            new LionProvider(),
                            new LionConfig(8, 2, true, decay, classToken, order),
                            Models.Options.of(c.draws().seed()).with(DType.F64));
                    Tensors x = Tensors.of("x", c.normal64("layer", 2, classToken ? 16 : 15, 8));
                    Tensor whole = Forms.run(m, x, new Call.Algorithm.Dense());
                    for (Call.Algorithm a : List.of(
                            new Call.Algorithm.Auto(),
                            new Call.Algorithm.Recurrent(),
                            new Call.Algorithm.Chunked(7),
                            new Call.Algorithm.Parallel())) {
                        String what = decay + ", " + order + ", class token " + classToken + ", " + a;
                        c.close(what, Forms.run(m, x, a), whole, 1e-10);
                    }
                }
            }
        }
    }

    private static void fixedMask(CheckContext c) {
        Tensor expected = Tensor.of(new double[] {1, .5, .25, .5, 1, .5, .25, .5, 1}, 3, 3);
        c.close("M", seen(0.5, 0.5, 0.5), expected, 1e-14);
    }

    private static void selectiveMask(CheckContext c) {
        Tensor expected = Tensor.of(new double[] {1, .5, .125, 1, 1, .25, .5, .5, 1}, 3, 3);
        c.close("M", seen(1, 0.5, 0.25), expected, 1e-14);
    }

    private static Model model(CheckContext c, Decay decay, Order order) {
        return Models.build(
                "",
                new LionProvider(),
                new LionConfig(8, 2, true, decay, false, order),
                Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    private static void symmetries(CheckContext c) {
        Tensor x = c.normal64("x", 2, 13, 8);
        Tensor order = c.draws().permutation("order", 13);
        Tensor moved = Ops.indexSelect(x, 1, order);
        Model d = model(c, Decay.FIXED, new Order.Line());
        Tensor y = run(d, x);
        c.close("D reversed", run(d, Ops.flip(x, 1)), Ops.flip(y, 1), 1e-12);
        d.params().param("a_i").set(Tensor.full(DType.F64, 60, 2));
        Model s = model(c, Decay.SELECTIVE, new Order.Line());
        Param w = s.params().param("a_i.weight");
        w.set(Ops.zerosLike(w.value()));
        s.params().param("a_i.bias").set(Tensor.full(DType.F64, -60, 2));
        s.params().param("qkv.weight").set(d.params().param("qkv.weight").value());
        s.params().param("proj.weight").set(d.params().param("proj.weight").value());
        c.close("lambda = 1: D and S", run(d, x), run(s, x), 1e-10);
        c.close("lambda = 1: LIT with their phi", run(d, x), undecayed(d, x), 1e-10);
        for (Model m : List.of(d, s, model(c, Decay.NONE, new Order.Line()))) {
            c.close("lambda = 1: permuted", run(m, moved), Ops.indexSelect(run(m, x), 1, order), 1e-10);
        }
    }

    /** sum_j (phi(q_i) . phi(k_j)) v_j / sum_j phi(q_i) . phi(k_j) of the model's projections. */
    private static Tensor undecayed(Model m, Tensor x) {
        Tensor qkv = x.matmulT(m.params().param("qkv.weight").value())
                .add(m.params().param("qkv.bias").value());
        Tensor a = BothDirections.phi(Heads.split(qkv.slice(2, 0, 8), 2))
                .matmulT(BothDirections.phi(Heads.split(qkv.slice(2, 8, 16), 2)))
                .mul(0.5);
        Tensor o =
                a.matmul(Heads.split(qkv.slice(2, 16, 24), 2)).div(a.sumKeep(3).add(1e-6));
        return Heads.merge(o)
                .matmulT(m.params().param("proj.weight").value())
                .add(m.params().param("proj.bias").value());
    }

    private static void rows(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 17, 4, 4);
        Tensor q = BothDirections.phi(x.get(0));
        Tensor k = BothDirections.phi(x.get(1));
        Tensor v = LinearAttention.counted(Tensor.full(DType.F64, 3, 1, 2, 17, 4));
        Optional<Tensor> log = Optional.of(Ops.log(c.draws().uniform("l", DType.F64, 1, 2, 17)));
        Tensor o = LinearAttention.divided(BothDirections.read(q, k, v, 0.5, log, Optional.empty()), 0);
        c.close("values of 3", o, Tensor.full(DType.F64, 3, 1, 2, 17, 4), 1e-10);
    }

    private static void forgetful(CheckContext c) {
        List<Tensor> x = Forms.draw(c, DType.F64, 1, 2, 9, 4, 4);
        Tensor v = LinearAttention.counted(x.get(2));
        Optional<Tensor> log = Optional.of(Tensor.full(DType.F64, -60, 1, 2, 9));
        Tensor sums = BothDirections.read(
                BothDirections.phi(x.get(0)), BothDirections.phi(x.get(1)), v, 0.5, log, Optional.empty());
        c.close("y", LinearAttention.divided(sums, 0), x.get(2), 1e-10);
    }

    private static void feature(CheckContext c) {
        Tensor x = Ops.iota(DType.F64, 2001).sub(1000).mul(0.01);
        c.close("least of SiLU + 1/2", Ops.silu(x).add(0.5).min().item(), 0.2215, 1e-4);
        Tensor f = BothDirections.phi(c.normal64("x", 30, 8));
        c.isTrue("positive", f.min().item() > 0);
        c.close("length", f.mul(f).sum(1), Tensor.ones(DType.F64, 30), 1e-12);
    }

    /** On one row both snakes run along it; with equal gates their mean is the line. */
    private static void strip(CheckContext c) {
        Tensor x = c.normal64("x", 2, 7, 8);
        for (Decay decay : Decay.values()) {
            Model line = model(c, decay, new Order.Line());
            for (Order o : List.of(new Order.Snakes(1, 7), new Order.Snakes(7, 1))) {
                Model strip = model(c, decay, o);
                for (Param p : strip.params().trainable()) {
                    p.set(line.params().param(p.path().replace("a2_i", "a_i")).value());
                }
                c.close(decay + ", " + o, run(strip, x), run(line, x), 1e-12);
            }
        }
    }
}
