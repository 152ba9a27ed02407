package org.layerzoo.plugins.urpe.check;

import java.util.ArrayList;
import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Aux;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Param;
import org.layerzoo.core.op.Errors;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.urpe.UrpeConfig;
import org.layerzoo.plugins.urpe.UrpeConfig.Offsets;
import org.layerzoo.plugins.urpe.UrpeProvider;

/** The Checks of the URPE sheet. */
public final class UrpeChecks {
    private static final String B = "shared.urpe.rp_bias.weight";
    private static final String C = "shared.urpe.ur_rp_bias.weight";

    private UrpeChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: C = 1 equals attention with relative positions", UrpeChecks::onesEqualRpe),
                new Check("check-2: values of one and equal scores", UrpeChecks::means),
                new Check("check-3: collapse of identical tokens", UrpeChecks::collapse),
                new Check("check-4: worked example with n = 2", UrpeChecks::worked),
                new Check("check-5: causality and shift", UrpeChecks::causalityAndShift),
                new Check("check-6: gradient of c", UrpeChecks::gradientOfC),
                new Check("check-7: rows of A (.) C do not sum to 1", UrpeChecks::rowSums));
    }

    private static Model model(
            CheckContext c, int dim, int heads, int length, boolean causal, boolean bias, boolean factor) {
        Offsets u = new Offsets.Unique();
        UrpeConfig config = new UrpeConfig(dim, heads, length, causal, bias, factor, u, u, true, 0);
        Model m = Models.build(
                "",
                new UrpeProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(DType.F64));
        if (bias) {
            m.params().param(B).set(c.normal64("B", 2 * length - 1, heads));
        }
        return m;
    }

    private static Tensor run(Model m, Tensor x) {
        return m.forward(Tensors.of("x", x), Call.eval()).get("y");
    }

    /** Another C, standard normal. */
    private static Model withRandomC(CheckContext c, Model m) {
        Param p = m.params().param(C);
        p.set(c.normal64("C", p.spec().shape().dims()));
        return m;
    }

    private static void onesEqualRpe(CheckContext c) {
        for (boolean causal : new boolean[] {false, true}) {
            Model urpe = model(c, 8, 2, 13, causal, true, true);
            Model rpe = model(c, 8, 2, 13, causal, true, false);
            Tensor x = c.normal64("x", 2, 13, 8);
            c.close("outputs", run(urpe, x), run(rpe, x), 1e-6);
            c.close("outputs against loops", run(urpe, x), NaiveUrpe.layer(rpe, x), 1e-6);
            List<Tensor> a = gradients(c, urpe, x);
            List<Tensor> b = gradients(c, rpe, x);
            for (int i = 0; i < a.size(); i++) {
                c.close("gradient " + i, a.get(i), b.get(i), 1e-6);
            }
            c.close("random C against loops", run(withRandomC(c, urpe), x), NaiveUrpe.layer(urpe, x), 1e-6);
        }
    }

    /** To x and to what both models have, but for the keys' bias, whose gradient is zero. */
    private static List<Tensor> gradients(CheckContext c, Model m, Tensor x) {
        List<Tensor> wrt = new ArrayList<>(List.of(x));
        for (String name : List.of(
                "q_proj.weight",
                "q_proj.bias",
                "k_proj.weight",
                "v_proj.weight",
                "v_proj.bias",
                "out_proj.weight",
                B)) {
            wrt.add(m.params().param(name).value());
        }
        Tape tape = new Tape().watch(wrt);
        Tensor y = tape.record(() -> run(m, x));
        return tape.gradient(List.of(y), List.of(c.normal64("cot", y.shape().dims())), wrt);
    }

    /** One channel a head, scores 0 and values 1, out is the identity: y [1, T, H] holds the row sums of A (.) C. */
    private static Tensor sumsOfC(CheckContext c, int heads, int length, boolean causal, Tensor table) {
        Model m = model(c, heads, heads, length, causal, false, true);
        m.params().params().values().forEach(p -> p.set(Ops.zerosLike(p.value())));
        m.params().param("v_proj.bias").set(Tensor.ones(DType.F64, heads));
        m.params().param("out_proj.weight").set(Ops.oneHot(Ops.iota(DType.I64, heads), heads, DType.F64));
        m.params().param(C).set(table);
        return run(m, c.normal64("tokens", 1, length, heads));
    }

    private static void means(CheckContext c) {
        int n = 11;
        Tensor table = c.normal64("c", 2 * n - 1, 3);
        for (boolean causal : new boolean[] {false, true}) {
            double[] expected = new double[n * 3];
            for (int i = 0; i < n * 3; i++) {
                int row = i / 3;
                int seen = causal ? row + 1 : n;
                for (int j = 0; j < seen; j++) {
                    expected[i] += table.get(j - row + n - 1, i % 3) / seen;
                }
            }
            c.close(
                    causal ? "causal means" : "means",
                    sumsOfC(c, 3, n, causal, table),
                    Tensor.of(expected, 1, n, 3),
                    1e-12);
        }
    }

    private static void collapse(CheckContext c) {
        for (boolean causal : new boolean[] {false, true}) {
            c.isTrue("outputs of identical tokens under C = 1 are spread", spread(c, causal, false) < 1e-6);
            c.isTrue("outputs of identical tokens under random C are one", spread(c, causal, true) > 1e-3);
        }
    }

    /** max_i |y_i - y_1| / |y_1| behind four residual layers that share B and C. */
    private static double spread(CheckContext c, boolean causal, boolean random) {
        int n = 16;
        Tensor x = c.normal64("token", 1, 1, 8).expand(1, n, 8);
        for (int depth = 0; depth < 4; depth++) {
            Model m = model(new CheckContext(c.draws().step(depth)), 8, 2, n, causal, true, true);
            x = x.add(run(random ? withRandomC(c, m) : m, x));
        }
        Tensor first = x.slice(1, 0, 1);
        double norm = Errors.norm(first);
        double worst = 0;
        for (int i = 1; i < n; i++) {
            worst = Math.max(worst, Errors.norm(x.slice(1, i, i + 1).sub(first)) / norm);
        }
        return worst;
    }

    private static void worked(CheckContext c) {
        // Rows by key - query: c_1 = 3 behind the query, c_0 = 1, c_-1 = 2 before it.
        Tensor y = sumsOfC(c, 1, 2, false, Tensor.of(new double[] {3, 1, 2}, 3, 1));
        c.close("Y", y, Tensor.of(new double[] {1.5, 2.0}, 1, 2, 1), 1e-12);
    }

    private static void causalityAndShift(CheckContext c) {
        Model m = withRandomC(c, model(c, 8, 2, 32, true, true, true));
        Tensor x = c.normal64("x", 2, 20, 8);
        Tensor changed = Ops.concat(1, x.slice(1, 0, 12), c.normal64("later", 2, 8, 8));
        c.close(
                "outputs before changed tokens",
                run(m, changed).slice(1, 0, 12),
                run(m, x).slice(1, 0, 12),
                1e-12);
        for (boolean causal : new boolean[] {false, true}) {
            Model any = withRandomC(c, model(c, 8, 2, 32, causal, true, true));
            Tensor shifted = Ops.concat(1, c.normal64("pad", 2, 1, 8), x);
            Tensor exists = Ops.iota(DType.I64, 21)
                    .gt(Tensor.scalar(DType.I64, 0))
                    .reshape(1, 21)
                    .expand(2, 21);
            Tensor y = any.forward(Tensors.of("x", shifted, "key_mask", exists), Call.eval())
                    .get("y");
            c.close("outputs of a shifted sequence", y.slice(1, 1, 21), run(any, x), 1e-12);
        }
    }

    private static void gradientOfC(CheckContext c) {
        int n = 9;
        Model m = withRandomC(c, model(c, 8, 2, n, true, true, true));
        Param p = m.params().param(C);
        Tensor at = p.value();
        Tensor x = c.normal64("x", 2, n, 8);
        Tensor cot = c.normal64("cot", 2, n, 8);
        Tape tape = new Tape().watch(List.of(at));
        Tensor y = tape.record(() -> run(m, x));
        Tensor g = tape.gradient(List.of(y), List.of(cot), List.of(at)).getFirst();
        double[] numeric = new double[(int) at.size()];
        for (int i = 0; i < numeric.length; i++) {
            numeric[i] = (moved(p, at, i, 1e-5, m, x, cot) - moved(p, at, i, -1e-5, m, x, cot)) / 2e-5;
        }
        c.close("gradient of c", g, Tensor.of(numeric, at.shape().dims()), 1e-7);
        c.equal("gradient of offsets to later tokens", Errors.norm(g.slice(0, n, 2 * n - 1)), 0.0);
        c.isTrue("gradient of the others", Errors.norm(g.slice(0, 0, n)) > 0);
    }

    private static double moved(Param p, Tensor at, int i, double step, Model m, Tensor x, Tensor cot) {
        double[] v = at.toDoubles();
        v[i] += step;
        p.set(Tensor.of(v, at.shape().dims()));
        double f = run(m, x).mul(cot).sum().item();
        p.set(at);
        return f;
    }

    private static void rowSums(CheckContext c) {
        Tensor x = c.normal64("x", 2, 13, 8);
        Model ones = model(c, 8, 2, 13, false, true, true);
        c.isTrue("row sums under C = 1 leave 1 by " + worstRow(ones, x), worstRow(ones, x) < 1e-12);
        Model random = withRandomC(c, ones);
        c.isTrue("row sums under random C stay at 1 within " + worstRow(random, x), worstRow(random, x) > 1e-2);
    }

    private static double worstRow(Model m, Tensor x) {
        Aux aux = Aux.collecting("weights");
        m.forward(Tensors.of("x", x), Call.eval().with(aux));
        return Ops.abs(aux.ports().get("weights").sum(-1).sub(1)).max().item();
    }
}
