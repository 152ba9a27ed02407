package org.layerzoo.plugins.hgrn.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.layerzoo.core.exec.GradCheck;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.op.Wide;
import org.layerzoo.core.op.recur.Algorithm;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.LayerProvider;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.spi.Size;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Elementwise;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.plugins.hgrn.HgrnConfig;
import org.layerzoo.plugins.hgrn.HgrnConfig.Form;
import org.layerzoo.plugins.hgrn.HgrnConfig.Output;
import org.layerzoo.plugins.hgrn.HgrnModelProvider;
import org.layerzoo.plugins.hgrn.HgrnProvider;
import org.layerzoo.plugins.hgrn.LowerBound;

/** The Checks of the HGRN sheet. */
public final class HgrnChecks {
    private static final Form REAL = new Form.Real(1, 0, false);

    private HgrnChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check(
                        "check-1: recurrent equals parallel scan and chunked, causal, carried state",
                        HgrnChecks::forms),
                new Check("check-2: lower bounds of equal Gamma", HgrnChecks::bounds),
                new Check("check-3: forget gates of a layer lie above its bound", HgrnChecks::range),
                new Check("check-4: states are convex combinations", HgrnChecks::convex),
                new Check("check-5: without phase the complex form is the real one", HgrnChecks::reduces),
                new Check("check-6: gates of 1 freeze, gates of 0 copy", HgrnChecks::limits),
                new Check("check-7: gradients of scan and Gamma", HgrnChecks::gradients),
                new Check("check-8: log form equals direct form", HgrnChecks::logForm));
    }

    private static <C extends Record> Model model(CheckContext c, LayerProvider<C> p, C config) {
        return Models.build("", p, config, Models.Options.of(c.draws().seed()).with(DType.F64));
    }

    private static Model layer(CheckContext c, Form form, boolean causal) {
        return model(c, new HgrnProvider(), new HgrnConfig(6, form, causal, true));
    }

    private static void forms(CheckContext c) {
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 6))
                .with("lower_bound", c.draws().uniform("gamma", DType.F64, 6).mul(0.9));
        for (Form f : List.of(REAL, new Form.Complex(Output.NORM_FIRST), new Form.Complex(Output.GATE_FIRST))) {
            Model both = layer(c, f, false);
            Tensor scan = Forms.run(both, x, new Call.Algorithm.Parallel());
            c.close("both ways, " + f, Forms.run(both, x, new Call.Algorithm.Recurrent()), scan, 1e-10);
            c.close("both ways in chunks, " + f, Forms.run(both, x, new Call.Algorithm.Chunked(5)), scan, 1e-10);
        }
        Tensors tokens = Tensors.of("x", x.get("x"));
        for (Form f : List.of(new Form.Real(2, 4, true), REAL, new Form.Complex(Output.NORM_FIRST))) {
            Model m = layer(c, f, true);
            Forms.agree(c, m, tokens, 1e-10, 1, 7, 64);
            Forms.causal(c, m, tokens, 11);
        }
        carried(c);
    }

    private static void carried(CheckContext c) {
        Tensor a = Ops.sigmoid(c.normal("a", 2, 40, 5));
        Tensor b = c.normal("b", 2, 40, 5);
        Tensor zero = Tensor.zeros(DType.F32, 2, 5);
        Tensor whole = Elementwise.real(a, b, zero, Optional.empty(), false);
        for (Algorithm f : Forms.of(1, 16, 64)) {
            c.close(f + " in float32", Elementwise.real(a, b, zero, Optional.of(f), false), whole, 1e-5);
        }
        Tensor first = Elementwise.real(a.slice(1, 0, 17), b.slice(1, 0, 17), zero, Optional.empty(), false);
        Tensor second =
                Elementwise.real(a.slice(1, 17, 40), b.slice(1, 17, 40), first.select(1, 16), Optional.empty(), false);
        c.same("two segments", Ops.concat(1, first, second), whole);
    }

    private static void bounds(CheckContext c) {
        Tensor equal = LowerBound.all(Tensor.zeros(DType.F64, 3, 2));
        c.close(
                "a third a layer",
                equal,
                Tensor.of(new double[] {0, 0, 1 / 3.0, 1 / 3.0, 2 / 3.0, 2 / 3.0}, 3, 2),
                1e-12);
        Tensor any = LowerBound.all(c.normal64("Gamma", 5, 7).mul(3));
        c.same("the first is 0", any.select(0, 0), Tensor.zeros(DType.F64, 7));
        double least = any.slice(0, 1, 5).sub(any.slice(0, 0, 4)).min().item();
        c.isTrue("bounds grow with depth, least step " + least, least > 0);
        c.isTrue("and stay below 1", any.max().item() < 1);
    }

    private static void range(CheckContext c) {
        Tensor bound = LowerBound.all(c.normal64("Gamma", 4, 6));
        for (int k = 0; k < 4; k++) {
            Tensor gamma = bound.select(0, k);
            Tensor gate = applied(c, gamma, c.normal64("f" + k, 40, 2, 6).mul(4));
            c.isTrue("above the bound of layer " + k, gate.sub(gamma).min().item() > 0);
            c.isTrue("below 1 in layer " + k, gate.max().item() < 1);
        }
    }

    /** The gate a_2 of a layer with W_f = W_i = 1, solved from h_2 = a_2 h_1 + (1 - a_2) i_2. */
    private static Tensor applied(CheckContext c, Tensor gamma, Tensor x) {
        Model m = layer(c, REAL, true);
        Tensor eye = Tensor.of(DType.F64, identity(6), 6, 6);
        m.params().param("f_proj.weight").set(eye);
        m.params().param("i_proj.weight").set(eye);
        Tensor h = states(m, Tensors.of("x", x).with("lower_bound", gamma));
        Tensor i2 = Ops.silu(x.select(1, 1));
        Tensor a2 = h.select(1, 1).sub(i2).div(h.select(1, 0).sub(i2));
        Tensor expected = gamma.add(gamma.neg().add(1).mul(Ops.sigmoid(x.select(1, 1))));
        c.close("gamma + (1 - gamma) sigmoid(f)", a2, expected, 1e-9);
        return expected;
    }

    private static double[] identity(int n) {
        double[] e = new double[n * n];
        for (int i = 0; i < n; i++) {
            e[i * n + i] = 1;
        }
        return e;
    }

    private static Tensor states(Model m, Tensors in) {
        Taps.Recorder taps = Taps.recording("h");
        m.forward(in, Call.eval().with(taps));
        return taps.seen().get("h");
    }

    private static void convex(CheckContext c) {
        Tensor a = Ops.sigmoid(c.normal64("a", 1, 60, 4));
        Tensor x = c.normal64("c", 1, 60, 4);
        Tensor rest = a.neg().add(1);
        Tensor zero = Tensor.zeros(DType.F64, 1, 4);
        Tensor h = Ops.firstOrder(a, rest.mul(x), zero, 1, false);
        Tensor largest = Ops.scan(org.layerzoo.core.op.Primitive.ScanKind.MAX, Ops.abs(x), 1, false, false);
        c.isTrue("|h_t| <= max |c_s|", largest.sub(Ops.abs(h)).min().item() >= 0);
        Tensor sums = Ops.firstOrder(a, rest, zero, 1, false);
        Tensor products = Ops.exp(Ops.cumsum(Ops.log(a), 1));
        c.close("weights sum to 1 - prod f", sums, products.neg().add(1), 1e-12);
    }

    private static void reduces(CheckContext c) {
        Model real = layer(c, REAL, true);
        Model complex = layer(c, new Form.Complex(Output.NORM_FIRST), true);
        Tensor w = real.params().param("i_proj.weight").value();
        complex.params().param("theta").set(Tensor.zeros(DType.F64, 1, 1, 6));
        complex.params()
                .param("input_proj.weight")
                .set(Ops.stack(1, List.of(w, Ops.zerosLike(w))).reshape(12, 6));
        complex.params().param("input_proj.bias").set(Tensor.zeros(DType.F64, 12));
        complex.params()
                .param("lambda_proj.weight")
                .set(real.params().param("f_proj.weight").value());
        complex.params().param("lambda_proj.bias").set(Tensor.zeros(DType.F64, 6));
        Tensors x = Tensors.of("x", c.normal64("x", 2, 15, 6));
        Tensor z = states(complex, x);
        c.close("real parts", Complex.re(z), states(real, x), 1e-12);
        c.same("imaginary parts", Complex.im(z), Tensor.zeros(DType.F64, 2, 15, 6));
    }

    private static void limits(CheckContext c) {
        Model m = layer(c, new Form.Complex(Output.GATE_FIRST), true);
        Tensors x = Tensors.of("x", c.normal64("x", 1, 9, 6));
        m.params().param("lambda_proj.weight").set(Tensor.zeros(DType.F64, 6, 6));
        m.params().param("lambda_proj.bias").set(Tensor.full(DType.F64, -800, 6));
        Tensor w = m.params().param("input_proj.weight").value();
        Tensor b = m.params().param("input_proj.bias").value();
        Tensor candidates = Ops.silu(x.get("x").matmulT(w).add(b)).reshape(1, 9, 6, 2);
        c.close("mu = 0: h = c", states(m, x), candidates, 1e-12);
        m.params().param("lambda_proj.bias").set(Tensor.full(DType.F64, 800, 6));
        c.same("mu = 1: the empty state stands", states(m, x), Tensor.zeros(DType.F64, 1, 9, 6, 2));
        Tensor h0 = c.normal64("h0", 1, 6);
        Tensor one = Tensor.ones(DType.F64, 1, 9, 6);
        Tensor still = Elementwise.real(one, Ops.zerosLike(one), h0, Optional.empty(), false);
        c.same("f = 1: any state stands", still, h0.unsqueeze(1).expand(1, 9, 6));
    }

    private static void gradients(CheckContext c) {
        List<Tensor> ab =
                List.of(Ops.sigmoid(c.normal64("a", 1, 9, 3)), c.normal64("b", 1, 9, 3), c.normal64("h0", 1, 3));
        small(
                c,
                "scan",
                GradCheck.check(
                        x -> List.of(Elementwise.real(x.get(0), x.get(1), x.get(2), Optional.empty(), false)), ab, 1));
        List<Tensor> pairs =
                List.of(c.normal64("za", 1, 7, 2, 2).mul(0.5), c.normal64("zb", 1, 7, 2, 2), c.normal64("z0", 1, 2, 2));
        small(
                c,
                "complex scan",
                GradCheck.check(
                        x -> List.of(Elementwise.complex(x.get(0), x.get(1), x.get(2), Optional.empty(), true)),
                        pairs,
                        2));
        HgrnModelProvider p = new HgrnModelProvider();
        Model m = model(c, p, p.defaults(Size.TINY));
        Tensor gamma = m.params().param("shared.hgrn.gamma").value();
        Tensor x = c.normal64("x", 1, 8, 8);
        UnaryOperator<List<Tensor>> run = g -> {
            m.params().param("shared.hgrn.gamma").set(g.getFirst());
            return List.of(m.forward(Tensors.of("x", x), Call.eval()).get("y"));
        };
        small(c, "Gamma", GradCheck.check(g -> run.apply(g), List.of(gamma), 3));
        Tensor g =
                Forms.gradients(List.of(gamma), c.normal64("cot", 1, 8, 8), run).getFirst();
        for (int k = 0; k < 3; k++) {
            // The share of the last layer bounds no layer, but takes from the others.
            c.isTrue(
                    "a gradient reaches Gamma of layer " + k,
                    Ops.abs(g.select(0, k)).min().item() > 0);
        }
    }

    private static void small(CheckContext c, String what, double[] errors) {
        for (double e : errors) {
            c.isTrue("gradient of " + what + " off by " + e, e < 1e-6);
        }
    }

    private static void logForm(CheckContext c) {
        Model m = layer(c, REAL, true);
        m.params().param("f_proj.weight").set(Tensor.of(DType.F64, identity(6), 6, 6));
        Tensor bound = c.draws().uniform("bound", DType.F64, 6).mul(0.98).add(0.01);
        Tensor raw = c.normal64("raw", 2, 40, 6).mul(30);
        Taps.Recorder taps = Taps.recording("forget");
        m.forward(Tensors.of("x", raw).with("lower_bound", bound), Call.eval().with(taps));
        Tensor released = Ops.logAddExp(Ops.log(bound), Ops.log1p(bound.neg()).add(Ops.logSigmoid(raw)));
        c.close("what the layer applies", taps.seen().get("forget"), Ops.exp(released), 1e-12);
        Tensor gamma = c.draws().uniform("gamma", DType.F64, 200).mul(0.98).add(0.01);
        List<Tensor> gates = new ArrayList<>(List.of(c.normal64("f", 200).mul(6)));
        gates.add(Tensor.full(DType.F64, 50, 200));
        gates.add(Tensor.full(DType.F64, -50, 200));
        for (Tensor f : gates) {
            Tensor direct = gamma.add(gamma.neg().add(1).mul(Ops.sigmoid(f)));
            Tensor log = Ops.logAddExp(Ops.log(gamma), Ops.log1p(gamma.neg()).add(Ops.logSigmoid(f)));
            c.finite("log form", log);
            c.close("both forms", Ops.exp(log), direct, 1e-12);
            Tensor narrow = f.cast(DType.F32);
            Tensor g = gamma.cast(DType.F32);
            Tensor inFloats = g.add(g.neg().add(1).mul(Ops.sigmoid(narrow)));
            c.close("in float32", Wide.up(inFloats), Ops.exp(log).cast(DType.F32), 1e-6);
        }
    }
}
