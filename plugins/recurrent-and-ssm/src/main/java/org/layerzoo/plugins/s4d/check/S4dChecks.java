package org.layerzoo.plugins.s4d.check;

import java.util.List;
import org.layerzoo.core.exec.Tape;
import org.layerzoo.core.layer.Call;
import org.layerzoo.core.op.Complex;
import org.layerzoo.core.op.Ops;
import org.layerzoo.core.spi.Check;
import org.layerzoo.core.spi.CheckContext;
import org.layerzoo.core.spi.Model;
import org.layerzoo.core.spi.Models;
import org.layerzoo.core.tensor.DType;
import org.layerzoo.core.tensor.Tensor;
import org.layerzoo.core.tensor.Tensors;
import org.layerzoo.nn.linear.Forms;
import org.layerzoo.nn.ssm.Diagonal;
import org.layerzoo.nn.ssm.DiagonalBank;
import org.layerzoo.nn.ssm.DiagonalKernels.RealPart;
import org.layerzoo.nn.ssm.DiagonalKernels.Rule;
import org.layerzoo.nn.ssm.DiagonalKernels.Start;
import org.layerzoo.nn.ssm.Legendre;
import org.layerzoo.plugins.s4d.S4dConfig;
import org.layerzoo.plugins.s4d.S4dConfig.Form;
import org.layerzoo.plugins.s4d.S4dProvider;

/** The Checks of the S4D sheet. */
public final class S4dChecks {
    private S4dChecks() {}

    public static List<Check> all() {
        return List.of(
                new Check("check-1: convolution equals recurrence", S4dChecks::forms),
                new Check("check-2: worked kernel of one conjugate pair", S4dChecks::worked),
                new Check("check-3: both discretisations agree to second order", S4dChecks::discretisations),
                new Check("check-4: kernels decay within their bound", S4dChecks::decay),
                new Check("check-5: eigenvalues and limit of HiPPO-LegS", S4dChecks::legendre),
                new Check("check-6: shifted inputs, no look ahead", S4dChecks::shifts),
                new Check("check-7: linear without activation", S4dChecks::linear),
                new Check("check-8: stable after 10000 gradient steps", S4dChecks::stability));
    }

    private static final Form PLAIN = new Form.Library(2, 1, false);

    private static Model model(CheckContext c, DType dtype, Start start, Rule rule, boolean both, Form form) {
        S4dConfig config = new S4dConfig(4, 6, start, rule, RealPart.EXP, both, form);
        return Models.build(
                "",
                new S4dProvider(),
                config,
                Models.Options.of(c.draws().seed()).with(dtype));
    }

    private static void forms(CheckContext c) {
        for (int t : new int[] {1, 33, 2048}) {
            Tensors x = Tensors.of("x", c.normal("x" + t, 1, t, 4));
            for (Start s : t > 1000 ? List.of(Start.LEGS) : List.of(Start.values())) {
                Model m = model(c, DType.F32, s, Rule.ZOH, false, new Form.Minimal());
                Tensor scan = Forms.run(m, x, new Call.Algorithm.Recurrent());
                c.close(s + ", " + t + " tokens", Forms.run(m, x, new Call.Algorithm.Parallel()), scan, 1e-4);
            }
        }
        Tensors x = Tensors.of("x", c.normal64("x", 2, 23, 4));
        Model both = model(c, DType.F64, Start.LIN, Rule.BILINEAR, true, new Form.Library(2, 3, true));
        Tensor scans = Forms.run(both, x, new Call.Algorithm.Recurrent());
        c.close("both ways", Forms.run(both, x, new Call.Algorithm.Auto()), scans, 1e-10);
        for (Form f : List.of(new Form.Minimal(), new Form.Library(1, 1, true), new Form.Library(4, 2, false))) {
            Forms.agree(c, model(c, DType.F64, Start.INV, Rule.BILINEAR, false, f), x, 1e-10, 1, 7, 64);
        }
    }

    /** B = C = 1 and D = 0, for one pair. */
    private static DiagonalBank single(double re, double im, double dt, Rule rule) {
        Tensor lambda = Tensor.of(new double[] {re, im}, 1, 1, 2);
        Tensor step = Tensor.of(new double[] {dt}, 1);
        Tensor one = Tensor.of(new double[] {1, 0}, 1, 1, 2);
        Tensor zero = Tensor.of(new double[] {0}, 1);
        return rule == Rule.ZOH
                ? DiagonalBank.zeroOrderHold(lambda, step, one, zero)
                : DiagonalBank.bilinear(lambda, step, one, zero);
    }

