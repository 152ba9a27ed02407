package org.layerzoo.plugins.snnk.check;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.snnk.Bundle;
import org.layerzoo.plugins.snnk.Directions;
import org.layerzoo.plugins.snnk.FeatureMap;
import org.layerzoo.plugins.snnk.SnnkConfig;
import org.layerzoo.plugins.snnk.SnnkConfig.Form;
import org.layerzoo.plugins.snnk.SnnkConfig.Function;
import org.layerzoo.plugins.snnk.SnnkConfig.Kernel;
import org.layerzoo.plugins.snnk.SnnkProvider;

/** The Checks of the scalable neural network kernel sheet. */
public final class SnnkChecks {
    private SnnkChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: unbiased", SnnkChecks::unbiased),
                new Check("check-2: variance falls as 1/m", SnnkChecks::variance),
                new Check("check-3: ReLU-SNNK worked value", SnnkChecks::worked),
                new Check("check-4: positive homogeneity", SnnkChecks::homogeneity),
                new Check("check-5: E[L_g(u) L_g(v)] = exp(u^T v)", SnnkChecks::gaussianFeatures),
                new Check("check-6: adapter with V = 0 is bit-identical", SnnkChecks::adapter),
                new Check("check-7: closed-form bundle equals gradient descent", SnnkChecks::bundle));
    }

    /** A vector [1, d] of the given length. */
    private static Tensor vector(CheckContext c, String name, int d, double length) {
        Tensor v = c.normal64(name, 1, d);
        return v.mul(length / Math.sqrt(Ops.square(v).sum().item()));
    }

    /** One estimate a draw, m times its share of Phi . Psi. */
    private static double[] estimates(FeatureMap map, int m, Tensor x, Tensor w, Optional<Tensor> b) {
        Tensor products = map.phi(x).whole().mul(map.psi(w, b).whole());
        return products.reshape(map.size() / m, m).sum(0).mul(m).toDoubles();
    }

    private static double mean(double[] v) {
        return Arrays.stream(v).average().orElseThrow();
    }

    private static double variance(double[] v) {
        double mean = mean(v);
        return Arrays.stream(v).map(e -> (e - mean) * (e - mean)).sum() / (v.length - 1);
    }

    private static void unbiased(CheckContext c) {
        int m = 2000;
        Tensor b = Tensor.of(new double[] {0.4}, 1);
        for (Function f : Function.values()) {
            for (double a : new double[] {0, -0.1}) {
                String name = f + " with A = " + a;
                Tensor g = c.normal64(name + " g", m, 4);
                Tensor omega = f == Function.GAUSSIAN ? c.normal64(name + " omega", m) : Tensor.ones(DType.F64, m);
                Tensor x = vector(c, name + " x", 4, 0.5);
                Tensor w = vector(c, name + " w", 4, 0.6);
                double z = x.mul(w).sum().item() + 0.4;
                double[] e = estimates(new FeatureMap.Wave(f, g, omega, a, 1.1), m, x, w, Optional.of(b));
                double exact =
                        switch (f) {
                            case SIN -> Math.sin(z);
                            case COS -> Math.cos(z);
                            case GAUSSIAN -> Math.exp(-z * z / 2);
                        };
                c.isTrue(
                        name + ": mean " + mean(e) + " of " + exact,
                        Math.abs(mean(e) - exact) <= 4 * Math.sqrt(variance(e) / m));
                Tensor product = new FeatureMap.Wave(f, g, omega, a, 1.1)
                        .phi(x)
                        .times(new FeatureMap.Wave(f, g, omega, a, 1.1).psi(w, Optional.of(b)));
                c.close(name + ": the product in log form", product.item(), mean(e), 1e-9);
            }
        }
    }

    private static void variance(CheckContext c) {
        int d = 8;
        int maps = 4000;
        Tensor x = vector(c, "x", d, 1);
        Tensor w = vector(c, "w", d, 1);
        double[] logs = new double[4];
        double[] single =
                estimates(new FeatureMap.Relu(c.normal64("g", 64 * maps, d)), 64 * maps, x, w, Optional.empty());
        for (int i = 0; i < 4; i++) {
            logs[i] = Math.log(variance(grouped(Arrays.copyOf(single, (8 << i) * maps), 8 << i)));
        }
        // Least squares over m = 8, 16, 32, 64: centred abscissas -1.5, -0.5, 0.5, 1.5 octaves, sum of squares 5.
        double slope = (1.5 * (logs[3] - logs[0]) + 0.5 * (logs[2] - logs[1])) / 5 / Math.log(2);
        c.close("slope of the variance against m", slope, -1, 0.1);
        Tensor orthogonal = Ops.concat(
                0,
                java.util.stream.IntStream.range(0, maps)
                        .mapToObj(i -> Directions.orthogonal(c.draws(), "block" + i, d, d))
                        .toList());
        double[] blocks = estimates(new FeatureMap.Relu(orthogonal), d * maps, x, w, Optional.empty());
        c.isTrue(
                "orthogonal vectors vary less",
                variance(grouped(blocks, d)) <= variance(grouped(Arrays.copyOf(single, d * maps), d)));
        Tensor first = orthogonal.slice(0, 0, d);
        Tensor gram = first.matmulT(first);
        Tensor eye = Ops.oneHot(Ops.iota(DType.I64, d), d, DType.F64);
        c.close("rows of a block at right angles", gram.mul(eye), gram, 1e-12);
    }

    /** Means of runs of m numbers. */
    private static double[] grouped(double[] v, int m) {
        double[] out = new double[v.length / m];
        for (int i = 0; i < out.length; i++) {
            out[i] = mean(Arrays.copyOfRange(v, i * m, (i + 1) * m));
        }
        return out;
    }

    private static void worked(CheckContext c) {
        Tensor x = Tensor.of(new double[] {1, 0}, 1, 2);
        Tensor w = Tensor.of(new double[] {0.6, 0.8}, 1, 2);
        int m = 200_000;
        double[] e = estimates(new FeatureMap.Relu(c.normal64("g", m, 2)), m, x, w, Optional.empty());
        c.isTrue("mean of draws " + mean(e), Math.abs(mean(e) - 0.3387738) <= 4 * Math.sqrt(variance(e) / m));
        // The expectation itself: |g|^2 has mean 2, its direction is uniform on the circle.
        double[] circle = new double[2 * 20_000];
        for (int i = 0; i < 20_000; i++) {
            circle[2 * i] = Math.sqrt(2) * Math.cos(2 * Math.PI * i / 20_000);
            circle[2 * i + 1] = Math.sqrt(2) * Math.sin(2 * Math.PI * i / 20_000);
        }
        FeatureMap even = new FeatureMap.Relu(Tensor.of(circle, 20_000, 2));
        c.close("expectation", even.phi(x).times(even.psi(w, Optional.empty())).item(), 0.3387738, 1e-6);
    }

    private static void homogeneity(CheckContext c) {
        FeatureMap map = new FeatureMap.Relu(c.normal64("g", 16, 5));
        Tensor x = c.normal64("x", 3, 5);
        FeatureMap.Features psi = map.psi(c.normal64("w", 4, 5), Optional.empty());
        for (double by : new double[] {0.01, 3.7, 250}) {
            c.close(
                    "c = " + by,
                    map.phi(x.mul(by)).times(psi),
                    map.phi(x).times(psi).mul(by),
                    1e-12);
        }
        Tensor back = map.phi(x.neg()).times(psi);
        c.isTrue(
                "negative c is not homogeneous",
                back.sub(map.phi(x).times(psi).neg()).toDoubles()[0] != 0);
    }

    private static void gaussianFeatures(CheckContext c) {
        Tensor u = vector(c, "u", 2, 0.8);
        Tensor v = vector(c, "v", 2, 0.5);
        Tensor uv = Ops.concat(0, u, v);
        double exact = Math.exp(u.mul(v).sum().item());
        double[] sums = new double[3];
        double[] choices = {0, -0.1, 0.05};
        for (int part = 0; part < 4; part++) {
            Tensor g = c.normal64("g" + part, 250_000, 2);
            for (int i = 0; i < 3; i++) {
                Tensor logs = FeatureMap.Wave.log(g, uv, choices[i]); // [2, draws]
                sums[i] +=
                        Ops.exp(logs.select(0, 0).add(logs.select(0, 1))).sum().item();
            }
        }
        for (int i = 0; i < 3; i++) {
            c.close("A = " + choices[i], sums[i] / 1e6 / exact, 1, 0.01);
        }
    }

    private static void adapter(CheckContext c) {
        List<Kernel> kernels = List.of(
                new Kernel.Relu(),
                new Kernel.Wave(Function.SIN, 0, Optional.empty()),
                new Kernel.Wave(Function.COS, -0.1, Optional.empty()),
                new Kernel.Wave(Function.GAUSSIAN, 0, Optional.of(4.0)));
        for (Kernel k : kernels) {
            Model m = Models.build(
                    "",
                    new SnnkProvider(),
                    new SnnkConfig(12, 16, k, new Form.Adapter(), true),
                    Models.Options.of(c.draws().seed()));
            Tensor h = c.normal("h", 2, 5, 12);
            c.same(
                    "output with " + k,
                    m.forward(Tensors.of("x", h), Call.eval()).get("y"),
                    h);
            m.params().param("V").set(Ops.onesLike(m.params().param("V").value()));
            Tensor moved = m.forward(Tensors.of("x", h), Call.eval()).get("y");
            c.isTrue("V = 1 moves it", org.layerzoo.core.op.Errors.relative(moved, h) > 1e-3);
        }
    }

    private static void bundle(CheckContext c) {
        FeatureMap map = new FeatureMap.Relu(c.normal64("g", 6, 4));
        Tensor f = map.phi(c.normal64("x", 40, 4)).whole();
        Tensor y = c.normal64("y", 40, 2);
        Tensor closed = Bundle.fit(f, y, 1);
        // The largest curvature is below 2 (trace + lambda), so that this step always descends.
        double step = 0.5 / (Ops.square(f).sum().item() + 1);
        Tensor v = Tensor.zeros(DType.F64, 2, 6);
        for (int i = 0; i < 1500; i++) {
            Tensor at = v.view(v.shape());
            Tape tape = new Tape().watch(at);
            Tensor loss = tape.record(() ->
                    Ops.square(y.sub(f.matmulT(at))).sum().add(Ops.square(at).sum()));
            v = at.sub(tape.gradient(loss, List.of(at)).getFirst().mul(step));
        }
        c.close("V after descent", v, closed, 1e-4);
        Model m = Models.build(
                "",
                new SnnkProvider(),
                new SnnkConfig(4, 6, new Kernel.Relu(), new Form.Direct(2), false),
                Models.Options.of(0).with(DType.F64));
        m.params().load(Tensors.of("V", closed, "G", ((FeatureMap.Relu) map).g()), true);
        Tensor x = c.normal64("x", 40, 4).reshape(1, 40, 4);
        Tensor out = m.forward(Tensors.of("x", x), Call.eval()).get("y");
        c.close("the layer with that V", out.reshape(40, 2), f.matmulT(closed), 1e-12);
        c.refuses("lambda = 0", "lambda", () -> Bundle.fit(f, y, 0));
    }
}
