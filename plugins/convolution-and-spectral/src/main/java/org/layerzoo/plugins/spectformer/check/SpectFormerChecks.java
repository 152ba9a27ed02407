package org.layerzoo.plugins.spectformer.check;

import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.layer.Draws;
import org.layerzoo.core.layer.ParamTree;
import org.layerzoo.core.layer.Taps;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.plugins.spectformer.SpectFormerConfig;
import org.layerzoo.plugins.spectformer.SpectFormerProvider;
import org.layerzoo.plugins.spectformer.SpectralGating;

/** The Checks of the SpectFormer sheet. */
public final class SpectFormerChecks {
    private static final int[][] GRIDS = {{4, 6}, {5, 7}, {6, 5}, {1, 8}, {3, 1}};

    private SpectFormerChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: W=1 is the identity", SpectFormerChecks::identity),
                new Check("check-2: a phase ramp is a circular shift", SpectFormerChecks::shift),
                new Check("check-3: equals direct circular convolution", SpectFormerChecks::convolution),
                new Check(
                        "check-4: circular-shift equivariance, linear in x, channels independent",
                        SpectFormerChecks::equivariance),
                new Check("check-5: Parseval", SpectFormerChecks::parseval),
                new Check("check-6: alpha=0 equals the plain ViT", SpectFormerChecks::alpha),
                new Check("check-7: gradient of W by finite differences", SpectFormerChecks::gradient),
                new Check("check-8: odd grid round-trips", SpectFormerChecks::oddGrid));
    }

    /** The gating on an a x b grid with a weight of one's own. */
    private record Gate(SpectralGating layer, ParamTree tree) {
        static Gate of(Tensor weight, int b) {
            ParamTree tree = new ParamTree(Draws.seeded(0), weight.dtype());
            Gate g = new Gate(new SpectralGating(tree.root(), weight.dim(2), weight.dim(0), b), tree);
            tree.param("complex_weight").set(weight);
            return g;
        }

        Tensor run(Tensor x) {
            return run(x, Taps.NONE);
        }

        Tensor run(Tensor x, Taps taps) {
            return layer.forward(Tensors.of("x", x), Call.eval().with(taps)).get("y");
        }
    }

    /** W = 1 for an a x b grid. */
    private static Tensor ones(DType dtype, int a, int b, int channels) {
        double[] w = new double[a * (b / 2 + 1) * channels * 2];
        for (int i = 0; i < w.length; i += 2) {
            w[i] = 1;
        }
        return Tensor.of(dtype, w, a, b / 2 + 1, channels, 2);
    }

    private static void identity(CheckContext c) {
        for (int[] g : GRIDS) {
            Tensor x = c.normal("x" + g[0] + g[1], 2, g[0] * g[1], 3);
            c.close(
                    "grid " + g[0] + " x " + g[1],
                    Gate.of(ones(DType.F32, g[0], g[1], 3), g[1]).run(x),
                    x,
                    1e-5);
        }
    }

    private static void shift(CheckContext c) {
        for (int[] g : GRIDS) {
            for (int[] by : new int[][] {{1, 0}, {0, 1}, {2, 3}}) {
                Tensor ramp = ramp(g[0], g[1], by[0], by[1]);
                Tensor x = c.normal64("x" + g[0] + g[1], 2, g[0] * g[1], 2);
                Tensor map = x.reshape(2, g[0], g[1], 2);
                Tensor moved = Ops.roll(Ops.roll(map, by[0], 1), by[1], 2).reshape(2, g[0] * g[1], 2);
                c.close(
                        "grid " + g[0] + " x " + g[1] + " by " + by[0] + "," + by[1],
                        Gate.of(ramp, g[1]).run(x),
                        moved,
                        1e-12);
            }
        }
    }

    /** exp(-2 pi i (u s / a + v t / b)) for two channels. */
    private static Tensor ramp(int a, int b, int s, int t) {
        int f = b / 2 + 1;
        double[] w = new double[a * f * 2 * 2];
        for (int i = 0; i < w.length / 2; i++) {
            double angle = -2 * Math.PI * ((double) (i / 2 / f) * s / a + (double) (i / 2 % f) * t / b);
            w[2 * i] = Math.cos(angle);
            w[2 * i + 1] = Math.sin(angle);
        }
        return Tensor.of(DType.F64, w, a, f, 2, 2);
    }

    private static void convolution(CheckContext c) {
        for (int[] g : GRIDS) {
            Tensor w = c.normal64("w" + g[0] + g[1], g[0], g[1] / 2 + 1, 3, 2);
            Tensor x = c.normal64("x" + g[0] + g[1], 1, g[0] * g[1], 3);
            Tensor direct = NaiveSpectrum.gate(x, w, g[1]);
            c.close("grid " + g[0] + " x " + g[1], Gate.of(w, g[1]).run(x), direct, 1e-11);
            Gate f32 = Gate.of(w.cast(DType.F32), g[1]);
            c.close("in F32", f32.run(x.cast(DType.F32)).cast(DType.F64), direct, 1e-5);
        }
    }

    private static void equivariance(CheckContext c) {
        Gate g = Gate.of(c.normal64("w", 4, 4, 3, 2), 6);
        Tensor x = c.normal64("x", 1, 24, 3);
        Tensor y = g.run(x);
        c.close("shift by (1, 2)", g.run(rolled(x)), rolled(y), 1e-12);
        Tensor z = c.normal64("z", 1, 24, 3);
        c.close("linear", g.run(x.mul(2).sub(z.mul(3))), y.mul(2).sub(g.run(z).mul(3)), 1e-12);
        Tensor other = Ops.concat(2, x.slice(2, 0, 1), z.slice(2, 1, 3));
        c.same("channel 0 when the others change", g.run(other).slice(2, 0, 1), y.slice(2, 0, 1));
        c.isTrue(
                "the others change",
                org.layerzoo.core.op.Errors.relative(g.run(other).slice(2, 1, 3), y.slice(2, 1, 3)) > 0.1);
    }

    private static Tensor rolled(Tensor x) {
        return Ops.roll(Ops.roll(x.reshape(1, 4, 6, 3), 1, 1), 2, 2).reshape(1, 24, 3);
    }

    private static void parseval(CheckContext c) {
        for (int[] g : GRIDS) {
            Tensor x = c.normal("x" + g[0] + g[1], 1, g[0] * g[1], 2);
            Taps.Recorder r = Taps.recording("spectrum");
            Gate.of(ones(DType.F32, g[0], g[1], 2), g[1]).run(x, r);
            Tensor power = Ops.square(r.seen().get("spectrum")).sum(0, 1, 2, 4); // of each column
            double full = 0;
            for (int v = 0; v < power.dim(0); v++) {
                full += (v == 0 || 2 * v == g[1] ? 1 : 2) * power.get(v);
            }
            c.close("grid " + g[0] + " x " + g[1], full, Ops.square(x).sum().item(), 1e-5);
        }
    }

    private static Model model(CheckContext c, int alpha) {
        SpectFormerConfig config = new SpectFormerConfig(8, 2, 3, alpha, 3, 4, 2, 3, 5, 2, 0, 1e-6);
        Draws d = Draws.seeded(c.draws().seed());
        Model m = Models.build(
                "",
                new SpectFormerProvider(),
                config,
                Models.Options.of(d.seed()).with(DType.F64));
        m.params()
                .params()
                .values()
                .forEach(p -> p.set(p.value()
                        .add(d.normal(p.path(), DType.F64, p.spec().shape().dims())
                                .mul(0.3))));
        return m;
    }

    private static void alpha(CheckContext c) {
        Model vit = model(c, 0);
        Tensor image = c.normal64("image", 2, 3, 6, 8);
        Tensor plain = new PlainVit((SpectFormerConfig) vit.config(), vit.params()).logits(image);
        c.close(
                "alpha = 0",
                vit.forward(Tensors.of("image", image), Call.eval()).get("logits"),
                plain,
                1e-10);
        c.equal("filters at alpha = 0", count(vit, "filter"), 0L);
        c.equal("attention parameters at alpha = depth", count(model(c, 3), ".attn."), 0L);
        c.equal("filters at alpha = depth", count(model(c, 3), "filter.complex_weight"), 3L);
        Model mixed = model(c, 2);
        c.equal("filters at alpha = 2", count(mixed, "filter.complex_weight"), 2L);
        c.equal("attention at alpha = 2", count(mixed, "blocks.2.attn.qkv.weight"), 1L);
    }

    private static long count(Model m, String part) {
        return m.params().params().keySet().stream()
                .filter(n -> n.contains(part))
                .count();
    }

    private static void gradient(CheckContext c) {
        for (int[] g : new int[][] {{4, 6}, {3, 5}}) {
            Tensor w = c.normal64("w" + g[1], g[0], g[1] / 2 + 1, 1, 2);
            Tensor x = c.normal64("x" + g[1], 1, g[0] * g[1], 1);
            Tensor cot = c.normal64("cot" + g[1], 1, g[0] * g[1], 1);
            Gate gate = Gate.of(w, g[1]);
            Tape tape = new Tape().watch(List.of(w));
            Tensor y = tape.record(() -> gate.run(x));
            double[] analytic = tape.gradient(List.of(y), List.of(cot), List.of(w))
                    .getFirst()
                    .toDoubles();
            double[] at = w.toDoubles();
            // Every entry, so also columns 0 and b/2, where half of the numbers have no effect.
            for (int i = 0; i < at.length; i++) {
                double slope = (moved(at, i, 1e-4, w, x, cot, g[1]) - moved(at, i, -1e-4, w, x, cot, g[1])) / 2e-4;
                c.close("b = " + g[1] + ", number " + i + " of W", analytic[i], slope, 1e-8);
            }
        }
    }

    /** sum(cot * y) with number i of W moved. */
    private static double moved(double[] at, int i, double step, Tensor w, Tensor x, Tensor cot, int b) {
        double[] v = at.clone();
        v[i] += step;
        Tensor other = Tensor.of(DType.F64, v, w.shape().dims());
        return Gate.of(other, b).run(x).mul(cot).sum().item();
    }

    private static void oddGrid(CheckContext c) {
        Gate g = Gate.of(ones(DType.F32, 7, 7, 2), 7);
        c.equal("columns of W", g.tree().param("complex_weight").spec().shape().dim(1), 4);
        Tensor x = c.normal("x", 2, 49, 2);
        c.close("7 x 7 there and back", g.run(x), x, 1e-5);
        c.refuses("a grid of 7 x 6", "grid of 7 x 7", () -> g.run(c.normal("y", 2, 42, 2)));
    }
}