    private static void worked(CheckContext c) {
        Tensor real = Tensor.of(new double[] {0.195082, 0.185568, 0.176518, 0.167909}, 1, 4);
        c.close("A = -1/2", single(-0.5, 0, 0.1, Rule.ZOH).kernel(4), real, 1e-5);
        Tensor turning = Tensor.of(new double[] {0.191929, 0.164773, 0.124467, 0.076111}, 1, 4);
        c.close("A = -1/2 + i pi", single(-0.5, Math.PI, 0.1, Rule.ZOH).kernel(4), turning, 1e-5);
    }

    private static void discretisations(CheckContext c) {
        double[] apart = new double[4];
        for (int i = 0; i < apart.length; i++) {
            double dt = 0.1 / (1 << i);
            int steps = 20 << i;
            Tensor a = single(-0.5, Math.PI, dt, Rule.ZOH).kernel(steps);
            Tensor b = single(-0.5, Math.PI, dt, Rule.BILINEAR).kernel(steps);
            apart[i] = Ops.abs(a.sub(b)).max().item() / dt;
        }
        for (int i = 1; i < apart.length; i++) {
            double ratio = apart[i - 1] / apart[i];
            c.isTrue("halving dt divides the difference by " + ratio, ratio > 3.6 && ratio < 4.4);
        }
    }

    private static DiagonalBank random(CheckContext c, Rule rule) {
        Tensor re = Ops.exp(c.normal64("re", 3, 5)).neg();
        Tensor lambda = Complex.of(re, c.normal64("im", 3, 5).mul(6));
        Tensor dt = c.draws().uniform("dt", DType.F64, 3).mul(0.2).add(0.01);
        Tensor out = c.normal64("C", 3, 5, 2);
        Tensor skip = c.normal64("D", 3);
        DiagonalBank b = rule == Rule.ZOH
                ? DiagonalBank.zeroOrderHold(lambda, dt, out, skip)
                : DiagonalBank.bilinear(lambda, dt, out, skip);
        return b.input(c.normal64("B", 3, 5, 2));
    }

    /** |K_l| <= 2 sum |C Bbar| max |Abar|^l, with |Abar| = exp(-dt |Re A|) under the zero-order hold. */
    private static void decay(CheckContext c) {
        for (Rule r : Rule.values()) {
            DiagonalBank b = random(c, r);
            Tensor size = Complex.abs(Complex.cmul(b.in(), b.out())).sum(1).mul(2);
            Tensor slowest = org.layerzoo.core.op.Ops.reduce(
                    org.layerzoo.core.op.Primitive.ReduceKind.MAX,
                    b.transition().radii(),
                    false,
                    1);
            Tensor l = Ops.iota(DType.F64, 300);
            Tensor bound =
                    size.unsqueeze(1).mul(Ops.exp(Ops.log(slowest).unsqueeze(1).mul(l)));
            double left = bound.mul(1 + 1e-12).sub(Ops.abs(b.kernel(300))).min().item();
            c.isTrue(r + ": least distance from the bound " + left, left >= 0);
        }
        Tensor lambda = Tensor.of(new double[] {-0.3, 4}, 1, 1, 2);
        Tensor dt = Tensor.of(new double[] {0.2}, 1, 1, 1);
        c.close("|Abar|", Diagonal.of(lambda, dt).radii().item(), Math.exp(-0.06), 1e-14);
    }

