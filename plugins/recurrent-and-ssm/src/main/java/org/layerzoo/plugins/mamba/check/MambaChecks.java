package org.layerzoo.plugins.mamba.check;

import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.layer.Streaming;
import org.layerzoo.core.op.Fused;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.scan.Selective;
import org.layerzoo.core.op.scan.SelectiveScan;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.state.Opening;
import org.layerzoo.core.state.State;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.mamba.MambaProvider;

/** The Checks of the Mamba sheet. */
public final class MambaChecks {
    private MambaChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: sequential equals chunked equals streaming", MambaChecks::forms),
                new Check("check-2: worked scalar", MambaChecks::workedScalar),
                new Check("check-3: constant inputs equal a convolution", MambaChecks::convolution),
                new Check("check-4: frozen and forgetful step sizes", MambaChecks::stepSizes),
                new Check("check-5: gate theorem", MambaChecks::gateTheorem),
                new Check("check-6: causality, one token, carried state", MambaChecks::carriedState),
                new Check("check-7: initial A and step sizes", MambaChecks::initialValues),
                new Check("check-8: block parameters", MambaChecks::parameterCount));
    }

    /** u, delta [B, T, E], A [E, N] < 0, B, C [B, T, N]. */
    private record Inputs(Tensor u, Tensor delta, Tensor a, Tensor b, Tensor c) {
        static Inputs draw(CheckContext x, DType dtype, int batch, int t, int e, int n) {
            return new Inputs(
                    x.draws().normal("u", dtype, batch, t, e),
                    Ops.softplus(x.draws().normal("delta", dtype, batch, t, e).sub(1)),
                    Ops.exp(x.draws().normal("a", dtype, e, n)).neg(),
                    x.draws().normal("b", dtype, batch, t, n),
                    x.draws().normal("c", dtype, batch, t, n));
        }

        Selective scan() {
            return Fused.selectiveScan(u, delta, a, b, c);
        }

        Inputs tokens(int from, int to) {
            return new Inputs(
                    u.slice(1, from, to), delta.slice(1, from, to), a, b.slice(1, from, to), c.slice(1, from, to));
        }

        List<Tensor> all() {
            return List.of(u, delta, a, b, c);
        }
    }

    /** The recurrence of the paper, one token after another, in F64. */
    private static Tensor sequential(Inputs x) {
        int batch = x.u.dim(0);
        int t = x.u.dim(1);
        int e = x.u.dim(2);
        int n = x.a.dim(1);
        double[] y = new double[batch * t * e];
        for (int i = 0; i < batch; i++) {
            double[] h = new double[e * n];
            for (int s = 0; s < t; s++) {
                for (int j = 0; j < e * n; j++) {
                    int ch = j / n;
                    double d = x.delta.get(i, s, ch);
                    h[j] = Math.exp(d * x.a.get(ch, j % n)) * h[j] + d * x.b.get(i, s, j % n) * x.u.get(i, s, ch);
                    y[(i * t + s) * e + ch] += x.c.get(i, s, j % n) * h[j];
                }
            }
        }
        return Tensor.of(DType.F64, y, batch, t, e);
    }

    private static void forms(CheckContext c) {
        Inputs x = Inputs.draw(c, DType.F32, 2, 77, 6, 4);
        Tensor expected = sequential(x);
        Inputs wide = Inputs.draw(c, DType.F64, 2, 77, 6, 4);
        for (int chunk : new int[] {1, 16, 77}) {
            c.close("chunks of " + chunk, x.scan().chunk(chunk).run().y(), expected, 1e-4);
            c.close(
                    "chunks of " + chunk + " in float64",
                    wide.scan().chunk(chunk).run().y(),
                    sequential(wide),
                    1e-9);
        }
        List<Tensor> one = gradients(x, 1, c);
        List<Tensor> many = gradients(x, 16, c);
        for (int i = 0; i < one.size(); i++) {
            c.close("gradient " + i, many.get(i), one.get(i), 1e-4);
        }
        streaming(c);
    }

    private static List<Tensor> gradients(Inputs x, int chunk, CheckContext c) {
        Tape tape = new Tape().watch(x.all());
        Tensor y = tape.record(() -> x.scan().chunk(chunk).run().y());
        return tape.gradient(List.of(y), List.of(c.normal("cot", 2, 77, 6)), x.all());
    }

    private static void streaming(CheckContext c) {
        Model m = model(c);
        Tensor x = c.normal(
                "x", 2, 19, m.params().param("in_proj.weight").spec().shape().dim(1));
        State s = ((Streaming) m.layer()).open(Opening.of(2));
        java.util.ArrayList<Tensor> steps = new java.util.ArrayList<>();
        for (int t = 0; t < 19; t++) {
            steps.add(((Streaming) m.layer())
                    .advance(Tensors.of("x", x.slice(1, t, t + 1)), s, Call.eval())
                    .get("y"));
        }
        c.close(
                "token by token",
                Ops.concat(1, steps),
                m.forward(Tensors.of("x", x), Call.eval()).get("y"),
                1e-4);
    }

    private static Model model(CheckContext c) {
        MambaProvider p = new MambaProvider();
        return Models.build(
                "mamba", p, p.defaults(Size.TINY), Models.Options.of(c.draws().seed()));
    }

    /** A = -1, D = ln 2, B = C = 1, x = (1, 1, 1). */
    private static void workedScalar(CheckContext c) {
        Tensor one = Tensor.ones(DType.F64, 1, 3, 1);
        Inputs x = new Inputs(one, one.mul(Math.log(2)), Tensor.full(DType.F64, -1, 1, 1), one, one);
        c.close("y", x.scan().run().y(), Tensor.of(new double[] {0.693147, 1.039721, 1.213008}, 1, 3, 1), 1e-6);
    }

    /** K_l = sum_n C_n exp(l D A_n) D B_n. */
    private static void convolution(CheckContext c) {
        int t = 40;
        double d = 0.3;
        Tensor u = c.normal64("cu", 1, t, 1);
        Tensor b = c.normal64("cb", 1, 1, 4);
        Tensor cc = c.normal64("cc", 1, 1, 4);
        Tensor a = Tensor.of(new double[] {-1, -2, -3, -4}, 1, 4);
        Inputs x = new Inputs(u, Tensor.full(DType.F64, d, 1, t, 1), a, b.expand(1, t, 4), cc.expand(1, t, 4));
        double[] y = new double[t];
        for (int i = 0; i < t; i++) {
            for (int l = 0; l <= i; l++) {
                for (int n = 0; n < 4; n++) {
                    y[i] += cc.get(0, 0, n) * Math.exp(-l * d * (n + 1)) * d * b.get(0, 0, n) * u.get(0, i - l, 0);
                }
            }
        }
        c.close("y", x.scan().run().y(), Tensor.of(y, 1, t, 1), 1e-10);
    }

    private static void stepSizes(CheckContext c) {
        Inputs x = Inputs.draw(c, DType.F32, 1, 9, 3, 2);
        Tensor skip = c.normal("skip", 3);
        Tensor h0 = c.normal("h0", 1, 3, 2);
        Selective.Scanned frozen = new Inputs(x.u, c.normal("raw", 1, 9, 3), x.a, x.b, x.c)
                .scan()
                .deltaBias(Tensor.full(DType.F32, -50, 3))
                .softplus()
                .skip(skip)
                .run();
        c.close("tiny steps: y = D x", frozen.y(), x.u.mul(skip), 1e-6);
        Selective.Scanned held = new Inputs(x.u, c.normal("raw", 1, 9, 3), x.a, x.b, x.c)
                .scan()
                .deltaBias(Tensor.full(DType.F32, -50, 3))
                .softplus()
                .from(h0)
                .run();
        c.close("tiny steps: the state stands", held.state(), h0, 1e-6);
        Inputs large = new Inputs(x.u, Tensor.full(DType.F32, 500, 1, 9, 3), x.a, x.b, x.c);
        Inputs otherPast =
                new Inputs(Ops.concat(1, c.normal("past", 1, 8, 3), x.u.slice(1, 8, 9)), large.delta, x.a, x.b, x.c);
        c.close(
                "huge steps: only the last input counts",
                otherPast.scan().run().state(),
                large.scan().run().state(),
                1e-6);
    }

    /** N = 1, A = -1, B = 1, exact ZOH: h_t = (1 - g_t) h_{t-1} + g_t x_t with g_t = sigmoid(z_t), D_t = softplus(z_t). */
    private static void gateTheorem(CheckContext c) {
        int t = 30;
        Tensor u = c.normal64("gu", 1, t, 1);
        Tensor z = c.normal64("gz", 1, t, 1);
        Tensor one = Tensor.ones(DType.F64, 1, t, 1);
        Tensor y = new Inputs(u, Ops.softplus(z), Tensor.full(DType.F64, -1, 1, 1), one, one)
                .scan()
                .discretisation(SelectiveScan.Discretisation.ZOH)
                .run()
                .y();
        double[] h = new double[t];
        double state = 0;
        for (int i = 0; i < t; i++) {
            double g = 1 / (1 + Math.exp(-z.get(0, i, 0)));
            state = (1 - g) * state + g * u.get(0, i, 0);
            h[i] = state;
        }
        c.close("y", y, Tensor.of(h, 1, t, 1), 1e-6);
    }

    private static void carriedState(CheckContext c) {
        Inputs x = Inputs.draw(c, DType.F32, 2, 31, 5, 3);
        Selective.Scanned whole = x.scan().run();
        Inputs later = Inputs.draw(new CheckContext(c.draws().at("later")), DType.F32, 2, 31, 5, 3);
        Inputs changed =
                new Inputs(Ops.concat(1, x.u.slice(1, 0, 20), later.u.slice(1, 20, 31)), x.delta, x.a, x.b, x.c);
        c.close(
                "outputs before a changed token",
                changed.scan().run().y().slice(1, 0, 20),
                whole.y().slice(1, 0, 20),
                1e-6);
        c.close("one token", x.tokens(0, 1).scan().run().y(), whole.y().slice(1, 0, 1), 1e-6);
        for (int cut : new int[] {1, 13, 30}) {
            Selective.Scanned first = x.tokens(0, cut).scan().run();
            Selective.Scanned second =
                    x.tokens(cut, 31).scan().from(first.state()).run();
            c.close("cut at " + cut, Ops.concat(1, first.y(), second.y()), whole.y(), 1e-5);
            c.close("state, cut at " + cut, second.state(), whole.state(), 1e-5);
        }
    }

    private static void initialValues(CheckContext c) {
        Model m = model(c);
        Tensor a = Ops.exp(m.params().param("A_log").value());
        for (int n = 0; n < a.dim(1); n++) {
            c.close("-A of state " + n, a.select(1, n), Tensor.full(DType.F32, n + 1, a.dim(0)), 1e-6);
        }
        for (double dt : Ops.softplus(m.params().param("dt_proj.bias").value()).toDoubles()) {
            c.isTrue("step size " + dt + " lies in 1e-3..1e-1", dt >= 0.999e-3 && dt <= 1.001e-1);
        }
    }

    private static void parameterCount(CheckContext c) {
        MambaProvider p = new MambaProvider();
        Model m = Models.build("mamba", p, p.defaults(Size.PAPER), Models.Options.of(1));
        c.equal("parameters at D 768, E 1536, R 48, N 16", m.params().count(), 3770880L);
        Param a = m.params().param("A_log");
        c.isTrue("A_log has no weight decay", a.attributes().contains(new Param.Attr.NoDecay()));
    }
}