    private static void legendre(CheckContext c) {
        int n = 64;
        Tensor s = Tensor.of(
                DType.F64,
                java.util.Arrays.stream(Legendre.skew(n))
                        .flatMapToDouble(java.util.Arrays::stream)
                        .toArray(),
                n,
                n);
        // A + A^T = -I: A is normal and every eigenvalue has real part -1/2.
        c.same("the rest is skew-symmetric", s.add(s.transpose(0, 1)), Tensor.zeros(DType.F64, n, n));
        Tensor omega = Ops.square(Tensor.of(Legendre.frequencies(n), n / 2));
        Tensor square = s.matmul(s);
        c.close("sum of squares", omega.sum(0).item() * 2, -diagonal(square), 1e-12);
        c.close(
                "sum of fourth powers",
                Ops.square(omega).sum(0).item() * 2,
                Ops.square(square).sum(0, 1).item(),
                1e-12);
        double[] w = Legendre.frequencies(2);
        c.close("two states", w[0], Math.sqrt(0.75), 1e-14);
        Model m = model(c, DType.F64, Start.LEGS, Rule.ZOH, false, new Form.Minimal());
        Tensor start = m.params().param("kernel.A_imag").value().select(0, 0);
        c.close("the layer starts there", start, Tensor.of(Legendre.frequencies(6), 3), 1e-12);
        int[] sizes = {16, 32, 128, 512};
        double[][] paper = {{.0354, .0552, .065}, {.0137, .0229, .0288}, {.0067, .0116, .015}, {.0031, .0054, .007}};
        for (int i = 0; i < sizes.length; i++) {
            double[] e = LegendreLimit.errors(sizes[i]);
            for (int k = 0; k < 3; k++) {
                c.isTrue(
                        "basis " + k + " of " + sizes[i] + " states off by " + e[k] + ", expected " + paper[i][k],
                        Math.abs(e[k] - paper[i][k]) < 1e-4);
            }
        }
    }

    private static double diagonal(Tensor m) {
        double sum = 0;
        for (int i = 0; i < m.dim(0); i++) {
            sum += m.get(i, i);
        }
        return sum;
    }

    private static void shifts(CheckContext c) {
        Model m = model(c, DType.F64, Start.LIN, Rule.ZOH, false, PLAIN);
        Tensor x = c.normal64("x", 2, 30, 4);
        Tensor y = Forms.run(m, Tensors.of("x", x), new Call.Algorithm.Auto());
        Tensor late = Forms.run(m, Tensors.of("x", Ops.padZero(x, 1, 9, 0)), new Call.Algorithm.Auto());
        c.close("9 zeros before", late.slice(1, 9, 39), y, 1e-10);
        Forms.causal(c, m, Tensors.of("x", x), 17);
        Model both = model(c, DType.F64, Start.LIN, Rule.ZOH, true, PLAIN);
        Tensor one = Ops.padZero(c.normal64("one", 1, 1, 4), 1, 12, 7);
        Tensor seen = Forms.run(both, Tensors.of("x", one), new Call.Algorithm.Auto());
        c.isTrue("two kernels look ahead", Ops.abs(seen.slice(1, 0, 12)).min().item() > 0);
    }

    private static void linear(CheckContext c) {
        Model m = model(c, DType.F64, Start.INV, Rule.ZOH, false, PLAIN);
        Tensor u = c.normal64("u", 1, 25, 4);
        Tensor w = c.normal64("w", 1, 25, 4);
        Call.Algorithm auto = new Call.Algorithm.Auto();
        Tensor sum = Forms.run(m, Tensors.of("x", u.mul(3).sub(w.mul(2))), auto);
        Tensor parts = Forms.run(m, Tensors.of("x", u), auto)
                .mul(3)
                .sub(Forms.run(m, Tensors.of("x", w), auto).mul(2));
        c.close("f(3u - 2w)", sum, parts, 1e-12);
    }

    /** Steps along the gradient of random weights of log Abar, at a rate a hundred times what the layer allows. */
    private static void stability(CheckContext c) {
        Tensor re = Tensor.full(DType.F64, Math.log(0.5), 2);
        Tensor im = Tensor.of(new double[] {0, Math.PI}, 2);
        Tensor dt = Tensor.of(new double[] {Math.log(0.1)}, 1);
        Tensor weights = c.normal64("weights", 10000, 2, 2).mul(0.1);
        double largest = 0;
        for (int i = 0; i < 10000; i++) {
            List<Tensor> p = List.of(re, im, dt);
            Tape tape = new Tape().watch(p);
            Tensor log = tape.record(() -> transition(p).log());
            List<Tensor> g = tape.gradient(List.of(log), List.of(weights.select(0, i)), p);
            re = re.sub(g.get(0));
            im = im.sub(g.get(1));
            dt = dt.sub(g.get(2));
            if (i % 100 == 99) {
                double r = transition(List.of(re, im, dt)).radii().max().item();
                largest = Math.max(largest, r);
            }
        }
        c.isTrue("largest |Abar| on the way " + largest, largest < 1);
        c.isTrue("A has moved", Math.abs(re.get(0) - Math.log(0.5)) > 1e-3);
    }

    private static Diagonal transition(List<Tensor> p) {
        return Diagonal.of(Complex.of(Ops.exp(p.get(0)).neg(), p.get(1)), Ops.exp(p.get(2)));
    }
}
